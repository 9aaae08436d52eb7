"""What is asked about settlements: the facts of a month, what was settled, what is due."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, Subquery, and_, case, func, select

from tracker.accounts.models import User
from tracker.accounts.queries import finance_ids
from tracker.db import db
from tracker.errors import Missing
from tracker.events import audience
from tracker.ledger.models import Transfer
from tracker.ledger.queries import Credited, signed
from tracker.payees.queries import contract_ends, exclusions_on
from tracker.programmes.models import Agreement, Programme
from tracker.programmes.months import last_day, next_month
from tracker.programmes.queries import find_rules, rules_of
from tracker.programmes.rules import in_force
from tracker.programmes.wages import Account, Scheme
from tracker.rewards.models import CANCELLED, Reward
from tracker.settlements.models import Settlement, SettlementLine
from tracker.settlements.rules import Person
from tracker.sigs.queries import maintainer_ids


def find_settlement(programme_id: int, month: str) -> Settlement | None:
    """The committed settlement of a month."""
    return db.session.scalar(
        select(Settlement).where(Settlement.programme_id == programme_id, Settlement.month == month)
    )


def get_settlement(programme: Programme, month: str) -> Settlement:
    """The committed settlement of a month. Raises Missing."""
    if (found := find_settlement(programme.id, month)) is None:
        raise Missing(f"settlement {programme.slug} {month}")
    return found


def last_settled(programme_id: int) -> str | None:
    """The last month that was settled."""
    return db.session.scalar(select(func.max(Settlement.month)).where(Settlement.programme_id == programme_id))


def first_month(programme_id: int) -> str | None:
    """The first month with points that a wage is paid for."""
    return db.session.scalar(
        select(func.min(Transfer.month)).where(
            Transfer.programme_id == programme_id, Transfer.kind == "points", Transfer.for_wage
        )
    )


def due_month(programme_id: int) -> str | None:
    """The month whose turn it is: after the last settled one, or the first with points. Months whose rules pay no wage are
    passed over where later rules pay one. None while there are no points."""
    last = last_settled(programme_id)
    month = next_month(last) if last else first_month(programme_id)
    if month is None:
        return None
    sets = rules_of(programme_id)
    pays = [one for one in sets if one.wage_scheme != "none"]
    newest = max((f"{one.valid_from:%Y-%m}" for one in pays), default=month)
    while month < newest and in_force(sets, month) not in pays:
        month = next_month(month)
    return month


def computes_anew(programme_id: int) -> bool:
    """Whether a settlement is to come that pays wages: it computes anew what is cancelled now."""
    due = due_month(programme_id)
    rules = find_rules(programme_id, last_day(due)) if due else None
    return rules is not None and rules.wage_scheme != "none"


def settlements_of(programme_id: int) -> list[Settlement]:
    """Committed settlements, newest first."""
    return list(
        db.session.scalars(
            select(Settlement).where(Settlement.programme_id == programme_id).order_by(Settlement.month.desc())
        )
    )


def wage_standing() -> Subquery:
    """(settlement_id, user_id, reward_id) of the newest wage line of each person that isn't cancelled: what pays a returned one
    anew stands for it."""
    query = select(Reward.settlement_id, Reward.user_id, func.max(Reward.id).label("reward_id"))
    query = query.where(Reward.settlement_id.is_not(None), Reward.state != CANCELLED)
    return query.group_by(Reward.settlement_id, Reward.user_id).subquery()


def lines_of(settlement_id: int) -> list[Row[Any]]:
    """The frozen lines by name: the columns of SettlementLine, handle, name, the line that stands for the wage, its state."""
    standing = wage_standing()
    query = (
        select(
            SettlementLine.user_id, SettlementLine.before, SettlementLine.earned, SettlementLine.carried_over,
            SettlementLine.converted, SettlementLine.gross, SettlementLine.settled, SettlementLine.payable,
            SettlementLine.held, SettlementLine.contract_ended, SettlementLine.excluded, Reward.id.label("reward_id"),
            User.handle, User.display_name.label("name"), Reward.state,
        )
        .join(User, User.id == SettlementLine.user_id)
        .outerjoin(standing, and_(standing.c.settlement_id == SettlementLine.settlement_id,
                                  standing.c.user_id == SettlementLine.user_id))
        .outerjoin(Reward, Reward.id == func.coalesce(standing.c.reward_id, SettlementLine.reward_id))
        .where(SettlementLine.settlement_id == settlement_id)
        .order_by(SettlementLine.id)
    )  # fmt: skip
    return list(db.session.execute(query))


def wages_of(settlement_id: int) -> dict[int, int]:
    """Person → the id of the wage line that the settlement proposed."""
    query = select(Reward.user_id, Reward.id).where(Reward.settlement_id == settlement_id, Reward.reissues_id.is_(None))
    return {row.user_id: row.id for row in db.session.execute(query)}


# -- the facts of a month -------------------------------------------------------------------------


def people(programme: Programme, month: str, scheme: Scheme) -> list[Person]:
    """Everybody with points of the programme to the end of ``month``, in a fixed number of statements; of erased accounts those
    that earned some in it, or were paid by the month before."""
    settled = settled_so_far(programme.id)
    signed_by = signers(programme)
    out = exclusions_on(programme.id, last_day(month))
    ends = contract_ends(programme.id) if scheme.kind == "steps" else {}
    last = _last_paid(programme.id)
    found = []
    for row in _points(programme.id, month):
        if row.erased_at is not None and not row.earned and row.user_id not in last:
            continue
        converted, fen = settled.get(row.user_id, (0, 0))
        if row.erased_at is not None:
            excluded = "erased"
        else:
            excluded = out.get(row.user_id, "") or ("" if signed_by is None or row.user_id in signed_by else "unsigned")
        found.append(
            Person(
                user_id=row.user_id, handle=row.handle, name=row.display_name or row.handle,
                account=Account(int(row.before), converted, fen), earned=int(row.earned), sig_id=row.sig_id,
                excluded=excluded, contract_end=ends.get(row.user_id), last_paid=last.get(row.user_id, 0),
            )
        )  # fmt: skip
    return found


def _points(programme_id: int, month: str) -> list[Row[Any]]:
    """(user_id, before, earned, newest transfer's SIG, handle, display_name, erased_at) of points that wages are paid for."""
    sums = (
        select(
            Transfer.user_id,
            func.sum(case((Transfer.month < month, signed()), else_=0)).label("before"),
            func.sum(case((Transfer.month == month, signed()), else_=0)).label("earned"),
            func.max(Transfer.id).label("newest"),
        )
        .join(Credited, Credited.id == Transfer.credit_id)
        .where(Transfer.programme_id == programme_id, Transfer.kind == "points", Transfer.for_wage, Transfer.month <= month)
        .group_by(Transfer.user_id)
    )  # fmt: skip
    part = sums.subquery()
    query = (
        select(
            part.c.user_id,
            part.c.before,
            part.c.earned,
            Transfer.sig_id,
            User.handle,
            User.display_name,
            User.erased_at,
        )
        .join(Transfer, Transfer.id == part.c.newest)
        .join(User, User.id == part.c.user_id)
    )
    return list(db.session.execute(query))


def points_by_month(programme_id: int, last: str) -> dict[int, dict[str, int]]:
    """Person → month → points that wages are paid for, corrections included, to the end of ``last``; in one statement."""
    query = (
        select(Transfer.user_id, Transfer.month, func.sum(signed()))
        .join(Credited, Credited.id == Transfer.credit_id)
        .where(
            Transfer.programme_id == programme_id, Transfer.kind == "points", Transfer.for_wage, Transfer.month <= last
        )
        .group_by(Transfer.user_id, Transfer.month)
    )
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for user_id, month, points in db.session.execute(query):
        found[user_id][month] = int(points)
    return found


def settled_so_far(programme_id: int) -> dict[int, tuple[int, int]]:
    """Person → (points converted, fen settled): every wage line that wasn't cancelled; returned ones count."""
    query = (
        select(SettlementLine.user_id, func.sum(SettlementLine.converted), func.sum(SettlementLine.payable))
        .join(Settlement, Settlement.id == SettlementLine.settlement_id)
        .join(Reward, Reward.id == SettlementLine.reward_id)
        .where(Settlement.programme_id == programme_id, Reward.state != CANCELLED)
        .group_by(SettlementLine.user_id)
    )
    return {row[0]: (int(row[1]), int(row[2])) for row in db.session.execute(query)}


def _last_paid(programme_id: int) -> dict[int, int]:
    """Person → fen of the wage line of the last settled month."""
    last = select(func.max(Settlement.month)).where(Settlement.programme_id == programme_id).scalar_subquery()
    query = (
        select(SettlementLine.user_id, SettlementLine.payable)
        .join(Settlement, Settlement.id == SettlementLine.settlement_id)
        .join(Reward, Reward.id == SettlementLine.reward_id)
        .where(Settlement.programme_id == programme_id, Settlement.month == last, Reward.state != CANCELLED)
    )
    return {row[0]: int(row[1]) for row in db.session.execute(query)}


def signers(programme: Programme) -> set[int] | None:
    """Who signed the agreement, in whichever version; None where the programme has none."""
    if programme.agreement_on is None:
        return None
    return set(db.session.scalars(select(Agreement.user_id).where(Agreement.programme_id == programme.id)))


def acceptors_of(programme_id: int, month: str, user_ids: Iterable[int]) -> dict[int, set[int]]:
    """Person → who accepted points to the end of ``month``, or proposed or approved a correction of them: a wage follows from all
    of them, carried over or not."""
    wanted = set(user_ids)
    query = (
        select(Transfer.user_id, Transfer.by_id, Reward.proposed_by_id)
        .outerjoin(Reward, Reward.id == Transfer.reward_id)
        .where(Transfer.programme_id == programme_id, Transfer.kind == "points", Transfer.for_wage, Transfer.month <= month)
        .distinct()
    )  # fmt: skip
    found: dict[int, set[int]] = defaultdict(set)
    for user_id, by_id, proposed_by_id in db.session.execute(query):
        if user_id in wanted:
            found[user_id].update({by_id, proposed_by_id} - {None})
    return found


@audience("settlement_approvers")
def finance_and_maintainers(thing: Any) -> Iterable[int]:
    """Finance, and who maintains the programme's SIGs: whoever may approve its lines."""
    found = set(finance_ids())
    for sig_id in thing.programme_sig_ids:
        found.update(maintainer_ids(sig_id))
    return sorted(found)
