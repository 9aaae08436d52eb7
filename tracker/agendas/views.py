"""Pages of agendas: one meeting's with its items and proposals, proposing, answering, the text to copy."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, render_template

from tracker.agendas import queries, rules, service
from tracker.agendas.blueprint import bp
from tracker.agendas.document import agenda_text
from tracker.agendas.forms import DeclineItemForm, DeferItemForm, ProposalEditForm, ProposalForm
from tracker.agendas.models import PROPOSAL_KINDS, STATES, Proposal
from tracker.agendas.outline import outline
from tracker.agendas.workflow import PROPOSAL
from tracker.meetings.agenda import agenda as claims_by_area
from tracker.meetings.models import MEETING_KINDS, Meeting
from tracker.permissions import Permission as P
from tracker.permissions import allowed
from tracker.text import _l
from tracker.web.actions import Answer, perform, submit
from tracker.web.forms import Form
from tracker.web.routes import actor, loads, requires

__all__ = ["bp", "queries"]


@loads(Proposal, P.PROPOSAL_READ)
def _load(proposal_id: int) -> Proposal:
    return queries.get_proposal(proposal_id)


def _path(thing: Any) -> str:
    return str(thing.path)


@bp.get("/meetings/<int:meeting_id>/agenda")
@requires(P.MEETING_READ, Meeting)
def agenda(meeting: Meeting) -> str:
    who = actor()
    answers = allowed(who, P.PROPOSAL_ANSWER, meeting)
    areas = claims_by_area(meeting, who) if meeting.kind in rules.WITH_FIXED_ITEMS else []
    plan = outline(meeting, sum(len(area.rows) for area in areas), queries.accepted_items(meeting.id))
    taking = queries.taking(who, meeting)
    return render_template(
        "agendas/agenda.html", meeting=meeting, areas=areas, outline=plan, taking=taking, why_not=rules.why_not(taking),
        answers=answers, kinds=PROPOSAL_KINDS, meeting_kinds=MEETING_KINDS, states=STATES, following=_following(meeting, taking),
        to_answer=queries.to_answer(meeting.id) if answers else [], defer=DeferItemForm(formdata=None),
        mine=queries.proposed_by(who.id, meeting) if who.id else [],
        waiting=queries.without_meeting(meeting) if answers and _to_come(meeting) else [],
    )  # fmt: skip


def _to_come(meeting: Meeting) -> bool:
    return meeting.state in queries.UPCOMING


def _following(meeting: Meeting, taking: rules.Taking) -> Meeting | None:
    """The meeting to propose for instead, where this one takes nothing."""
    if taking.phase in (rules.OPEN, rules.AHEAD):
        return None
    return queries.following_meeting(meeting.sig_id, meeting.kind, meeting.starts_at)


# -- by the proposer ------------------------------------------------------------------------------


@bp.route("/meetings/<int:meeting_id>/agenda/propose", methods=["GET", "POST"])
@requires(P.PROPOSAL_MAKE, Meeting)
def propose(meeting: Meeting) -> Answer:
    form = ProposalForm(data={"kind": "topic", "minutes_long": 15})
    return submit(
        form,
        lambda: service.propose_item(actor(), meeting, **form.values()),
        page=lambda: _propose_page(meeting, form),
        to=_path,
        done=_l("Proposed. The organiser answers it, and you are told."),
    )


def _propose_page(meeting: Meeting, form: Form) -> str:
    taking = queries.taking(actor(), meeting)
    return render_template(
        "agendas/propose.html", meeting=meeting, form=form, taking=taking, why_not=rules.why_not(taking),
        following=_following(meeting, taking), meeting_kinds=MEETING_KINDS,
    )  # fmt: skip


@bp.route("/proposals/<int:proposal_id>/edit", methods=["GET", "POST"])
@requires(P.PROPOSAL_HOLD, Proposal)
def edit_proposal(proposal: Proposal) -> Answer:
    names = ("kind", "title", "details", "minutes_long", "version")
    form = ProposalEditForm(data={name: getattr(proposal, name) for name in names})
    return submit(
        form,
        lambda: service.edit_proposal(actor(), proposal, **form.values()),
        page=lambda: render_template(
            "agendas/edit_proposal.html", proposal=proposal, form=form, version=_version(form, proposal),
            why_not=queries.why_not_edit(actor(), proposal),
        ),
        to=_path,
        done=_l("The proposal is saved."),
    )  # fmt: skip


def _version(form: Any, proposal: Proposal) -> int:
    """The version that the page's form carries: what was seen, or, once the reader was told of a change, the newest."""
    seen = form.version.data
    return proposal.version if form.refusal or not isinstance(seen, int) else seen


