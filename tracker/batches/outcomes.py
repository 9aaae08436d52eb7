"""What the bank says became of a batch: a file is read and looked at first, then applied as a whole, once."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import selectinload

from tracker import clock
from tracker.batches import bank_files, queries, results
from tracker.batches.bank_files import Faulty
from tracker.batches.fields import FIELDS
from tracker.batches.files import content
from tracker.batches.models import RESULT, BatchLine, ResultFile
from tracker.batches.results import PAID, RETURNED, Frozen, Outcome, Said
from tracker.batches.rules import plain
from tracker.batches.sheets import read
from tracker.batches.workflow import FROZEN
from tracker.db import db, lock
from tracker.errors import Refused
from tracker.events import record
from tracker.payees.looks import note_looks
from tracker.permissions import Actor, allowed, demand
from tracker.permissions import Permission as P
from tracker.rewards.holding import lock_all
from tracker.rewards.models import PayoutBatch, Reward
from tracker.rewards.payments import paid_all, returned_all
from tracker.rewards.rules import Viewer, obstacle
from tracker.text import Text, _l


@dataclass(frozen=True, slots=True)
class Reading:
    """A file without faults of shape: what each row says, and the batch's own persons by what its files call them."""

    rows: Sequence[Said]
    encoding: str
    known: Mapping[str, Mapping[str, Collection[int]]]
    #: Whether payee data of the frozen files was opened to tell whose a row is.
    opened: bool


def upload_result(actor: Actor, batch: PayoutBatch, *, file: bytes) -> ResultFile:
    """Read the bank's answer and keep it, sealed, to be looked at and applied. Changes no line.

    The same bytes again: the file that was kept, with when it was applied; one that was set aside is taken up again. Raises
    Forbidden, and results.Faulty with every fault and its line; then nothing is kept.
    """
    demand(actor, P.BATCH_PAY, batch)
    batch = lock(PayoutBatch, batch.id)
    sha256 = hashlib.sha256(file).hexdigest()
    if (same := queries.find_result(batch.id, sha256)) is not None:
        if same.set_aside_at is not None:
            same.set_aside_at = None
            record(actor, "batch.result_uploaded", batch, sha256=sha256, paid=same.paid, returned=same.returned)
        return same
    _check_open(batch)
    reading = read_result(batch, file)
    outcome = compare(actor, batch, reading)
    if outcome.problems:
        raise Faulty(outcome.problems, reading.encoding, opened=reading.opened)
    if reading.opened:
        note_reading(actor, batch)
    result = ResultFile(
        batch=batch, batch_id=batch.id, sha256=sha256, size=len(file), encoding=reading.encoding, paid=outcome.count(PAID),
        returned=outcome.count(RETURNED), amount=outcome.amount(PAID), uploaded_by_id=actor.id, uploaded_at=clock.now(),
    )  # fmt: skip
    RESULT.put(result, file)
    db.session.add(result)
    record(actor, "batch.result_uploaded", batch, sha256=sha256, paid=result.paid, returned=result.returned)
    return result


def note_reading(actor: Actor, batch: PayoutBatch) -> None:
    """Note that a file was held against the payee data of a batch: what it was refused for tells something of them as well."""
    note_looks(actor, queries.shown_ids(batch), kind="batch", reason=f"{batch.number}, result")


def apply_result(actor: Actor, result: ResultFile) -> ResultFile:
    """Note every line of an uploaded file as paid or returned, in one step; one that was applied stays as it is.

    Raises Forbidden, and Faulty when lines changed since it was uploaded, or aren't the actor's to pay; then nothing is noted.
    """
    batch = result.batch
    demand(actor, P.BATCH_PAY, batch)
    held = lock_all(queries.reward_ids(batch.id), selectinload(Reward.acceptors))
    lines = {line.id: line for line in held}
    batch = lock(PayoutBatch, batch.id)
    result = lock(ResultFile, result.id)
    if result.applied_at is not None:
        return result
    if result.set_aside_at is not None:
        raise Refused(_l("The file was set aside. Upload it again to note what it says."))
    _check_open(batch)
    reading = read_result(batch, content(result))
    outcome = compare(actor, batch, reading)
    if outcome.problems:
        raise Faulty(outcome.problems, reading.encoding)
    for said, note in ((PAID, paid_all), (RETURNED, returned_all)):
        told = [(lines[line.id], match.words) for match in outcome.of(said) for line in match.lines]
        note(actor, [(line, words) for line, words in told if line.state != said])
    result.applied_by_id, result.applied_at = actor.id, clock.now()
    record(actor, "batch.result_applied", batch, sha256=result.sha256, paid=result.paid, returned=result.returned,
           amount=result.amount, currency=batch.currency)  # fmt: skip
    return result


