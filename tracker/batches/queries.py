"""What is asked about batches, their lines, files and layouts. Lists are rows; money is fen."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Row, Select, and_, case, cast, exists, func, or_, select, text
from sqlalchemy.orm import aliased

from tracker import clock
from tracker.accounts.models import ForgeAccount, User
from tracker.accounts.queries import finance_ids
from tracker.batches.fields import Line
from tracker.batches.models import BatchFile, BatchLine, Layout, ResultFile
from tracker.batches.rules import MOST_LINES
from tracker.batches.shelf import Listed, Wanted
from tracker.batches.workflow import FROZEN
from tracker.db import db, find
from tracker.errors import Missing
from tracker.payees.models import Payee, PayeeLook
from tracker.payees.secrets import PayeeData
from tracker.permissions import Actor
from tracker.programmes.models import Programme
from tracker.rewards.models import APPROVED, IN_BATCH, PAID, RETURNED, PayoutBatch, Reward
from tracker.rewards.queries import payable_by
from tracker.rewards.set_off import waits
from tracker.settlements.models import SettlementLine
from tracker.sigs.models import Sig
from tracker.tasks.models import Task

#: Key of PostgreSQL's advisory lock under which batches are numbered.
_NUMBER_LOCK = 0x62617463
#: Batches are numbered within the year of this zone.
ZONE = "Asia/Shanghai"
#: What a layout can show of payee data.
PAYEE_FIELDS = ("legal_name", "id_number", "bank", "account")


# -- one batch ------------------------------------------------------------------------------------


def get_batch(number: str) -> PayoutBatch:
    """The batch of a number. Raises Missing."""
    found = db.session.scalar(select(PayoutBatch).where(PayoutBatch.number == number))
    if found is None:
        raise Missing(f"batch {number}")
    return found


def next_number() -> str:
    """The number of a batch that is frozen now (``PB-2026-014``), without gaps: whoever asks next waits until it is taken."""
    if db.session.get_bind().dialect.name == "postgresql":
        db.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _NUMBER_LOCK})
    start = f"PB-{clock.today(ZONE).year}-"
    count = db.session.scalar(
        select(func.count()).select_from(PayoutBatch).where(PayoutBatch.number.startswith(start, autoescape=True))
    )
    return f"{start}{(count or 0) + 1:03d}"


def reward_ids(batch_id: int) -> list[int]:
    """The numbers of a batch's lines, in their order."""
    query = select(BatchLine.reward_id).where(BatchLine.batch_id == batch_id).order_by(BatchLine.position)
    return list(db.session.scalars(query))


def person_ids(batch_id: int) -> list[int]:
    """Whom a batch pays."""
    query = (
        select(Reward.user_id).join(BatchLine, BatchLine.reward_id == Reward.id).where(BatchLine.batch_id == batch_id)
    )
    return list(db.session.scalars(query.distinct().order_by(Reward.user_id)))


def shown_ids(batch: PayoutBatch) -> set[int]:
    """Whose payee data the batch's files show: who was looked at when it was frozen, and whoever froze it and is in it."""
    query = select(PayeeLook.user_id).where(PayeeLook.kind == "batch", PayeeLook.reason == batch.number)
    return {*db.session.scalars(query), *({batch.created_by_id} & set(person_ids(batch.id)))}


def standing(batch: PayoutBatch) -> dict[str, tuple[int, int]]:
    """State → (lines, fen) of the lines that are still the batch's."""
    query = (
        select(Reward.state, func.count(), func.sum(Reward.amount))
        .where(Reward.batch_id == batch.id)
        .group_by(Reward.state)
    )
    return {row[0]: (row[1], int(row[2] or 0)) for row in db.session.execute(query)}


