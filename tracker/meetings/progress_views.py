"""Pages of progress: the holder's report and the mentor's comment."""

from __future__ import annotations

from flask import render_template

from tracker.claims.models import STATES, Claim
from tracker.meetings import queries, service
from tracker.meetings.blueprint import bp
from tracker.meetings.forms import CommentForm, ProgressForm
from tracker.meetings.models import MEETING_KINDS, ProgressNote
from tracker.meetings.rules import REPORTED
from tracker.permissions import Permission as P
from tracker.text import Text, _, _l
from tracker.web.actions import Answer, perform, submit
from tracker.web.filters import moment
from tracker.web.routes import actor, loads, requires


@loads(ProgressNote, P.CLAIM_READ)
def _load(note_id: int) -> ProgressNote:
    return queries.get_note(note_id)


@bp.route("/claims/<int:claim_id>/progress", methods=["GET", "POST"])
@requires(P.PROGRESS_WRITE, Claim)
def report(claim: Claim) -> Answer:
    last = queries.newest_note(claim.id)
    following = queries.next_meeting(claim.sig_id, "regular") or queries.next_meeting(claim.sig_id)
    form = ProgressForm(data={"percent": last and last.percent, "meeting": following and following.id})
    form.offer(_choices(claim.sig_id))
    return submit(
        form,
        lambda: service.write_note(actor(), claim, **form.values()),
        page=lambda: render_template(
            "meetings/report.html", claim=claim, form=form, last=last, following=following, states=STATES,
            possible=claim.state in REPORTED,
        ),
        to=lambda note: f"{note.path}#notes",
        done=_l("Reported. Your mentor is told."),
    )  # fmt: skip


def _choices(sig_id: int) -> list[tuple[int | None, Text]]:
    meetings = queries.to_report_at(sig_id)
    named = [(m.id, f"{m.title or MEETING_KINDS[m.kind]}, {moment(m.starts_at, m.time_zone)}") for m in meetings]
    return [(None, _("No meeting in particular")), *named]


@bp.post("/progress/<int:note_id>/comment")
@requires(P.PROGRESS_COMMENT, ProgressNote)
def comment(note: ProgressNote) -> Answer:
    form = CommentForm()
    return perform(
        lambda: service.comment(actor(), note, **form.values()),
        to=lambda note: f"{note.path}#note-{note.id}",
        done=_l("Saved. The holder is told."),
        form=form,
        back=note.path,
    )
