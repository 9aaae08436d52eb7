"""What people did for a SIG, counted from what other rooms know: accepted tasks, meetings organised, reviews.

Counts, not points: how many points somebody has is the ranking's, which has a choice of its own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, true, union_all

from tracker.claims.models import Claim, DesignDocument, Submission
from tracker.cycles.quarters import bounds
from tracker.db import db
from tracker.ledger.models import POINTS, Transfer
from tracker.meetings.models import OVER, Meeting
from tracker.sigs.models import Sig
from tracker.tasks.models import Task


@dataclass(frozen=True, slots=True)
class Deeds:
    """Tasks accepted, meetings organised (as organiser or vice organiser) that took place, hand-ins and designs reviewed."""

    tasks: int = 0
    meetings: int = 0
    reviews: int = 0


#: (user id, SIG id).
Pair = tuple[int, int]


def _months(quarter: str) -> tuple[str, str]:
    first, last = bounds(quarter)
    return f"{first:%Y-%m}", f"{last:%Y-%m}"


@dataclass(frozen=True, slots=True)
class Span:
    """A quarter as moments, which begin and end at other ones in each of the SIGs' zones; all of time without a quarter."""

    quarter: str
    zones: Sequence[str] = ()

    def holds(self, column: Any) -> ColumnElement[bool]:
        """Moments in the quarter, cut in the zone of the SIG (which the statement joins)."""
        if not self.quarter:
            return true()
        first, last = bounds(self.quarter)
        return or_(
            false(), *(and_(Sig.time_zone == zone, column >= _midnight(first, zone),
                            column < _midnight(last + dt.timedelta(days=1), zone)) for zone in self.zones)
        )  # fmt: skip


def _span(quarter: str) -> Span:
    if not quarter:
        return Span("")
    return Span(quarter, db.session.scalars(select(Sig.time_zone).distinct().order_by(Sig.time_zone)).all())


def _midnight(day: dt.date, zone: str) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), ZoneInfo(zone)).astimezone(dt.UTC)


def accepted(quarter: str) -> ColumnElement[bool]:
    """Entries of accepted claims, once each: what the ledger has of them, in the month it has them in."""
    found = and_(Transfer.kind == POINTS, Transfer.claim_id.is_not(None), Transfer.reward_id.is_(None),
                 Transfer.reverses_id.is_(None))  # fmt: skip
    return and_(found, Transfer.month.between(*_months(quarter))) if quarter else found


def _tasks(quarter: str) -> Select[*tuple[Any, ...]]:
    return select(
        Transfer.user_id.label("user_id"), Transfer.sig_id.label("sig_id"), Transfer.claim_id.label("thing")
    ).where(accepted(quarter))


def _meetings(column: Any, span: Span) -> Select[*tuple[Any, ...]]:
    return (
        select(column.label("user_id"), Meeting.sig_id.label("sig_id"), Meeting.id.label("thing"))
        .join(Sig, Sig.id == Meeting.sig_id)
        .where(Meeting.state.in_(OVER), column.is_not(None), span.holds(Meeting.starts_at))
    )


def _reviews(span: Span) -> list[Select[*tuple[Any, ...]]]:
    """Each answer to what was handed in, and to a design."""
    return [
        select(who.label("user_id"), Task.sig_id.label("sig_id"), model.id.label("thing"))
        .select_from(model)
        .join(Claim, Claim.id == model.claim_id)
        .join(Task, Task.id == Claim.task_id)
        .join(Sig, Sig.id == Task.sig_id)
        .where(who.is_not(None), span.holds(at))
        for model, who, at in (
            (Submission, Submission.reviewed_by_id, Submission.reviewed_at),
            (DesignDocument, DesignDocument.decided_by_id, DesignDocument.decided_at),
        )
    ]  # fmt: skip


def _parts(span: Span) -> dict[str, list[tuple[Select[*tuple[Any, ...]], Any]]]:
    """Deed → the selects that it is counted from, each with its column of the person."""
    submitted, designed = _reviews(span)
    return {
        "tasks": [(_tasks(span.quarter), Transfer.user_id)],
        "meetings": [
            (_meetings(who, span), who) for who in (Meeting.organiser_id, Meeting.vice_organiser_id)
        ],
        "reviews": [(submitted, Submission.reviewed_by_id), (designed, DesignDocument.decided_by_id)],
    }  # fmt: skip


def deeds_of(user_ids: Collection[int], quarter: str = "") -> dict[Pair, Deeds]:
    """(person, SIG) → their deeds in all, or in the quarter; three or four statements, and who did nothing isn't there."""
    counted: dict[Pair, dict[str, int]] = {}
    for deed, parts in _parts(_span(quarter)).items():
        each = union_all(*(part.where(who.in_(user_ids)) for part, who in parts)).subquery()
        # Of each meeting once, also where somebody is both; a hand-in and a design may have the same number.
        number = func.count(each.c.thing.distinct()) if deed != "reviews" else func.count()
        query = select(each.c.user_id, each.c.sig_id, number).group_by(each.c.user_id, each.c.sig_id)
        for user_id, sig_id, count in db.session.execute(query):
            counted.setdefault((user_id, sig_id), {})[deed] = count
    return {pair: Deeds(**numbers) for pair, numbers in counted.items()}


def all_deeds(sig_ids: Sequence[int], quarter: str = "") -> Deeds:
    """The deeds of everybody for some SIGs, whoever they are and whether they are shown or not; one statement or two."""
    span = _span(quarter)
    submitted, designed = _reviews(span)
    reviews = union_all(submitted.where(Task.sig_id.in_(sig_ids)), designed.where(Task.sig_id.in_(sig_ids))).subquery()
    held = (
        select(func.count())
        .select_from(Meeting)
        .join(Sig, Sig.id == Meeting.sig_id)
        .where(Meeting.state.in_(OVER), Meeting.sig_id.in_(sig_ids), span.holds(Meeting.starts_at))
    )
    tasks = select(func.count(Transfer.claim_id.distinct())).where(accepted(quarter), Transfer.sig_id.in_(sig_ids))
    row = db.session.execute(
        select(
            tasks.scalar_subquery(), held.scalar_subquery(),
            select(func.count()).select_from(reviews).scalar_subquery(),
        )
    ).one()  # fmt: skip
    return Deeds(*map(int, row))
