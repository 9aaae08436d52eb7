"""The hall of honour: people with their deeds, by SIG and by quarter; open to everybody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template
from sqlalchemy import select

from tracker.accounts.models import User
from tracker.db import db
from tracker.errors import Missing
from tracker.honours import intern_views, interns, picture_views, queries, star_views
from tracker.honours.asked import AT_ONCE, NOTHING, Asked, number, quarters, read
from tracker.honours.blueprint import bp
from tracker.honours.deeds import Deeds, all_deeds, deeds_of
from tracker.honours.models import HONOURED, Star
from tracker.honours.queries import Wanted
from tracker.permissions import Permission as P
from tracker.sigs.models import ROLES, Sig
from tracker.sigs.queries import all_sigs
from tracker.web.actions import Answer, refused
from tracker.web.files import csv_file
from tracker.web.paging import page_of
from tracker.web.routes import loads, requires

__all__ = ["bp", "intern_views", "picture_views", "star_views"]
PEOPLE_COLUMNS = ("sig", "handle", "name", "roles", "since", "until", "tasks", "meetings", "reviews")


@dataclass(frozen=True, slots=True)
class Line:
    """A person in a SIG: ``row`` of ``queries.people``, the roles they hold or held there, and what they did for it."""

    row: Any
    roles: Sequence[Any]
    deeds: Deeds
    picture: str = ""

    @property
    def until(self) -> Any:
        """When the last of their roles ended; None while one goes on."""
        ends = [role.until for role in self.roles]
        return None if None in ends else max(ends, default=None)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the hall: ``row`` of ``queries.persons``, and a line for each SIG of theirs that was asked for."""

    row: Any
    lines: Sequence[Line]

    @property
    def deeds(self) -> Deeds:
        """For all these SIGs together."""
        return Deeds(
            *(sum(getattr(line.deeds, name) for line in self.lines) for name in ("tasks", "meetings", "reviews"))
        )


def _persons(rows: Sequence[Any], wanted: Wanted) -> list[Person]:
    """Rows with everything that stands beside them, in a fixed number of statements."""
    found = queries.people(wanted)
    pairs = db.session.execute(
        found.where(User.id.in_([row.user_id for row in rows])).order_by(*queries.people_keys(found))
    ).all()
    lines = _lines(pairs, wanted)
    return [Person(row, [line for line in lines if line.row.user_id == row.user_id]) for row in rows]


def _lines(rows: Sequence[Any], wanted: Wanted, *, pictures: bool = True) -> list[Line]:
    """Rows with everything that stands beside them, in a fixed number of statements."""
    ids = {row.user_id for row in rows}
    deeds, roles = deeds_of(ids, wanted.quarter), queries.roles_of(ids, wanted)
    faces = queries.pictures_of(ids) if pictures else {}
    return [
        Line(row, roles.get(pair, []), deeds.get(pair, Deeds()), faces.get(row.user_id, ""))
        for row in rows
        if (pair := (row.user_id, row.sig_id))
    ]


@bp.get("/hall-of-honour/")
@requires(P.SITE_READ)
def hall() -> str | tuple[str, int]:
    """Contributors, Committers and Maintainers past and present, with their deeds in all or in a quarter."""
    asked, problem = read()
    people: list[Person] = []
    page, newest = NOTHING, NOTHING.rows
    if not problem:
        each = queries.persons(asked.wanted).subquery()
        page = page_of(
            select(each), keys=[each.c.since, each.c.user_id], key_of=lambda row: (row.since, row.user_id), parse=_person_key,
            ascending=True,
        )  # fmt: skip
        people = _persons(page.rows, asked.wanted)
        newest = db.session.execute(_newest_stars(asked)).all() if page.first and not asked.role else []
    shown = render_template(
        "honours/hall.html", asked=asked, problem=problem, page=page, people=people, roles=ROLES, honoured=HONOURED,
        counted=queries.count_people(asked.wanted), deeds=all_deeds(asked.of, asked.quarter),
        quarters=quarters(asked.quarter), stars=newest, faces=queries.pictures_of(star.user_id for star in newest),
    )  # fmt: skip
    return (shown, 422) if problem else shown


def _person_key(parts: Sequence[str]) -> list[Any]:
    since, *ids = parts
    return [queries.day_of(since), *map(number, ids)]


def _newest_stars(asked: Asked) -> Any:
    """A few of this year and the last one, or of the quarter's year."""
    query = queries.stars(sig=asked.sig, year=int(asked.quarter[:4]) if asked.quarter else None)
    return query.order_by(Star.year.desc(), Star.id.desc()).limit(6)


@bp.get("/hall-of-honour/people.csv")
@requires(P.SITE_READ)
def hall_csv() -> Answer:
    """The whole list as it is shown."""
    asked, problem = read()
    if problem:
        return refused(problem, "/hall-of-honour/", 422)
    return csv_file(PEOPLE_COLUMNS, _people_rows(asked), "hall-of-honour")


def _people_rows(asked: Asked) -> Iterator[Sequence[Any]]:
    """Read part by part, as they are sent."""
    query = queries.people(asked.wanted)
    keys = queries.people_keys(query)
    after: tuple[Any, ...] | None = None
    while True:
        part = query.order_by(*keys).limit(AT_ONCE)
        rows = db.session.execute(part.where(queries.after(keys, after)) if after else part).all()
        for line in _lines(rows, asked.wanted, pictures=False):
            yield (
                line.row.slug, line.row.handle, line.row.who, "; ".join(map(_role_in_words, line.roles)), line.row.since,
                line.until, line.deeds.tasks, line.deeds.meetings, line.deeds.reviews,
            )  # fmt: skip
        if len(rows) < AT_ONCE:
            return
        after = (rows[-1].since, rows[-1].user_id, rows[-1].sig_id)


def _role_in_words(role: Any) -> str:
    of = role.repository or role.area
    return (
        f"{role.role}{f' ({of})' if of else ''} {role.since.isoformat()}/{role.until.isoformat() if role.until else ''}"
    )


# -- one person -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Honoured:
    """Somebody who is in the hall, and what for."""

    user: User
    roles: dict[tuple[int, int], list[Any]]
    stars: Sequence[Any]
    excellent: Sequence[Any]


@loads(Honoured)
def _load(handle: str) -> Honoured:
    user = queries.person_in_hall(handle)
    stars = queries.stars(user_id=user.id).order_by(Star.year.desc(), Star.id.desc())
    found = Honoured(user, queries.roles_of([user.id]), db.session.execute(stars).all(), interns.quarters_of(user.id))
    if not (found.roles or found.stars or found.excellent):
        raise Missing(f"{handle} in the hall of honour")
    return found


@bp.get("/hall-of-honour/people/<handle>/")
@requires(P.SITE_READ, Honoured)
def person(honoured: Honoured) -> str:
    """What the hall has of one person, over all SIGs."""
    user, deeds = honoured.user, deeds_of([honoured.user.id])
    groups: list[tuple[Sig, Sequence[Any], Deeds]] = [
        (sig, honoured.roles.get(pair, []), deeds.get(pair, Deeds()))
        for sig in all_sigs()
        if (pair := (user.id, sig.id)) in honoured.roles or pair in deeds
    ]
    return render_template(
        "honours/person.html", person=user, groups=groups, stars=honoured.stars, roles=ROLES,
        excellent=honoured.excellent, picture=queries.pictures_of([user.id]).get(user.id, ""),
    )  # fmt: skip