def lines(batch_id: int, state: str = "") -> Select[*tuple[Any, ...]]:
    """The lines of a batch: what its page and a result need of each; to be paged by position."""
    query = (
        select(
            BatchLine.position, BatchLine.amount, Reward.id, Reward.user_id, Reward.kind, Reward.description, Reward.month,
            Reward.currency, Reward.state, Reward.points, Reward.version, Reward.proposed_by_id, Reward.approved_by_id,
            Reward.payment_reference, Reward.paid_at, Reward.returned_at, Reward.reason, User.handle,
            User.display_name.label("receiver"), Sig.name.label("sig"), Sig.name_zh.label("sig_zh"),
        )
        .select_from(BatchLine)
        .join(Reward, Reward.id == BatchLine.reward_id)
        .join(User, User.id == Reward.user_id)
        .join(Sig, Sig.id == Reward.sig_id)
        .where(BatchLine.batch_id == batch_id)
    )  # fmt: skip
    # A line that went back to approved may be in another batch by now.
    return query.where(Reward.state == state, Reward.batch_id == batch_id) if state else query


def elsewhere(ids: Collection[int]) -> dict[int, str]:
    """Number of a line → the batch that it is in, or ""."""
    query = (
        select(Reward.id, func.coalesce(PayoutBatch.number, ""))
        .outerjoin(PayoutBatch, PayoutBatch.id == Reward.batch_id)
        .where(Reward.id.in_(ids))
    )
    return {row[0]: row[1] for row in db.session.execute(query)}


def files_of(batch_id: int) -> list[BatchFile]:
    """The frozen files of a batch, without their bytes."""
    return list(db.session.scalars(select(BatchFile).where(BatchFile.batch_id == batch_id).order_by(BatchFile.id)))


def get_file(number: str, slug: str) -> BatchFile:
    """A frozen file. Raises Missing."""
    query = (
        select(BatchFile)
        .join(PayoutBatch, PayoutBatch.id == BatchFile.batch_id)
        .where(PayoutBatch.number == number, BatchFile.slug == slug)
    )
    if (found := db.session.scalar(query)) is None:
        raise Missing(f"file {number} {slug}")
    return found


def results_of(batch_id: int) -> list[ResultFile]:
    """The bank's answers to a batch, newest first."""
    return list(
        db.session.scalars(select(ResultFile).where(ResultFile.batch_id == batch_id).order_by(ResultFile.id.desc()))
    )


def find_result(batch_id: int, sha256: str) -> ResultFile | None:
    """The same bytes, where they were uploaded before."""
    return db.session.scalar(select(ResultFile).where(ResultFile.batch_id == batch_id, ResultFile.sha256 == sha256))


def get_result(number: str, result_id: int) -> ResultFile:
    """An answer of the bank to a batch. Raises Missing."""
    found = find(ResultFile, result_id)
    if found is None or found.batch.number != number:
        raise Missing(f"result {number} {result_id}")
    return found


# -- the list -------------------------------------------------------------------------------------

_OPEN = exists().where(Reward.batch_id == PayoutBatch.id, Reward.state == IN_BATCH)


def batches(listed: Listed) -> Select[*tuple[Any, ...]]:
    """What the list shows of each batch, with how its lines stand; to be paged by id."""

    def lines_in(state: str) -> Any:
        return (
            select(func.count())
            .select_from(Reward)
            .where(Reward.batch_id == PayoutBatch.id, Reward.state == state)
            .scalar_subquery()
        )

    query: Any = select(
        PayoutBatch.id, PayoutBatch.number, PayoutBatch.title, PayoutBatch.currency, PayoutBatch.count.label("lines"),
        PayoutBatch.amount, lines_in(PAID).label("paid"), lines_in(RETURNED).label("returned"),
        lines_in(IN_BATCH).label("open"),
        case((PayoutBatch.state != FROZEN, "cancelled"), (_OPEN, "open"), else_="done").label("state"),
        User.display_name.label("frozen_by"), User.handle, PayoutBatch.created_at,
    ).join(User, User.id == PayoutBatch.created_by_id)  # fmt: skip
    if listed.year:
        query = query.where(PayoutBatch.number.startswith(f"PB-{listed.year}-", autoescape=True))
    if listed.state == "cancelled":
        query = query.where(PayoutBatch.state != FROZEN)
    elif listed.state:
        query = query.where(PayoutBatch.state == FROZEN, _OPEN if listed.state == "open" else ~_OPEN)
    return query  # type: ignore[no-any-return]


