"""People on their way to a role: one was made a Contributor at a meeting, two are put to the vote, one asks to be taken in."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import select

from tracker.db import db
from tracker.meetings.models import PLANNED, Meeting
from tracker.promotions import service as promotions
from tracker.promotions.models import Promotion

if TYPE_CHECKING:
    from tracker.demo.story import Story


def _areas(story: Story) -> dict[str, object]:
    return {area.slug: area for area in story.sigs["akg"].areas}


def _meeting(story: Story, *, ahead: bool) -> Meeting | None:
    """AKG's regular meeting that is next, or the last of those that are to be held by now."""
    query = select(Meeting).where(
        Meeting.sig_id == story.sigs["akg"].id, Meeting.kind == "regular", Meeting.state == PLANNED
    )
    if ahead:
        return db.session.scalars(query.where(Meeting.starts_at > story.end).order_by(Meeting.starts_at)).first()
    past = query.where(Meeting.starts_at < story.end - dt.timedelta(days=2))
    return db.session.scalars(past.order_by(Meeting.starts_at.desc())).first()


def _put_up(story: Story, handle: str, moment: dt.datetime, area: str, statement: str, plan: str) -> Promotion:
    """Somebody puts themselves up for Contributor of AKG."""
    person = story.who(handle)
    made: Promotion = story.on(
        moment, lambda: promotions.nominate(
            person, story.sigs["akg"], user=person, role="contributor", area=_areas(story)[area], statement=statement,  # type: ignore[arg-type]
            work_plan=plan),
    )  # fmt: skip
    return made


def _vote(story: Story, moment: dt.datetime, handle: str, made: Promotion, choice: str, reason: str = "") -> None:
    story.on(moment, partial(promotions.cast_vote, story.who(handle), made, choice=choice, reason=reason))


def at_a_meeting(story: Story) -> None:
    """Before the meetings are held: Bai becomes a Contributor at the last of them."""
    meeting = _meeting(story, ahead=False)
    if meeting is None:
        return
    begins, key = meeting.starts_at, meeting.id
    made = _put_up(
        story, "bai", begins - dt.timedelta(days=6), "backend-iteration",
        "I followed the MLIR 21 release, and answer questions about code generation on the list.",
        "- Follow the next two MLIR releases\n- Review what changes code generation, within three days",
    )  # fmt: skip
    maintainer = story.who("mona")
    story.on(
        begins - dt.timedelta(days=4),
        lambda: promotions.open_ballot(maintainer, made, meeting=db.session.get_one(Meeting, key)),
    )
    _vote(story, begins - dt.timedelta(days=1), "cheng", made, "abstain")
    _vote(story, begins + dt.timedelta(minutes=40), "luqing", made, "for", "Careful work, and answers quickly.")
    _vote(story, begins + dt.timedelta(minutes=41), "mona", made, "for")
    _vote(story, begins + dt.timedelta(minutes=42), "nils", made, "for")
    story.on(begins + dt.timedelta(minutes=45), partial(promotions.close_ballot, maintainer, made))


def going_on(story: Story) -> None:
    """Su He waits for the next meeting of AKG, Edda for the votes of ge; Ivo asks ge to take him in, Gu isn't ready yet."""
    day = dt.timedelta(days=1)
    meeting = _meeting(story, ahead=True)
    made = _put_up(
        story, "suhe", story.end - 3 * day, "operator-support",
        "The expansion of GeluGrad, the registration from Python, and three reviews.",
        "- Softmax and its gradient for the CPU this quarter\n- A page for newcomers on how an expansion is tested",
    )  # fmt: skip
    if meeting is not None:
        key = meeting.id
        story.on(
            story.end - 2 * day,
            lambda: promotions.open_ballot(story.who("mona"), made, meeting=db.session.get_one(Meeting, key)),
        )
        _vote(story, story.end - day, "cheng", made, "for")
    _committer(story)
    story.at(0.97, lambda: promotions.apply_for_membership(
        story.who("ivo"), story.sigs["ge"], statement="I test graph fusion in a course, and would like to go on with it here."))  # fmt: skip
    story.at(0.975, lambda: promotions.nominate(
        story.who("mona"), story.sigs["akg"], user=story.who("gu"), role="contributor",
        statement="Softmax fusion for the CPU, and patient answers to newcomers."))  # fmt: skip


def _committer(story: Story) -> None:
    """Edda is put to the vote in ge for 72 hours; nils' vote is missing."""
    sig, edda = story.sigs["ge"], story.who("edda")
    repository = next(one for one in sig.repositories if one.path == "cann/ge")
    made: Promotion = story.on(
        story.end - dt.timedelta(hours=30), lambda: promotions.nominate(
            story.who("luqing"), sig, user=edda, role="committer", repository=repository, paths="passes/",
            statement="Reviews every change of the passes, and found the two faults of the last release."),
    )  # fmt: skip
    story.on(story.end - dt.timedelta(hours=28), partial(promotions.stand, edda, made, version=made.version))
    story.on(story.end - dt.timedelta(hours=24), partial(promotions.open_ballot, story.who("luqing"), made))
    _vote(story, story.end - dt.timedelta(hours=20), "luqing", made, "for")
