"""My claims: the next step, what I hold, and what ended."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, cast

from flask import render_template
from sqlalchemy import Row

from tracker import clock
from tracker.accounts.models import User
from tracker.claims import rules
from tracker.claims.eligibility import numbers_of, strikes_of
from tracker.claims.models import LIVE
from tracker.claims.queries import claims_of, queue_places
from tracker.claims.workflow import CLAIM
from tracker.clocks.queries import clocks_of
from tracker.clocks.rules import Clock
from tracker.handovers.queries import offers_for
from tracker.ledger.queries import points_total
from tracker.meetings.queries import newest_notes
from tracker.pages.views import bp
from tracker.permissions import Permission as P
from tracker.programmes.models import Programme
from tracker.programmes.queries import all_programmes, find_rules
from tracker.web.i18n import time_zone
from tracker.web.routes import actor, requires

FAR = dt.date.max


@dataclass(frozen=True, slots=True)
class Line:
    """A live claim with its newest note, its next step and its clock."""

    claim: Row[Any]
    note: Any
    step: rules.NextStep
    clock: Clock | None

    @property
    def by(self) -> dt.date:
        """The day the next step is due, for sorting."""
        when = self.step.by
        return when.date() if isinstance(when, dt.datetime) else when or FAR


@dataclass(frozen=True, slots=True)
class Standing:
    """How the person stands in a programme: points, strikes that count, and until when they pause."""

    programme: Programme
    points: int
    strikes: list[rules.Strike]
    numbers: rules.Numbers
    cooldown_until: dt.date | None


@bp.get("/claims/")
@requires(P.ACCOUNT_USE)
def my_claims() -> str:
    person = cast(User, actor())
    rows = claims_of(person)
    lines = _lines(person, [row for row in rows if row.state in LIVE])
    first = next((line for line in lines if line.step.yours), None)
    return render_template(
        "pages/my_claims.html", lines=lines, first=first, ended=[row for row in rows if row.state not in LIVE],
        standings=_standings(person, {row.programme_id for row in rows}), states=CLAIM.states,
        today=clock.today(time_zone()), offers=offers_for(person.id),
    )  # fmt: skip


def _lines(person: User, rows: list[Row[Any]]) -> list[Line]:
    """Live claims, the person's own steps first, then by the day the step is due."""
    notes = newest_notes([row.id for row in rows])
    places = queue_places(person.id) if any(row.state == "waiting" for row in rows) else {}
    clocks = clocks_of([row.id for row in rows])
    lines = [Line(row, notes.get(row.id), _next_step(row, places.get(row.id, 0)), clocks.get(row.id)) for row in rows]
    return sorted(lines, key=lambda line: (not line.step.yours, line.by, line.claim.id))


def _next_step(row: Row[Any], place: int) -> rules.NextStep:
    return rules.next_step(
        row.state, needs_design=row.terms.get("needs_design", row.needs_design), design_accepted=row.design_accepted_at is not None,
        answer_by=row.answer_by, due_on=row.due_on, approved_at=row.approved_at,
        design_within_days=row.design_days, place=place,
    )  # fmt: skip


def _standings(person: User, programme_ids: set[int]) -> list[Standing]:
    found = []
    for programme in all_programmes():
        today = clock.today(programme.time_zone)
        row = find_rules(programme.id, today) if programme.id in programme_ids else None
        if row is None:
            continue
        numbers = numbers_of(row)
        strikes = strikes_of(person.id, programme)
        found.append(
            Standing(
                programme, points_total(person.id, programme.id), rules.strikes_in_window(strikes, today, numbers), numbers,
                rules.cooldown_until(strikes, today, numbers),
            )
        )  # fmt: skip
    return found