def waiting_for(actor: Actor) -> list[Row[Any]]:
    """Batches with lines that ``actor`` may mark as paid, oldest first: number, title, created_at."""
    payable = exists().where(Reward.batch_id == PayoutBatch.id, Reward.state == IN_BATCH, payable_by(actor))
    query = select(PayoutBatch.number, PayoutBatch.title, PayoutBatch.created_at).where(payable)
    return list(db.session.execute(query.order_by(PayoutBatch.id).limit(50)))


def years() -> list[str]:
    """The years in which batches were frozen, newest first."""
    year = func.substr(PayoutBatch.number, 4, 4)
    return list(db.session.scalars(select(year).distinct().order_by(year.desc())))


# -- what can be frozen ---------------------------------------------------------------------------


def _fitting(query: Select[*tuple[Any, ...]], wanted: Wanted) -> Select[*tuple[Any, ...]]:
    query = (
        query.select_from(Reward)
        .join(Sig, Sig.id == Reward.sig_id)
        .join(Programme, Programme.id == Reward.programme_id)
        .where(Reward.state == APPROVED, Reward.amount.is_not(None))
    )
    if wanted.currency:
        query = query.where(Reward.currency == wanted.currency)
    if narrowed := _narrowed(wanted, Reward):
        # What is taken back from somebody who is paid comes along, whatever is looked for.
        paid = aliased(Reward)
        whose = (
            paid.user_id == Reward.user_id,
            paid.currency == Reward.currency,
            paid.state == APPROVED,
            paid.amount > 0,
        )
        taken_back = and_(Reward.amount < 0, exists().where(*whose, *_narrowed(wanted, paid)))
        query = query.where(or_(and_(*narrowed), taken_back))
    if wanted.payer:
        payer = select(User.id).where(User.handle == wanted.payer).scalar_subquery()
        query = query.where(Reward.approved_by_id != payer, Reward.user_id != payer)
    return query.where(Reward.user_id.in_(select(Payee.user_id))) if wanted.complete else query


def _narrowed(wanted: Wanted, line: type[Reward]) -> list[ColumnElement[bool]]:
    """What the filters ask of a line, apart from its currency."""
    sig = select(Sig.id).where(Sig.slug == wanted.sig).scalar_subquery()
    programme = select(Programme.id).where(Programme.slug == wanted.programme).scalar_subquery()
    asked = (
        (wanted.sig, line.sig_id == sig), (wanted.programme, line.programme_id == programme),
        (wanted.month, line.month == wanted.month), (wanted.kind, line.kind == wanted.kind),
    )  # fmt: skip
    return [clause for value, clause in asked if value]


def payers() -> list[Row[Any]]:
    """Whoever marks lines as paid: (id, handle, display_name) of finance, by name."""
    query = select(User.id, User.handle, User.display_name).where(User.id.in_(finance_ids()))
    return list(db.session.execute(query.order_by(User.display_name, User.id)))


def set_off_missing(ids: Collection[int], currency: str) -> dict[int, int]:
    """Person of these lines → a line that takes money of ``currency`` back from them, waits, and isn't one of these."""
    people = select(Reward.user_id).where(Reward.id.in_(ids))
    query = select(Reward.user_id, func.min(Reward.id)).where(
        waits(Reward), Reward.currency == currency, Reward.user_id.in_(people), Reward.id.not_in(ids)
    )
    return {row[0]: row[1] for row in db.session.execute(query.group_by(Reward.user_id))}


def fitting_sums(wanted: Wanted) -> list[Row[Any]]:
    """(currency, lines, fen) of the approved lines of money that fit."""
    # PostgreSQL sums whole numbers into decimals, which aren't fen.
    fen = cast(func.sum(Reward.amount), BigInteger).label("fen")
    query = _fitting(select(Reward.currency, func.count().label("lines"), fen), wanted)
    return list(db.session.execute(query.group_by(Reward.currency).order_by(Reward.currency)))


