"""What is asked about the hall: who stands there, with roles, deeds, titles and pictures. Lists are rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select, tuple_

from tracker import clock
from tracker.accounts.models import User
from tracker.accounts.names import normalised
from tracker.claims.models import Claim
from tracker.cycles.quarters import bounds
from tracker.db import db, find
from tracker.errors import Missing
from tracker.honours.models import HONOURED, Picture, Star
from tracker.sigs.models import Area, Membership, Repository, Sig
from tracker.tasks.models import Task

NAME = func.coalesce(func.nullif(User.display_name, ""), User.handle)


def shown() -> ColumnElement[bool]:
    """People who are in the hall: they haven't left it, and their account is open."""
    return and_(User.in_hall, User.suspended_at.is_(None))


# -- people with a role ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader asks for; empty: everything. ``role`` is one of HONOURED, ``quarter`` such as 2026Q4."""

    sig: Sig | None = None
    quarter: str = ""
    role: str = ""


def _held(wanted: Wanted) -> list[ColumnElement[bool]]:
    """Roles that the hall honours: of the SIG, of the kind, held on a day of the quarter; none that begins later, and none that
    ended on the day it began, as one given by mistake does."""
    held = [
        Membership.role.in_([wanted.role] if wanted.role else HONOURED),
        Membership.since <= clock.today(),
        or_(Membership.until.is_(None), Membership.until > Membership.since),
    ]
    if wanted.sig is not None:
        held.append(Membership.sig_id == wanted.sig.id)
    if wanted.quarter:
        first, last = bounds(wanted.quarter)
        held += [Membership.since <= last, or_(Membership.until.is_(None), Membership.until > first)]
    return held


def people(wanted: Wanted) -> Select[*tuple[Any, ...]]:
    """(since, user_id, sig_id, handle, name, sig, sig_zh, sig_slug) of who is shown, one row a person and SIG, to be paged by
    ``people_keys``: whose role is oldest first."""
    pairs = (
        select(Membership.user_id, Membership.sig_id, func.min(Membership.since).label("since"))
        .where(*_held(wanted))
        .group_by(Membership.user_id, Membership.sig_id)
        .subquery("pairs")
    )
    return (
        select(
            pairs.c.since, pairs.c.user_id, pairs.c.sig_id, User.handle, NAME.label("who"), Sig.name, Sig.name_zh, Sig.slug,
        )
        .join(User, User.id == pairs.c.user_id)
        .join(Sig, Sig.id == pairs.c.sig_id)
        .where(shown())
    )  # fmt: skip


def persons(wanted: Wanted) -> Select[*tuple[Any, ...]]:
    """(since, user_id, handle, who) of who is shown, one row a person, to be paged by ``person_keys``: whose role is oldest
    first."""
    return (
        select(func.min(Membership.since).label("since"), User.id.label("user_id"), User.handle, NAME.label("who"))
        .join(User, User.id == Membership.user_id)
        .where(*_held(wanted), shown())
        .group_by(User.id, User.handle, NAME)
    )


def people_keys(query: Select[*tuple[Any, ...]]) -> list[Any]:
    """The columns that ``people`` is read by, ascending."""
    columns = {column["name"]: column["expr"] for column in query.column_descriptions}
    return [columns["since"], columns["user_id"], columns["sig_id"]]


def after(keys: Sequence[Any], last: Sequence[Any]) -> ColumnElement[bool]:
    """Rows behind the one whose keys were ``last``."""
    return tuple_(*keys) > tuple_(*last)


@dataclass(frozen=True, slots=True)
class Counted:
    """How many people hold or held such a role, and how many of them aren't shown."""

    people: int
    hidden: int


def count_people(wanted: Wanted) -> Counted:
    """Of everybody, those who left the hall included."""
    each = select(Membership.user_id).where(*_held(wanted)).distinct().subquery()
    query = select(func.count(), func.count().filter(~shown())).select_from(each).join(User, User.id == each.c.user_id)
    return Counted(*map(int, db.session.execute(query).one()))


def roles_of(user_ids: Collection[int], wanted: Wanted | None = None) -> dict[tuple[int, int], list[Any]]:
    """(person, SIG) → roles that the hall honours, oldest first: role, since, until, area, area_zh, repository, paths."""
    query = (
        select(
            Membership.user_id, Membership.sig_id, Membership.role, Membership.since, Membership.until, Membership.paths,
            Area.name.label("area"), Area.name_zh.label("area_zh"), Repository.path.label("repository"),
        )
        .outerjoin(Area, Area.id == Membership.area_id)
        .outerjoin(Repository, Repository.id == Membership.repository_id)
        .where(Membership.user_id.in_(user_ids), *_held(wanted or Wanted()))
        .order_by(Membership.since, Membership.id)
    )  # fmt: skip
    found: dict[tuple[int, int], list[Any]] = {}
    for row in db.session.execute(query):
        found.setdefault((row.user_id, row.sig_id), []).append(row)
    return found


