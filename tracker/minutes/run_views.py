"""The screen on which a meeting is run, by one organiser or by two at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import render_template, request

from tracker import clock
from tracker.agendas import service as agendas
from tracker.agendas.queries import get_proposal
from tracker.claims.models import Claim
from tracker.claims.queries import find_claim
from tracker.errors import Missing, Refused
from tracker.meetings.models import HELD, PLANNED, Meeting
from tracker.meetings.workflow import MEETING
from tracker.minutes import queries, service
from tracker.minutes.attendance import expected_at
from tracker.minutes.blueprint import bp
from tracker.minutes.forms import DraftForm, GeneralForm, TurnForm
from tracker.minutes.reports import Saved
from tracker.minutes.running import Running, general_of, others_here, running, turn_of
from tracker.permissions import Permission as P
from tracker.text import Text, _l
from tracker.web.actions import Answer, perform, submit
from tracker.web.filters import clock_time
from tracker.web.routes import actor, requires

#: What the page says while notes are taken.
NOTED = (PLANNED, HELD)


# -- the screen -----------------------------------------------------------------------------------


@bp.get("/meetings/<int:meeting_id>/run")
@requires(P.MEETING_EDIT, Meeting)
def run(meeting: Meeting) -> str:
    claim_id = request.args.get("claim", default=0, type=int)
    return _page(meeting, running(meeting, actor(), claim_id, request.args.get("item") == "general"))


def _page(meeting: Meeting, now: Running, form: Any = None) -> str:
    """The screen at a claim or at what isn't about one; ``form`` holds what was typed and not taken."""
    facts: dict[str, Any] = {
        "meeting": meeting, "now": now, "moment_now": clock.now(), "noted": meeting.state in NOTED, "states": MEETING.states,
        "others": others_named(now.reports), "people": expected_at(meeting), "steps": {s.action for s in MEETING.available(actor(), meeting)},
    }  # fmt: skip
    turn = turn_of(meeting, now.claim_id) if now.claim_id else None
    if turn is None:
        return _general_page(meeting, form, facts)
    here = now.attendance.get(turn.claim.user_id)
    said = turn.said
    form = form or TurnForm(
        formdata=None,
        data={
            "claim": turn.claim.id, "done": said.done, "next": said.next, "blockers": said.blockers, "percent": said.percent,
            "base_done": said.done, "base_next": said.next, "base_blockers": said.blockers, "base_percent": said.percent,
            "present": here is not False, "was": "" if here is None else str(int(here)),
        },
    )  # fmt: skip
    return render_template("minutes/run.html", form=form, turn=turn, task=turn.claim.task, **facts)


def _general_page(meeting: Meeting, form: Any, facts: dict[str, Any]) -> str:
    said = general_of(meeting)
    here = [person.user_id for person in facts["people"] if person.present]
    if form is None:
        form = GeneralForm(
            formdata=None,
            data={"interfaces": said.interfaces, "guests": said.guests, "base_interfaces": said.interfaces,
                  "base_guests": said.guests, "here": here, "was_here": here},
        )  # fmt: skip
    _offer(form, facts["people"])
    return render_template(
        "minutes/run_general.html",
        form=form,
        earlier=queries.open_action_items(meeting.sig_id, before=meeting),
        **facts,
    )


def _offer(form: GeneralForm, people: Any) -> None:
    form.offer([(person.user_id, person.name) for person in people])


def others_named(reports: Any) -> str:
    """Who else typed a moment ago, and where."""
    return ", ".join(
        f"{row.name} ({row.reference}, {clock_time(row.written_at)})" for row in others_here(reports, actor())
    )


# -- saving ---------------------------------------------------------------------------------------


@bp.post("/meetings/<int:meeting_id>/run")
@requires(P.MEETING_EDIT, Meeting)
def take_turn(meeting: Meeting) -> Answer:
    form = TurnForm()
    return submit(
        form,
        lambda: _take_turn(meeting, form),
        page=lambda: _page(meeting, running(meeting, actor(), form.claim.data or 0, False), form),
        to=lambda saved: _next_page(meeting, form),
        done=told,
    )