def fitting_lines(wanted: Wanted) -> list[Row[Any]]:
    """The approved lines of money that fit, by number; one more than a batch holds at most."""
    query = _fitting(
        select(
            Reward.id, Reward.version, Reward.user_id, Reward.kind, Reward.description, Reward.month, Reward.amount,
            Reward.currency, Reward.approved_by_id, Sig.slug, Sig.name.label("sig"), Sig.name_zh.label("sig_zh"), Programme.slug.label("programme"),
            User.handle, User.display_name.label("receiver"), Payee.user_id.is_not(None).label("has_data"),
        ),
        wanted,
    )  # fmt: skip
    query = query.join(User, User.id == Reward.user_id).outerjoin(Payee, Payee.user_id == Reward.user_id)
    return list(db.session.execute(query.order_by(Reward.id).limit(MOST_LINES + 1)))


# -- what is frozen -------------------------------------------------------------------------------


def frozen_lines(batch: PayoutBatch, payees: dict[int, PayeeData]) -> list[Line]:
    """Everything that a layout may show of a batch's lines, as it is now, in their order: one statement."""
    proposer, approver = aliased(User), aliased(User)
    forges = {forge: aliased(ForgeAccount) for forge in ("github", "gitee", "gitcode")}
    query: Any = (
        select(
            Reward.id.label("reward"), Reward.user_id, Reward.quarter, Reward.month, Reward.kind, Reward.description,
            Reward.points, BatchLine.amount, Reward.currency, Reward.state, Reward.proposed_at, Reward.approved_at,
            User.handle, User.display_name, Sig.slug.label("sig"), Sig.name.label("sig_name"),
            Sig.name_zh.label("sig_name_zh"), Programme.slug.label("programme"), Programme.name.label("programme_name"),
            Programme.name_zh.label("programme_name_zh"), func.coalesce(Task.reference, "").label("task"),
            func.coalesce(Task.title, "").label("task_title"), SettlementLine.carried_over, SettlementLine.earned,
            SettlementLine.converted, proposer.handle.label("proposed_by"), approver.handle.label("approved_by"),
            *(func.coalesce(account.handle, "").label(forge) for forge, account in forges.items()),
        )
        .select_from(BatchLine)
        .join(Reward, Reward.id == BatchLine.reward_id)
        .join(User, User.id == Reward.user_id)
        .join(Sig, Sig.id == Reward.sig_id)
        .join(Programme, Programme.id == Reward.programme_id)
        .join(proposer, proposer.id == Reward.proposed_by_id)
        .join(approver, approver.id == Reward.approved_by_id)
        .outerjoin(Task, Task.id == Reward.task_id)
        .outerjoin(
            SettlementLine,
            # Also of a line that pays a returned wage anew.
            (SettlementLine.settlement_id == Reward.settlement_id) & (SettlementLine.user_id == Reward.user_id),
        )
    )  # fmt: skip
    for forge, account in forges.items():
        query = query.outerjoin(account, (account.user_id == User.id) & (account.forge == forge))
    query = query.where(BatchLine.batch_id == batch.id).order_by(BatchLine.position)
    found = []
    for row in db.session.execute(query).mappings():
        facts: dict[str, Any] = dict(row)
        if (data := payees.get(row["user_id"])) is not None:
            facts |= {name: getattr(data, name) for name in PAYEE_FIELDS}
        found.append(Line(**facts, batch=batch.number))
    return found


# -- layouts --------------------------------------------------------------------------------------


def active_layouts() -> list[Layout]:
    """The layouts that a batch is frozen in, by their short names."""
    return list(db.session.scalars(select(Layout).where(Layout.ended_at.is_(None)).order_by(Layout.slug)))


def newest_layouts() -> list[Layout]:
    """The newest version of every layout, active ones first."""
    newest = select(func.max(Layout.id)).group_by(Layout.slug)
    query = select(Layout).where(Layout.id.in_(newest))
    return list(db.session.scalars(query.order_by(Layout.ended_at.is_not(None), Layout.slug)))


def versions_of(slug: str) -> list[Layout]:
    """Every version of a layout, newest first."""
    return list(db.session.scalars(select(Layout).where(Layout.slug == slug).order_by(Layout.version.desc())))


def get_layout(slug: str) -> Layout:
    """The newest version of a layout. Raises Missing."""
    found = db.session.scalar(select(Layout).where(Layout.slug == slug).order_by(Layout.version.desc()).limit(1))
    if found is None:
        raise Missing(f"layout {slug}")
    return found
