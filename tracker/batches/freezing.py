"""Freezing approved lines into a batch, and taking a batch back that nothing was paid of."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import insert

from tracker import clock, money
from tracker.batches import queries, rules
from tracker.batches.fields import sealed_in
from tracker.batches.models import FILE, BatchFile, BatchLine, Layout
from tracker.batches.sheets import written
from tracker.batches.workflow import BATCH
from tracker.db import db, lock
from tracker.errors import Forbidden, Refused
from tracker.events import record
from tracker.payees.looks import note_looks
from tracker.payees.secrets import PayeeData, payee_data_of
from tracker.permissions import Actor, demand
from tracker.permissions import Permission as P
from tracker.rewards.holding import lock_all, meanwhile, otherwise
from tracker.rewards.models import APPROVED, PAID, RETURNED, PayoutBatch, Reward
from tracker.rewards.workflow import REWARD
from tracker.text import Text, _l

LONGEST_TITLE = 120
#: Lines that changed are said one by one up to so many; a refusal names fewer.
_TOLD = 6


def freeze_batch(
    actor: Actor, *, lines: Mapping[int, int], count: int, amount: int, currency: str,
    layouts: Collection[tuple[str, int]] | None = None, title: str = "",
) -> PayoutBatch:  # fmt: skip
    """Freeze approved lines under the next number of the year, in every layout that is active: all of them or none.

    ``lines`` is id → version as the page showed them, ``count`` and ``amount`` (fen of ``currency``) what it repeated,
    ``layouts`` the (slug, version) pairs that it named. Raises Forbidden, and Refused naming what changed meanwhile.
    """
    if actor.id is None:
        raise Forbidden(P.BATCH_FREEZE)
    demand(actor, P.BATCH_FREEZE)
    if len(title.strip()) > LONGEST_TITLE:
        raise Refused(_l("At most %(longest)s characters.", longest=LONGEST_TITLE), field="title")
    rules.check_number(len(lines))
    held = _hold(lines)
    rules.check_lines(held, currency=currency, count=count, amount=amount)
    if missing := queries.set_off_missing(lines, currency):
        raise Refused(
            _l(
                "Line %(number)s takes money back from a person of this batch: it goes in too.",
                number=min(missing.values()),
            )
        )
    active = _layouts(layouts)
    batch = PayoutBatch(
        number=queries.next_number(), title=title.strip(), currency=currency, count=count, amount=amount,
        created_by_id=actor.id, created_at=clock.now(),
    )  # fmt: skip
    db.session.add(batch)
    db.session.flush()
    _put_in(actor, batch, held)
    files = _freeze(actor, batch, active)
    record(actor, "batch.frozen", batch, count=count, sum=money.written(amount, currency), lines=_digest(held),
           files={file.slug: file.sha256 for file in files})  # fmt: skip
    return batch


def _hold(seen: Mapping[int, int]) -> list[Reward]:
    """The lines, held, as they were seen. Raises Refused naming those that aren't."""
    lines = lock_all(seen)
    wrong: list[tuple[int, Text]] = [(gone, _l("it isn't there")) for gone in set(seen) - {line.id for line in lines}]
    for line in lines:
        if line.state != APPROVED or line.version != seen[line.id]:
            # Each costs a statement: a page of another day has only so many named.
            wrong.append((line.id, meanwhile(line) if len(wrong) < _TOLD else _l("it changed")))
        elif line.amount is None:
            wrong.append((line.id, _l("it isn't money")))
    if wrong:
        raise otherwise(wrong)
    return lines


def _layouts(seen: Collection[tuple[str, int]] | None) -> list[Layout]:
    active = queries.active_layouts()
    if not active:
        raise Refused(_l("No layout is in use. Add one, or take one up again."))
    if seen is not None and {(layout.slug, layout.version) for layout in active} != set(seen):
        raise Refused(_l("The layouts changed since you opened the page. Look at it again."))
    return active


def _put_in(actor: Actor, batch: PayoutBatch, lines: Sequence[Reward]) -> None:
    db.session.execute(
        insert(BatchLine),
        [
            {"batch_id": batch.id, "position": position, "reward_id": line.id, "amount": line.amount}
            for position, line in enumerate(lines, 1)
        ],
    )
    for line in lines:
        REWARD.advance(actor, line, "batch")
        line.batch_id = batch.id
        line.version += 1
    db.session.flush()


def _freeze(actor: Actor, batch: PayoutBatch, layouts: Sequence[Layout]) -> list[BatchFile]:
    """The bytes of every layout. Whose payee data they show is noted as a look."""
    payees: dict[int, PayeeData] = {}
    if any(sealed_in(layout.columns) for layout in layouts):
        payees = payee_data_of(queries.person_ids(batch.id))
        note_looks(actor, payees, kind="batch", reason=batch.number)
    lines = queries.frozen_lines(batch, payees)
    files = []
    for layout in layouts:
        data = written(layout.snapshot, lines)
        file = BatchFile(
            batch=batch, batch_id=batch.id, slug=layout.slug, layout=layout.snapshot, sha256=hashlib.sha256(data).hexdigest(), size=len(data),
            created_at=batch.created_at,
        )  # fmt: skip
        FILE.put(file, data)
        files.append(file)
    db.session.add_all(files)
    return files


def _digest(lines: Sequence[Reward]) -> str:
    """SHA-256 over numbers and amounts of the lines, in their order, so that the diary's chain seals them."""
    return hashlib.sha256("\n".join(f"{line.id} {line.amount}" for line in lines).encode()).hexdigest()


def cancel_batch(actor: Actor, batch: PayoutBatch, *, reason: str, version: int) -> PayoutBatch:
    """Take a batch back as a whole while nothing of it is paid or returned: its lines are approved again and can go into another.

    Number and files stay. Raises Forbidden, and Refused without a ``reason``, or when it changed since ``version``.
    """
    demand(actor, P.BATCH_CANCEL, batch)
    reason = reason.strip()
    if not reason:
        raise Refused(_l("Say why it is cancelled."), field="reason")
    lines = lock_all(queries.reward_ids(batch.id))
    batch = lock(PayoutBatch, batch.id)
    BATCH.check(actor, batch, "cancel")
    if batch.version != version:
        raise Refused(_l("This batch changed since you opened the page. Look at it again."))
    if done := [line for line in lines if line.state in (PAID, RETURNED)]:
        raise Refused(
            _l("Line %(number)s is in the state “%(state)s”: the batch can't be cancelled any more.",
               number=done[0].id, state=REWARD.states[done[0].state])
        )  # fmt: skip
    for line in lines:
        REWARD.advance(actor, line, "unbatch")
        line.batch_id = None
        line.version += 1
    db.session.flush()
    BATCH.advance(actor, batch, "cancel")
    batch.cancelled_by_id, batch.cancelled_at, batch.reason = actor.id, clock.now(), reason
    batch.version += 1
    record(
        actor, "batch.cancelled", batch, reason=reason, count=batch.count, amount=batch.amount, currency=batch.currency
    )
    return batch