def _take_turn(meeting: Meeting, form: TurnForm) -> Saved:
    """Everything that was typed on the panel, in one transaction."""
    who, verb, claim = actor(), form.verb, claim_of(form)
    ticked, was = bool(form.present.data), form.was.data
    if verb == "absent":
        service.note_attendance(who, meeting, present={claim.user_id: False})
    elif was != str(int(ticked)) and (was or not ticked or verb == "next"):
        service.note_attendance(who, meeting, present={claim.user_id: ticked})
    if verb == "back":
        saved = service.save_draft(who, meeting, claim, **form.values())
    else:
        saved = service.note_report(who, meeting, claim, heard=verb in ("next", "absent"), **form.values())
    _change_items(meeting, form, claim)
    return saved


def claim_of(form: DraftForm) -> Claim:
    """Raises Refused."""
    if (claim := find_claim(form.claim.data)) is None:
        raise Refused(_l("There is no such claim. Reload the page."))
    return claim


def _change_items(meeting: Meeting, form: Any, claim: Claim | None) -> None:
    """Add what was typed as a decision or action item, and do what the button says of one."""
    who = actor()
    if form.decision.data:
        service.add_decision(who, meeting, text=form.decision.data, claim=claim)
    if form.to_do.data:
        service.add_action_item(
            who, meeting, text=form.to_do.data, owner=form.owner.data or None, due_on=form.due_on.data, claim=claim
        )
    steps: dict[str, Callable[[int], Any]] = {
        "drop_decision": lambda n: service.remove_decision(who, meeting, decision_id=n),
        "drop_item": lambda n: service.remove_action_item(who, meeting, item_id=n),
        "finish_item": lambda n: service.finish_action_item(who, queries.get_action_item(n)),
        "reopen_item": lambda n: service.reopen_action_item(who, queries.get_action_item(n)),
        "hear": lambda n: agendas.hear_item(who, get_proposal(n)),
        "unhear": lambda n: agendas.unhear_item(who, get_proposal(n)),
    }
    if form.verb in steps:
        try:
            steps[form.verb](form.number)
        except Missing:
            raise Refused(_l("This isn't there any more. Reload the page.")) from None


def _next_page(meeting: Meeting, form: TurnForm) -> str:
    now = running(meeting, actor(), form.claim.data, False)
    to = {"next": now.after, "absent": now.after, "back": now.before}.get(form.verb, now.line)
    if to is None and form.verb in ("next", "absent"):
        return f"{meeting.path}run?item=general"
    return f"{meeting.path}run?claim={to.claim_id if to else form.claim.data}"


def told(saved: Any) -> Text:
    """What is said of a save: also whose percent it replaced."""
    if isinstance(saved, Saved) and saved.overruled is not None:
        return _l("Saved. Your percent replaced %(percent)s %% by %(name)s.", percent=saved.overruled, name=saved.by)
    return _l("Saved.")


@bp.post("/meetings/<int:meeting_id>/run/general")
@requires(P.MEETING_EDIT, Meeting)
def note_general(meeting: Meeting) -> Answer:
    form = GeneralForm()
    _offer(form, expected_at(meeting))
    return submit(
        form,
        lambda: _note_general(meeting, form),
        page=lambda: _page(meeting, running(meeting, actor(), None, True), form),
        to=lambda _said: f"{meeting.path}run?item=general",
        done=_l("Saved."),
    )


def _note_general(meeting: Meeting, form: GeneralForm) -> None:
    if form.present:
        service.note_attendance(actor(), meeting, present=form.present)
    service.note_discussion(actor(), meeting, **form.values())
    _change_items(meeting, form, None)


@bp.post("/meetings/<int:meeting_id>/end")
@requires(P.MEETING_EDIT, Meeting)
def end_meeting(meeting: Meeting) -> Answer:
    return perform(
        lambda: service.end_meeting(actor(), meeting),
        to=lambda meeting: f"{meeting.path}minutes",
        done=_l("The meeting is ended. This is what was noted: complete it, then read it through."),
        back=f"{meeting.path}run",
    )


@bp.post("/meetings/<int:meeting_id>/resume")
@requires(P.MEETING_EDIT, Meeting)
def resume_meeting(meeting: Meeting) -> Answer:
    return perform(
        lambda: service.resume_meeting(actor(), meeting),
        to=lambda meeting: f"{meeting.path}run",
        done=_l("The meeting goes on."),
        back=meeting.path,
    )
