"""What is asked about rankings: sums of the ledger, ranked over everybody with points, shown of those who didn't opt out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Row, Select, Subquery, cast, func, select

from tracker.accounts.models import User
from tracker.cycles.quarters import bounds
from tracker.db import db
from tracker.ledger.models import POINTS, Transfer
from tracker.ledger.queries import Credited, signed
from tracker.programmes.months import quarter_of_month


def _earned(programme_id: int, quarter: str) -> Subquery:
    """(user_id, points) of everybody with an entry in the quarter, corrections included; may be 0 or less."""
    first, last = bounds(quarter)
    return (
        select(Transfer.user_id, cast(func.sum(signed()), BigInteger).label("points"))
        .join(Credited, Credited.id == Transfer.credit_id)
        .where(
            Transfer.programme_id == programme_id, Transfer.kind == POINTS,
            Transfer.month.between(f"{first:%Y-%m}", f"{last:%Y-%m}"),
        )
        .group_by(Transfer.user_id)
        .subquery("earned")
    )  # fmt: skip


def _ranked(programme_id: int, quarter: str) -> Subquery:
    """(user_id, points, rank, order) of everybody with points; who has as many shares a rank. Nobody moves up because
    somebody else isn't shown."""
    earned = _earned(programme_id, quarter)
    rank = func.rank().over(order_by=earned.c.points.desc())
    # Descending with the points, as pages are read: the older account first.
    return (
        select(earned.c.user_id, earned.c.points, rank.label("rank"), (-earned.c.user_id).label("order"))
        .where(earned.c.points > 0)
        .subquery("ranked")
    )


@dataclass(frozen=True, slots=True)
class Ranking:
    """``rows``: rank, handle, points, user_id, order of those who are shown, to be paged by ``keys``."""

    rows: Select[*tuple[Any, ...]]
    keys: tuple[Any, Any]


def ranking(programme_id: int, quarter: str) -> Ranking:
    """The ranking of a programme (``2026Q4``, cut in the programme's zone) without those who opted out."""
    ranked = _ranked(programme_id, quarter)
    rows: Select[*tuple[Any, ...]] = (
        select(ranked.c.rank, User.handle, ranked.c.points, ranked.c.user_id, ranked.c.order)
        .join(User, User.id == ranked.c.user_id)
        .where(User.in_ranking)
    )
    return Ranking(rows, (ranked.c.points, ranked.c.order))


@dataclass(frozen=True, slots=True)
class Totals:
    """Points of everybody, people with points, and how many of those aren't shown at their wish."""

    points: int
    people: int
    hidden: int


def totals(programme_id: int, quarter: str) -> Totals:
    """The sums over everybody, those who opted out included."""
    earned = _earned(programme_id, quarter)
    with_points = earned.c.points > 0
    query = select(
        func.coalesce(cast(func.sum(earned.c.points), BigInteger), 0), func.count().filter(with_points),
        func.count().filter(with_points, ~User.in_ranking),
    ).join(User, User.id == earned.c.user_id)  # fmt: skip
    return Totals(*map(int, db.session.execute(query).one()))


def own_row(programme_id: int, quarter: str, user_id: int) -> Row[Any] | None:
    """(points, rank) of a person, whether they are shown or not: rank None without points; None without an entry."""
    earned, ranked = _earned(programme_id, quarter), _ranked(programme_id, quarter)
    query: Any = (
        select(earned.c.points, ranked.c.rank)
        .outerjoin(ranked, ranked.c.user_id == earned.c.user_id)
        .where(earned.c.user_id == user_id)
    )
    found: Row[Any] | None = next(iter(db.session.execute(query)), None)
    return found


def quarters_with_points(programme_id: int) -> list[str]:
    """The quarters in which somebody's points were booked, newest first."""
    query = select(Transfer.month).where(Transfer.programme_id == programme_id, Transfer.kind == POINTS).distinct()
    return sorted({quarter_of_month(month) for month in db.session.scalars(query)}, reverse=True)