def set_aside_result(actor: Actor, result: ResultFile) -> ResultFile:
    """Note that an uploaded file won't be applied; it stays to be seen. One that is set aside already stays as it is.

    Raises Forbidden, and Refused for a file that was applied.
    """
    demand(actor, P.BATCH_PAY, result.batch)
    batch, result = lock(PayoutBatch, result.batch_id), lock(ResultFile, result.id)
    if result.applied_at is not None:
        raise Refused(_l("What this file says is noted already: it can't be set aside any more."))
    if result.set_aside_at is None:
        result.set_aside_at = clock.now()
        record(actor, "batch.result_set_aside", batch, sha256=result.sha256)
    return result


def _check_open(batch: PayoutBatch) -> None:
    if batch.state != FROZEN:
        raise Refused(_l("%(number)s is cancelled: its lines are paid by another batch.", number=batch.number))


# -- reading --------------------------------------------------------------------------------------


def read_result(batch: PayoutBatch, data: bytes) -> Reading:
    """What a file says, by the headings of the batch's own files and those that any file may have. Raises Faulty."""
    text, encoding = bank_files.decoded(data)
    opened = False
    try:
        rows = bank_files.rows_of(text)
        headings = set(results.headings_of(rows))
        frozen: dict[str, set[str]] = defaultdict(set)
        known: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
        lines = db.session.execute(queries.lines(batch.id).order_by(BatchLine.position)).all()
        for line in lines:
            known["handle"][plain(line.handle)].add(line.user_id)
            known["display_name"][plain(line.receiver)].add(line.user_id)
        for file in queries.files_of(batch.id):
            columns = file.layout["columns"]
            for column in columns:
                frozen[plain(column["heading"])].add(column["field"])
            wanted = _telling(columns, headings)
            if wanted:
                _learn(known, wanted, read(file.layout, content(file)), _persons(lines, file.layout["rows"]))
                opened = opened or any(FIELDS[name].sealed for name in wanted.values())
        return Reading(results.said(rows, frozen), encoding, known, opened)
    except Faulty as faulty:
        raise Faulty(faulty.problems, encoding, opened=opened) from faulty


def _telling(columns: Sequence[Mapping[str, str]], headings: Collection[str]) -> dict[int, str]:
    """Index → field of a frozen file's columns that tell whose a row is, where the result has such a column."""
    named = any(plain(heading) in headings for heading in results.HEADINGS["name"])
    return {
        index: column["field"]
        for index, column in enumerate(columns)
        if FIELDS[column["field"]].tells_whom
        and column["field"] != "reward"
        and (plain(column["heading"]) in headings or (named and column["field"] in results.NAMES))
    }


def _persons(lines: Sequence[Any], rows: str) -> list[int]:
    """Whose each row of a frozen file is."""
    ids = [line.user_id for line in lines]
    return list(dict.fromkeys(ids)) if rows == "person" else ids


def _learn(
    known: dict[str, dict[str, set[int]]],
    wanted: Mapping[int, str],
    rows: Sequence[Sequence[str]],
    persons: Sequence[int],
) -> None:
    for cells, person in zip(rows[1:], persons, strict=True):
        for index, name in wanted.items():
            if cells[index]:
                known[name][plain(cells[index])].add(person)


def look_at(actor: Actor, result: ResultFile) -> Outcome:
    """What an uploaded file says now. While it isn't applied, whoever may apply it is told what is in the way. Raises
    sealing.Broken."""
    try:
        reading = read_result(result.batch, content(result))
    except Faulty as faulty:
        return Outcome(problems=list(faulty.problems))
    judged = result.applied_at is None and result.set_aside_at is None and allowed(actor, P.BATCH_PAY, result.batch)
    return compare(actor, result.batch, reading, judged=judged)


def compare(actor: Actor, batch: PayoutBatch, reading: Reading, *, judged: bool = True) -> Outcome:
    """What a file says against the lines as they are now and, where that is ``judged``, as ``actor`` may note them."""
    lines = db.session.execute(queries.lines(batch.id).order_by(BatchLine.position)).all()
    viewer = Viewer(id=actor.id, maintains=False, is_finance=actor.is_finance)

    def why(step: str, line: Any) -> Text | None:
        return obstacle(step, line, viewer) if judged else None

    return results.held_against(
        reading.rows,
        Frozen(
            number=batch.number, currency=batch.currency, lines=lines, known=reading.known,
            elsewhere=queries.elsewhere(results.numbers_in(reading.rows)), obstacle=why,
        ),
    )  # fmt: skip
