"""Short ways to approved lines, batches and the bank's answers, through the services."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from tests.rewards.lines import approve, propose
from tests.support.cast import Cast
from tracker import clock
from tracker.batches import files, queries, service
from tracker.batches.models import BatchFile, ResultFile
from tracker.db import db, transaction
from tracker.ledger.booking import book
from tracker.payees import secrets
from tracker.payees.models import Payee
from tracker.payees.secrets import PayeeData
from tracker.rewards.approvals import _posting
from tracker.rewards.models import PayoutBatch, Reward


def approved(cast: Cast, **typed: Any) -> Reward:
    """A line that mona proposed and max approved."""
    return approve(cast.max, propose(cast, **typed))


def bare(cast: Cast, count: int, users: Iterable[Any] = (), amount: int = 100) -> list[Reward]:
    """Many approved lines straight from the model, for one of ``users`` after the other (dora alone)."""
    receivers = list(users) or [cast.dora]
    now = clock.now()
    lines = [
        Reward(
            sig_id=cast.akg.id, programme_id=cast.programme.id, quarter="2026Q4", month="2026-11", kind="bonus",
            user_id=receivers[number % len(receivers)].id, description=f"Line {number}", amount=amount, currency="CNY",
            state="proposed", proposed_by_id=cast.mona.id, proposed_at=now,
        )
        for number in range(count)
    ]  # fmt: skip
    db.session.add_all(lines)
    db.session.flush()
    for line in lines:
        line.state, line.approved_by_id, line.approved_at, line.approved_amount = "approved", cast.max.id, now, amount
    db.session.flush()
    book(cast.max, [_posting(line) for line in lines])
    db.session.commit()
    return lines


def some(cast: Cast) -> list[Reward]:
    """Three lines: two for dora, one for otto."""
    return [
        approved(cast, description="First talk"),
        approved(cast, description="Second talk", amount=12345),
        approved(cast, description="A demo", user=cast.otto, amount=80000),
    ]


def shown(lines: Iterable[Reward]) -> dict[str, Any]:
    """What the page says of lines, as its form sends it."""
    lines = list(lines)
    return {
        "lines": {line.id: line.version for line in lines}, "count": len(lines),
        "amount": sum(line.amount or 0 for line in lines), "currency": lines[0].currency,
    }  # fmt: skip


def freeze(actor: Any, lines: Iterable[Reward], /, **typed: Any) -> PayoutBatch:
    values = {**shown(lines), **typed}
    return transaction(lambda: service.freeze_batch(actor, **values))


def cancel(actor: Any, batch: PayoutBatch, reason: str = "Wrong month") -> PayoutBatch:
    version = batch.version
    return transaction(lambda: service.cancel_batch(actor, batch, reason=reason, version=version))


def upload(actor: Any, batch: PayoutBatch, file: bytes) -> ResultFile:
    return transaction(lambda: service.upload_result(actor, batch, file=file))


def apply(actor: Any, result: ResultFile) -> ResultFile:
    return transaction(lambda: service.apply_result(actor, result))


def file_of(batch: PayoutBatch, slug: str = "general") -> BatchFile:
    return queries.get_file(batch.number, slug)


def text_of(batch: PayoutBatch, slug: str = "general") -> str:
    """What a frozen file holds."""
    file = file_of(batch, slug)
    return files.content(file).decode(file.layout["encoding"])


def give_data(user: Any, name: str = "张三") -> None:
    """The person gave payee data."""
    data = PayeeData(
        legal_name=name, id_number="110101199001011234", bank="Example Bank", account=f"62220000{user.id:08d}"
    )
    db.session.add(Payee(user_id=user.id, sealed=secrets.sealed(user.id, data), updated_at=clock.now()))
    db.session.commit()


def states(*lines: Reward) -> list[str]:
    """The states of lines as the database has them."""
    ids = [line.id for line in lines]
    db.session.expire_all()
    found = {row.id: row.state for row in db.session.execute(select(Reward.id, Reward.state))}
    return [found[number] for number in ids]


def csv(*rows: str) -> bytes:
    """A result file."""
    return "\r\n".join(rows).encode()
