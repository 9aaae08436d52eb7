"""What is asked about public notices and their objections."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, exists, false, func, or_, select
from sqlalchemy.orm import aliased

from tracker import clock
from tracker.accounts.models import User
from tracker.cycles.models import Cycle
from tracker.db import MAX_ID, db, find
from tracker.errors import Missing
from tracker.events import audience
from tracker.permissions import Actor, maintained_sigs
from tracker.public_notices.models import Objection, PublicNotice
from tracker.public_notices.rules import last_day
from tracker.public_notices.shelf import Filters
from tracker.sigs.models import MAINTAINER, Membership, Sig
from tracker.sigs.queries import active_on, maintainer_ids

#: Rows shown on the dashboard.
SHOWN = 50


def get_notice(notice_id: int) -> PublicNotice:
    """The notice with this id. Raises Missing."""
    if (found := find(PublicNotice, notice_id)) is None:
        raise Missing(f"public notice {notice_id}")
    return found


def newest_notice(cycle_id: int) -> PublicNotice | None:
    """The newest notice of a cycle: the one that a correction names."""
    query = select(PublicNotice).where(PublicNotice.cycle_id == cycle_id).order_by(PublicNotice.id.desc()).limit(1)
    return db.session.scalar(query)


def correction_of(notice_id: int) -> int | None:
    """The id of the notice that corrects this one."""
    return db.session.scalar(select(PublicNotice.id).where(PublicNotice.corrects_id == notice_id))


def get_objection(notice_id: int, objection_id: int) -> Objection:
    """An objection to the notice. Raises Missing."""
    found = find(Objection, objection_id)
    if found is None or found.notice_id != notice_id:
        raise Missing(f"objection {objection_id}")
    return found


def has_objected(notice_id: int, user_id: int, row: int) -> bool:
    """Whether the person objected to this row."""
    query = select(Objection.id).where(
        Objection.notice_id == notice_id, Objection.user_id == user_id, Objection.row_no == row
    )
    return db.session.scalar(query) is not None


# -- lists ----------------------------------------------------------------------------------------


def _waiting() -> Any:
    of_it = (Objection.notice_id == PublicNotice.id, Objection.state == "open")
    return select(func.count(Objection.id)).where(*of_it).correlate(PublicNotice).scalar_subquery()


def notice_rows(filters: Filters) -> Select[*tuple[Any, ...]]:
    """What the list shows of each notice: id, quarter, names of the SIG, opened_at, closes_at, time_zone, count, corrects_id,
    corrected_by, objections, waiting; to be paged by id."""
    objections = select(func.count(Objection.id)).where(Objection.notice_id == PublicNotice.id)
    correction = aliased(PublicNotice)
    query: Select[*tuple[Any, ...]] = (
        select(
            PublicNotice.id, Cycle.quarter, Sig.slug, Sig.name, Sig.name_zh, PublicNotice.opened_at, PublicNotice.closes_at,
            PublicNotice.time_zone, PublicNotice.count.label("results"), PublicNotice.corrects_id,
            correction.id.label("corrected_by"), objections.correlate(PublicNotice).scalar_subquery().label("objections"),
            _waiting().label("waiting"),
        )
        .join(Cycle, Cycle.id == PublicNotice.cycle_id)
        .join(Sig, Sig.id == PublicNotice.sig_id)
        .outerjoin(correction, correction.corrects_id == PublicNotice.id)
    )  # fmt: skip
    if filters.sig:
        query = query.where(Sig.slug == filters.sig)
    if filters.quarter:
        query = query.where(Cycle.quarter == filters.quarter)
    return query


@dataclass(frozen=True, slots=True)
class OpenNotice:
    """A notice that takes objections until the end of ``last_day``; the names are its SIG's."""

    id: int
    name: str
    name_zh: str
    quarter: str
    last_day: dt.date


def open_notices(sig_id: int | None = None, most: int = 4) -> list[OpenNotice]:
    """Notices that take objections now, the one that closes first first; in one statement."""
    query = notice_rows(Filters()).where(PublicNotice.closes_at > clock.now())
    if sig_id is not None:
        query = query.where(PublicNotice.sig_id == sig_id)
    return [
        OpenNotice(row.id, row.name, row.name_zh, row.quarter, last_day(row.closes_at, row.time_zone))
        for row in db.session.execute(query.order_by(PublicNotice.closes_at, PublicNotice.id).limit(most))
    ]


def waiting_objections(notice_id: int) -> int:
    """How many objections to the notice nobody answered."""
    query = (
        select(func.count()).select_from(Objection).where(Objection.notice_id == notice_id, Objection.state == "open")
    )
    return db.session.scalar(query) or 0


def objections_by_row(notice_id: int) -> dict[int, int]:
    """Row → objections to it; 0 is the whole."""
    query = select(Objection.row_no, func.count()).where(Objection.notice_id == notice_id).group_by(Objection.row_no)
    return {row[0]: row[1] for row in db.session.execute(query)}


