"""A claim with everything that was planned, reported, handed in and decided, and what the reader can do about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from tracker.appeals import on_claim as appeals
from tracker.claims import queries
from tracker.claims.eligibility import place_in_queue
from tracker.claims.models import HOLDING, Claim, DesignDocument, Submission
from tracker.claims.rules import CLAIMANT, REVIEWER, SEAT, NextStep
from tracker.claims.workflow import CLAIM
from tracker.clocks import on_claim as clocks
from tracker.db import db
from tracker.events.history import Happened, history
from tracker.handovers import on_claim as handovers
from tracker.ledger.models import Transfer
from tracker.meetings.queries import notes_of
from tracker.meetings.rules import REPORTED
from tracker.minutes import on_claim as minutes
from tracker.pages.views import bp
from tracker.permissions import Actor, allowed
from tracker.permissions import Permission as P
from tracker.rewards import queries as rewards
from tracker.rewards.models import Reward
from tracker.rewards.workflow import REWARD
from tracker.text import Text, _, _l, _n
from tracker.web.filters import day, local
from tracker.web.routes import actor, requires


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of the claim's road. ``status`` is done, current or empty (still ahead)."""

    name: Text
    status: str
    at: dt.datetime | None = None
    detail: str = ""


@bp.get("/claims/<int:claim_id>/")
@requires(P.CLAIM_READ, Claim)
def claim(claim: Claim) -> str:
    who = actor()
    notes = notes_of(claim.id)
    step = queries.next_step_of(claim)
    events = history("claim", claim.id)
    entry, lines = _earned(who, claim)
    return render_template(
        "pages/claim.html", claim=claim, task=claim.task, states=CLAIM.states, step=step, waits_for=_waits_for(claim, step),
        road=road(claim, len(notes)), notes=notes, events=events, reason=_why(claim, events), place=place_in_queue(claim),
        designs=_answered(DesignDocument, claim.id), submissions=_answered(Submission, claim.id),
        steps={step.action: step for step in CLAIM.available(who, claim)}, mine=claim.user_id == who.id,
        may_comment=allowed(who, P.PROGRESS_COMMENT, claim), may_report=claim.state in REPORTED,
        most=claim.most_points, entry=entry, lines=lines, reward_states=REWARD.states,
        clocks=clocks.on_claim(claim, who), handovers=handovers.on_claim(claim, who), appeals=appeals.on_claim(claim, who),
        minutes=minutes.on_claim(claim, who),
    )  # fmt: skip


def _why(claim: Claim, events: Sequence[Happened]) -> str:
    """Why it ended: what somebody wrote, or what the tracker says of itself."""
    return claim.reason or next(
        (event.reason for event in events if event.name in ("claim.closed", "claim.lapsed")), ""
    )


def _earned(who: Actor, claim: Claim) -> tuple[Transfer | None, list[Reward]]:
    """The points and the lines that the claim brought, as far as the reader may read them."""
    if claim.state != "accepted":
        return None, []
    entry = rewards.entry_of_claim(claim.id)
    lines = [line for line in rewards.reward_of_claim(claim.id) if allowed(who, P.REWARD_READ, line)]
    return (entry if entry and allowed(who, P.REWARD_READ, entry) else None), lines


def _answered(model: type[Any], claim_id: int) -> list[Any]:
    """Design documents or hand-ins, newest first, with who answered them."""
    who = model.decided_by if model is DesignDocument else model.reviewed_by
    query = select(model).where(model.claim_id == claim_id).options(joinedload(who)).order_by(model.id.desc())
    return list(db.session.scalars(query))


def _waits_for(claim: Claim, step: NextStep) -> str:
    """Who must act, by name; empty when nobody must."""
    if step.who == CLAIMANT:
        return claim.user.display_name
    if step.who == REVIEWER:
        mentors = [mentor.display_name for mentor in claim.task.mentors if mentor.id != claim.user_id]
        if len(mentors) > 1:
            return _("%(names)s or %(last)s", names=", ".join(mentors[:-1]), last=mentors[-1])
        return mentors[0] if mentors else _("a maintainer of %(sig)s", sig=local(claim.task.sig))
    return claim.user.display_name if step.who == SEAT else ""


def road(claim: Claim, notes: int) -> list[Stage]:
    """From the application to the acceptance, or to where it ended. ``notes``: how many were written."""
    needs_design = claim.needs_design
    names = [("applied", _l("Applied")), ("approved", _l("Approved"))]
    accepted = claim.design_accepted_at is not None
    names += [("design", _l("Design accepted") if accepted else _l("Design document"))] if needs_design else []
    names += [("progress", _l("In progress")), ("submitted", _l("Submitted")), ("accepted", _l("Accepted"))]
    reached: dict[str, dt.datetime | None] = {
        "applied": claim.applied_at, "approved": claim.approved_at, "design": claim.design_accepted_at,
        "progress": claim.submitted_at, "submitted": claim.submitted_at if claim.state == "accepted" else None,
        "accepted": claim.decided_at if claim.state == "accepted" else None,
    }  # fmt: skip
    if claim.state not in (*HOLDING, "waiting", "accepted"):
        passed = [
            Stage(name, "done", reached[key], _detail(claim, key, notes)) for key, name in names[:-2] if reached[key]
        ]
        return [*passed, Stage(CLAIM.states[claim.state], "current", claim.decided_at)]
    now = _current(claim, needs_design)
    place = [key for key, _name in names].index(now) if now else len(names)
    stages = []
    for index, (key, name) in enumerate(names):
        status = "done" if index < place else "current" if index == place else ""
        at = (
            None if key == "progress" else claim.submitted_at if key == "submitted" and index <= place else reached[key]
        )
        stages.append(Stage(name, status, at, _detail(claim, key, notes)))
    return stages


def _current(claim: Claim, needs_design: bool) -> str:
    """The stage that a claim which hasn't ended is at; empty when it was accepted."""
    if claim.state in ("applied", "waiting"):
        return "applied"
    if needs_design and claim.design_accepted_at is None:
        return "design"
    return {"submitted": "submitted", "accepted": ""}.get(claim.state, "progress")


def _detail(claim: Claim, key: str, notes: int) -> str:
    if key == "applied" and claim.state == "waiting":
        return _("on the waitlist")
    if key in ("applied", "submitted") and claim.state == key and claim.answer_by:
        return _("answer by %(date)s", date=day(claim.answer_by))
    if key == "approved" and claim.approved_by:
        return claim.approved_by.display_name
    if key == "progress" and notes:
        return _n("%(num)s note", "%(num)s notes", notes)
    if key == "accepted" and claim.state != "accepted" and claim.task.accept_by:
        return _("until %(date)s", date=day(claim.task.accept_by))
    return ""