def pictures_of(user_ids: Iterable[int]) -> dict[int, str]:
    """Person → the address of their picture; who has none isn't there."""
    query = select(Picture.user_id, Picture.digest).where(Picture.user_id.in_(set(user_ids)))
    return {row.user_id: picture_path(row.user_id, row.digest) for row in db.session.execute(query)}


def picture_path(user_id: int, digest: str) -> str:
    """Where the picture is served."""
    return f"/pictures/{user_id}/{digest[:32]}.webp"


def find_picture(user_id: int) -> Picture | None:
    """The person's picture; its bytes are read when they are asked for."""
    return find(Picture, user_id)


def person_in_hall(handle: str) -> User:
    """Who is shown under this handle. Raises Missing, alike for who isn't there and who left the hall."""
    key = normalised(handle)
    person = None
    if len(key) <= 80 and "\x00" not in key:
        person = db.session.scalar(select(User).where(User.handle_key == key, shown()))
    if person is None:
        raise Missing(f"{handle} in the hall of honour")
    return person


# -- stars of the year ----------------------------------------------------------------------------


def get_star(star_id: int) -> Star:
    """The title with this id, withdrawn or not. Raises Missing."""
    if (found := find(Star, star_id)) is None:
        raise Missing(f"star {star_id}")
    return found


def stars(*, sig: Sig | None = None, year: int | None = None, user_id: int | None = None) -> Select[*tuple[Any, ...]]:
    """(id, year, user_id, sig_id, handle, who, citation, awarded_at, name, name_zh, slug) of titles that stand and whose
    people are shown, to be paged by (year, id)."""
    query: Select[*tuple[Any, ...]] = (
        select(
            Star.id, Star.year, Star.user_id, Star.sig_id, Star.citation, Star.awarded_at, User.handle, NAME.label("who"),
            Sig.name, Sig.name_zh, Sig.slug,
        )
        .join(User, User.id == Star.user_id)
        .join(Sig, Sig.id == Star.sig_id)
        .where(Star.withdrawn_at.is_(None), shown())
    )  # fmt: skip
    for column, value in ((Star.sig_id, sig and sig.id), (Star.year, year), (Star.user_id, user_id)):
        if value is not None:
            query = query.where(column == value)
    return query


def star_years() -> list[int]:
    """The years that have a title, newest first."""
    return list(
        db.session.scalars(select(Star.year).where(Star.withdrawn_at.is_(None)).distinct().order_by(Star.year.desc()))
    )


def stars_of_sig(sig_id: int) -> Sequence[Row[Any]]:
    """Every title of the SIG, withdrawn ones too, newest first, for who awards them; whether its person is ``shown``."""
    query = (
        select(
            Star.id, Star.year, Star.user_id, Star.citation, Star.awarded_at, Star.withdrawn_at, Star.reason,
            User.handle, NAME.label("who"), shown().label("shown"),
        )
        .join(User, User.id == Star.user_id)
        .where(Star.sig_id == sig_id)
        .order_by(Star.year.desc(), Star.id.desc())
        .limit(200)
    )  # fmt: skip
    return db.session.execute(query).all()


def places_taken(sig_id: int, year: int) -> dict[int, int]:
    """Place → person of the titles of the SIG and year that stand."""
    query = select(Star.place, Star.user_id).where(
        Star.sig_id == sig_id, Star.year == year, Star.withdrawn_at.is_(None)
    )
    return {row.place: row.user_id for row in db.session.execute(query)}


def belongs(user_id: int, sig_id: int) -> bool:
    """Whether the person has or had a role in the SIG, or an accepted task."""
    member = select(Membership.id).where(Membership.user_id == user_id, Membership.sig_id == sig_id)
    worked = (
        select(Claim.id)
        .join(Task, Task.id == Claim.task_id)
        .where(Claim.user_id == user_id, Claim.state == "accepted", Task.sig_id == sig_id)
    )
    return bool(db.session.scalar(select(or_(member.exists(), worked.exists()))))


def day_of(value: Any) -> dt.date:
    """A day as it stands in a page's key. Raises ValueError."""
    return dt.date.fromisoformat(value)
