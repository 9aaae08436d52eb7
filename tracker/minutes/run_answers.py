"""What the run screen's script asks: keep a draft, keep a tick, what the others changed. Answers are JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, jsonify, request

from tracker import clock
from tracker.db import transaction
from tracker.errors import Refused
from tracker.meetings.models import Meeting
from tracker.minutes import queries, service
from tracker.minutes.blueprint import bp
from tracker.minutes.forms import DraftForm, GeneralDraftForm, PresenceForm
from tracker.minutes.run_views import claim_of, others_named, told
from tracker.minutes.running import general_of, turn_of
from tracker.permissions import Permission as P
from tracker.text import _
from tracker.web.filters import clock_time
from tracker.web.routes import actor, requires


@bp.post("/meetings/<int:meeting_id>/run/draft")
@requires(P.MEETING_EDIT, Meeting)
def save_draft(meeting: Meeting) -> tuple[Response, int]:
    form = DraftForm()

    def work() -> dict[str, Any]:
        saved = service.save_draft(actor(), meeting, claim_of(form), **form.values())
        replaced = str(told(saved)) if saved.overruled is not None else ""
        fields = {name: getattr(saved.said, name) for name in ("done", "next", "blockers", "percent")}
        return {"fields": fields, "version": saved.report.version if saved.report else 0, "told": replaced}

    return _kept(form, work)


@bp.post("/meetings/<int:meeting_id>/run/general/draft")
@requires(P.MEETING_EDIT, Meeting)
def save_general_draft(meeting: Meeting) -> tuple[Response, int]:
    form = GeneralDraftForm()

    def work() -> dict[str, Any]:
        said = service.save_discussion(actor(), meeting, **form.values())
        return {"fields": {"interfaces": said.interfaces, "guests": said.guests}, "version": 0, "told": ""}

    return _kept(form, work)


@bp.post("/meetings/<int:meeting_id>/run/attendance")
@requires(P.MEETING_EDIT, Meeting)
def note_presence(meeting: Meeting) -> tuple[Response, int]:
    form = PresenceForm()

    def work() -> dict[str, Any]:
        service.note_attendance(actor(), meeting, present={form.person.data: form.present.data == "1"})
        return {"fields": {}, "version": 0, "told": ""}

    return _kept(form, work)


def _kept(form: Any, work: Callable[[], dict[str, Any]]) -> tuple[Response, int]:
    """What was kept, as JSON; or why not, as ``message``."""
    if not form.validate():
        return jsonify(message=form.first_error), 422
    try:
        kept = transaction(work)
    except Refused as refusal:
        return jsonify(message=str(refusal.message)), 409
    return jsonify(**kept, saved=_("Saved %(time)s", time=clock_time(clock.now()))), 200


@bp.get("/meetings/<int:meeting_id>/run.json")
@requires(P.MEETING_EDIT, Meeting)
def run_state(meeting: Meeting) -> Response:
    """What the others changed, light enough to be asked every few seconds: 304 while nothing did."""
    claim_id = request.args.get("claim", default=0, type=int)
    reports, attendance = queries.reports_of(meeting.id), queries.attendance_of(meeting.id)
    response = jsonify(
        state=meeting.state,
        fields=_fields(meeting, claim_id),
        heard=sorted(key for key, row in reports.items() if row.heard_at),
        here=[row.user_id for row in attendance if row.present],
        away=[row.user_id for row in attendance if not row.present],
        lists=_stamp(meeting.id, claim_id or None),
        others=others_named(reports),
    )
    response.headers["Cache-Control"] = "private, no-cache"
    response.add_etag()
    response.make_conditional(request)
    return response


def _fields(meeting: Meeting, claim_id: int) -> dict[str, Any]:
    if not claim_id:
        said = general_of(meeting)
        return {"interfaces": said.interfaces, "guests": said.guests}
    turn = turn_of(meeting, claim_id)
    return {name: getattr(turn.said, name) for name in ("done", "next", "blockers", "percent")} if turn else {}


def _stamp(meeting_id: int, claim_id: int | None) -> str:
    """Changes whenever the decisions and action items that the page shows do."""
    shown = [row.id for row in queries.decisions_of(meeting_id) if row.claim_id == claim_id]
    items = [(row.id, row.done_at) for row in queries.action_items_of(meeting_id) if row.claim_id == claim_id]
    return f"{shown}{[(key, bool(done)) for key, done in items]}"
