"""Pages of meetings: the calendar, one meeting with its agenda, calling and changing it, its minutes."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import render_template, request

from tracker.calendars.queries import calendar
from tracker.db import MAX_ID
from tracker.meetings import day_views, feed_views, progress_views, queries, service
from tracker.meetings.blueprint import bp
from tracker.meetings.day_views import path_of
from tracker.meetings.forms import MeetingEditForm, MeetingForm, filled
from tracker.meetings.models import MEETING_KINDS, Meeting
from tracker.meetings.remarks import remarks
from tracker.meetings.workflow import MEETING
from tracker.permissions import Permission as P
from tracker.permissions import maintained_sigs
from tracker.sigs.models import Sig
from tracker.sigs.queries import all_sigs
from tracker.text import _l
from tracker.web.actions import Answer, submit
from tracker.web.paging import page_of
from tracker.web.routes import actor, loads, requires

__all__ = ["bp", "day_views", "feed_views", "progress_views"]


@loads(Meeting, P.MEETING_READ)
def _load(meeting_id: int) -> Meeting:
    return queries.get_meeting(meeting_id)


def _path(meeting: Meeting) -> str:
    return meeting.path


@bp.get("/meetings/")
@requires(P.MEETING_READ)
def index() -> str:
    sigs, mine = all_sigs(), maintained_sigs(actor())
    known = {"sig": {sig.slug for sig in sigs}, "kind": set(MEETING_KINDS), "when": {"past"}}
    asked = {name: request.args.get(name, "") for name in known}
    unknown = [name for name, value in asked.items() if value and value not in known[name]]
    chosen = {name: "" if name in unknown else value for name, value in asked.items()}
    past = chosen.pop("when") == "past"
    page = page_of(
        queries.listed(past=past, **chosen), keys=[Meeting.starts_at, Meeting.id], ascending=not past,
        key_of=lambda row: (row.starts_at.isoformat(), row.id), parse=_key,
    )  # fmt: skip
    days = calendar()
    return render_template(
        "meetings/index.html", page=page, past=past, chosen=chosen, unknown=unknown, sigs=sigs, kinds=MEETING_KINDS,
        states=MEETING.states, counts=queries.counts(**chosen), mine=[sig for sig in sigs if sig.id in mine],
        remarks={row.id: remarks(row, days) for row in page.rows},
    )  # fmt: skip


def _key(parts: Any) -> tuple[dt.datetime, int]:
    """The place after which a page goes on. Raises ValueError."""
    if len(parts) != 2:
        raise ValueError(parts)
    at, number = dt.datetime.fromisoformat(parts[0]), int(parts[1])
    if at.tzinfo is None or not 0 < number <= MAX_ID:
        raise ValueError(parts)
    return at.astimezone(dt.UTC), number


@bp.route("/sigs/<slug>/meetings/new", methods=["GET", "POST"])
@requires(P.MEETING_CREATE, Sig)
def new_meeting(sig: Sig) -> Answer:
    organiser = actor()
    form = MeetingForm(data={"kind": "regular", "time_zone": sig.time_zone, "minutes_long": 90, "organiser": organiser})
    return submit(
        form,
        lambda: service.create_meeting(actor(), sig, **form.values()),
        page=lambda: render_template("meetings/new_meeting.html", sig=sig, form=form),
        to=path_of,
        done=_l("The meeting stands in the calendar."),
    )


@bp.route("/meetings/<int:meeting_id>/edit", methods=["GET", "POST"])
@requires(P.MEETING_EDIT, Meeting)
def edit_meeting(meeting: Meeting) -> Answer:
    form = MeetingEditForm(data=filled(meeting))
    return submit(
        form,
        lambda: service.edit_meeting(actor(), meeting, **form.values()),
        page=lambda: render_template(
            "meetings/edit_meeting.html", meeting=meeting, form=form, version=_version(form, meeting)
        ),
        to=path_of,
        done=_l("Saved; followers of the SIG are told."),
    )


def _version(form: Any, meeting: Meeting) -> int:
    """The version that the page's form carries: what was seen, or, once the reader was told of a change, the newest."""
    seen = form.version.data
    return meeting.version if form.refusal or not isinstance(seen, int) else seen