def objection_rows(notice_id: int) -> Select[*tuple[Any, ...]]:
    """The objections to a notice with names: who objected is for those to read who may; to be paged by id."""
    objector, answerer = aliased(User), aliased(User)
    return (
        select(
            Objection.id, Objection.row_no, Objection.user_id, Objection.about_id, Objection.text, Objection.made_at,
            Objection.state, Objection.answer, Objection.follows, Objection.answered_at, PublicNotice.sig_id,
            _name(objector).label("objector"), _name(answerer).label("answerer"),
        )
        .join(PublicNotice, PublicNotice.id == Objection.notice_id)
        .join(objector, objector.id == Objection.user_id)
        .outerjoin(answerer, answerer.id == Objection.answered_by_id)
        .where(Objection.notice_id == notice_id)
    )  # fmt: skip


def _name(user: Any) -> Any:
    return func.coalesce(func.nullif(user.display_name, ""), user.handle)


# -- who answers ----------------------------------------------------------------------------------


@audience("objection_answerers")
def _answerers(objection: Any) -> Iterable[int]:
    """The SIG's maintainers, but who objected and whom it is about; where there is none, administrators."""
    barred = {objection.user_id, objection.about_id}
    if found := [person for person in maintainer_ids(objection.sig_id) if person not in barred]:
        return found
    query = select(User.id).where(User.is_admin, User.suspended_at.is_(None)).order_by(User.id)
    return [person for person in db.session.scalars(query) if person not in barred]


@audience("objection_parties")
def _parties(objection: Any) -> Iterable[int]:
    """Who objected, and whom it is about."""
    return sorted({person for person in (objection.user_id, objection.about_id) if person is not None})


@dataclass(frozen=True, slots=True)
class Waiting:
    """An objection that waits for the reader's answer; the notice can't close before it (``due``: the last second of the window)."""

    quarter: str
    sig: str
    who: str
    path: str
    since: dt.datetime
    due: dt.datetime


def waiting_for(who: Actor) -> list[Waiting]:
    """Objections that ``who`` may answer, oldest first: as a maintainer, as an administrator where no maintainer may. In one
    statement."""
    if who.id is None:
        return []
    theirs = or_(PublicNotice.sig_id.in_(sorted(maintained_sigs(who))), ~_somebody_else() if who.is_admin else false())
    query = (
        select(
            Objection.id, Objection.notice_id, Objection.made_at, PublicNotice.closes_at, Cycle.quarter, Sig.name,
            _name(User).label("who"),
        )
        .join(PublicNotice, PublicNotice.id == Objection.notice_id)
        .join(Cycle, Cycle.id == PublicNotice.cycle_id)
        .join(Sig, Sig.id == PublicNotice.sig_id)
        .join(User, User.id == Objection.user_id)
        .where(
            Objection.state == "open", theirs, Objection.user_id != who.id,
            func.coalesce(Objection.about_id, 0) != who.id,
        )
        .order_by(Objection.made_at, Objection.id)
        .limit(SHOWN)
    )  # fmt: skip
    return [
        Waiting(
            quarter=row.quarter, sig=row.name, who=row.who, since=row.made_at, due=row.closes_at - dt.timedelta(seconds=1),
            path=f"/public-notices/{row.notice_id}/objections/{row.id}/answer",
        )
        for row in db.session.execute(query)
    ]  # fmt: skip


def _somebody_else() -> Any:
    """Some maintainer of the SIG may answer the objection, as the audience has it."""
    answers = and_(
        Membership.sig_id == PublicNotice.sig_id, Membership.role == MAINTAINER, active_on(clock.today()),
        Membership.user_id != Objection.user_id, Membership.user_id != func.coalesce(Objection.about_id, 0),
        Membership.user_id.in_(select(User.id).where(User.suspended_at.is_(None)).correlate(None)),
    )  # fmt: skip
    return exists().where(answers).correlate(Objection, PublicNotice)


def row_of(notice: PublicNotice, number: int) -> dict[str, Any] | None:
    """The row with this number; None for the whole. Raises Missing for one that the notice doesn't have."""
    if number == 0:
        return None
    if not 0 < number <= min(notice.count, MAX_ID):
        raise Missing(f"row {number}")
    return shown_rows([notice.rows[number - 1]])[0]


def shown_rows(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows as they are shown: as they were frozen, but for the handles of accounts that were erased since. One statement."""
    query = select(User.id, User.handle).where(User.id.in_(people_in(rows)), User.erased_at.is_not(None))
    erased = {row.id: row.handle for row in db.session.execute(query)}
    return [{**row, "handle": erased.get(row["user_id"], row["handle"])} for row in rows]


def people_in(rows: Sequence[Any]) -> list[int]:
    """User ids of everybody named in rows."""
    return sorted({row["user_id"] for row in rows})