@bp.post("/proposals/<int:proposal_id>/withdraw")
@requires(P.PROPOSAL_HOLD, Proposal)
def withdraw_proposal(proposal: Proposal) -> Answer:
    return _step(proposal, lambda: service.withdraw_proposal(actor(), proposal), _l("You withdrew the proposal."))


# -- by who runs the meeting ----------------------------------------------------------------------


def _step(proposal: Proposal, work: Any, done: Any, form: Form | None = None) -> Answer:
    """A button on the agenda: back to the page on which it stood."""
    back = proposal.path
    return perform(work, to=lambda _proposal: back, done=done, form=form or Form(), back=back)


@bp.post("/proposals/<int:proposal_id>/accept")
@requires(P.PROPOSAL_ANSWER, Proposal)
def accept_proposal(proposal: Proposal) -> Answer:
    done = _l("It is on the agenda; its proposer is told.")
    return _step(proposal, lambda: service.accept_proposal(actor(), proposal), done)


@bp.route("/proposals/<int:proposal_id>/decline", methods=["GET", "POST"])
@requires(P.PROPOSAL_ANSWER, Proposal)
def decline_proposal(proposal: Proposal) -> Answer:
    form, back = DeclineItemForm(), proposal.path
    return submit(
        form,
        lambda: service.decline_proposal(actor(), proposal, **form.values()),
        page=lambda: render_template(
            "agendas/decline_proposal.html", proposal=proposal, form=form, kinds=PROPOSAL_KINDS, states=STATES,
            proposer=proposal.user.display_name or proposal.user.handle,
            possible=proposal.state in PROPOSAL.steps["decline"].sources,
        ),
        to=lambda _proposal: back,
        done=_l("Declined; its proposer is told why."),
    )  # fmt: skip


@bp.post("/proposals/<int:proposal_id>/defer")
@requires(P.PROPOSAL_ANSWER, Proposal)
def defer_proposal(proposal: Proposal) -> Answer:
    form = DeferItemForm()
    done = _l("It waits for the next meeting; its proposer is told.")
    return _step(proposal, lambda: service.defer_proposal(actor(), proposal, **form.values()), done, form)


@bp.post("/proposals/<int:proposal_id>/up")
@requires(P.PROPOSAL_ANSWER, Proposal)
def move_up(proposal: Proposal) -> Answer:
    return _step(proposal, lambda: service.place_item(actor(), proposal, up=True), _l("The order is changed."))


@bp.post("/proposals/<int:proposal_id>/down")
@requires(P.PROPOSAL_ANSWER, Proposal)
def move_down(proposal: Proposal) -> Answer:
    return _step(proposal, lambda: service.place_item(actor(), proposal, up=False), _l("The order is changed."))


@bp.post("/meetings/<int:meeting_id>/agenda/take-up")
@requires(P.PROPOSAL_ANSWER, Meeting)
def take_up(meeting: Meeting) -> Answer:
    path = f"{meeting.path}agenda"
    return perform(
        lambda: service.adopt_deferred(actor(), meeting), to=lambda _meeting: path, back=path, form=Form(),
        done=_l("Taken up: they wait for your answer below, and their proposers are told."),
    )  # fmt: skip


# -- as text --------------------------------------------------------------------------------------


@bp.get("/meetings/<int:meeting_id>/agenda.md")
@requires(P.MEETING_READ, Meeting)
def agenda_markdown(meeting: Meeting) -> Response:
    """For a pad."""
    return _text(meeting, "md", "text/markdown")


@bp.get("/meetings/<int:meeting_id>/agenda.txt")
@requires(P.MEETING_READ, Meeting)
def agenda_plain(meeting: Meeting) -> Response:
    """For a mailing list."""
    return _text(meeting, "txt", "text/plain")


def _text(meeting: Meeting, ending: str, kind: str) -> Response:
    day = meeting.starts_at.astimezone(ZoneInfo(meeting.time_zone)).date()
    return Response(
        agenda_text(meeting, ending == "md"), content_type=f"{kind}; charset=utf-8",
        headers={"Content-Disposition": f'inline; filename="{meeting.sig.slug}-{day.isoformat()}-agenda.{ending}"'},
    )  # fmt: skip
