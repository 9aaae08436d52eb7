"""What waits for a person in the rooms of meetings, hand-overs, appeals, internship reports, batches, rules and public
notices, as rows of the dashboard."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from tracker import clock
from tracker.agendas import queries as agendas
from tracker.appeals import queries as appeals
from tracker.batches import queries as batches
from tracker.db import db
from tracker.handovers import queries as handovers
from tracker.meetings.models import TO_CONFIRM, Meeting
from tracker.minutes import queries as minutes
from tracker.permissions import Actor, maintained_sigs
from tracker.promotions import queries as promotions
from tracker.public_notices import queries as public_notices
from tracker.reports import queries as reports
from tracker.rule_changes import queries as rule_changes
from tracker.series import rota
from tracker.sigs.models import ROLES
from tracker.text import Text, _day, _l, _long_day

#: A day to be confirmed waits for a person from so long before it.
CONFIRM_AHEAD = dt.timedelta(days=28)
#: The possible days of a meeting lie within so long; those of a quarter are the most.
LATER_DAYS = dt.timedelta(days=93)


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that waits: since when, by when it should be answered, and where. ``sort``: the tab it stands under;
    ``state``: a token that the page has a name and a verb for."""

    sort: str
    state: str
    reference: Text
    title: Text
    who: str
    since: dt.datetime
    answer_by: dt.datetime | None
    path: str


def waiting_for(who: Actor) -> list[Waiting]:
    """Everything of these rooms that waits for ``who``, in a constant number of statements."""
    rows = [
        Waiting("reviews", "appeal", row.reference, row.title, row.who, row.since, row.due, row.path)
        for row in appeals.waiting_for(who)
    ]
    rows += [
        Waiting("reviews", "offer" if row.mine else "hand_over", row.reference, row.title,
                row.giver if row.mine else row.receiver, row.since, row.due, row.path)
        for row in handovers.waiting_for(who)
    ]  # fmt: skip
    rows += [
        Waiting("reviews", "report", row.handle, row.programme, row.who, row.since, row.due, row.path)
        for row in reports.waiting_for(who)
    ]
    rows += [
        Waiting("reviews", "objection", row.sig, _l("Results of %(quarter)s", quarter=row.quarter), row.who, row.since,
                row.due, row.path)
        for row in public_notices.waiting_for(who)
    ]  # fmt: skip
    rows += [
        Waiting("meetings", "proposal", row.kind, row.title, row.proposer, row.since, row.due, row.path)
        for row in agendas.waiting_for(who)
    ]
    rows += [
        Waiting("meetings", "to_do", row.of, row.text, "", row.since, row.due, row.path)
        for row in minutes.waiting_for(who)
    ]
    if who.is_finance:
        rows += [
            Waiting("rewards", "batch", row.number, row.title or _l("Lines of a batch to be noted"), "", row.created_at, None,
                    f"/rewards/batches/{row.number}/")
            for row in batches.waiting_for(who)
        ]  # fmt: skip
    rows += [
        Waiting("rewards", "rules", row.programme, _l("Rules from %(day)s on", day=_day(row.valid_from)), row.proposer,
                row.proposed_at, None, f"/rules/{row.slug}/changes/{row.id}/")
        for row in rule_changes.waiting_for(who)
    ]  # fmt: skip
    return rows + _roles(who) + _swaps(who) + _days_to_confirm(who)


def _roles(who: Actor) -> list[Waiting]:
    """Votes, ballots to open and to close, applications to answer, nominations to say yes to."""
    return [
        Waiting("roles", row.what, row.sig, ROLES[row.role], row.who, row.since, row.due, row.path)
        for row in promotions.waiting_for(who)
    ]


def _swaps(who: Actor) -> list[Waiting]:
    if who.id is None:
        return []
    return [
        Waiting("meetings", "swap", swap.meeting.sig.name, _named(swap.meeting), swap.offered_by.display_name,
                swap.offered_at, min(swap.meeting.starts_at, swap.other.starts_at), swap.path)
        for swap in rota.swaps_for(who.id)
    ]  # fmt: skip


def _days_to_confirm(who: Actor) -> list[Waiting]:
    """Meetings of the next weeks whose day a person confirms: their organisers and the SIG's maintainers."""
    now = clock.now()
    query = (
        select(Meeting)
        .where(
            # Its time is that of the first possible day; others may follow.
            Meeting.state == TO_CONFIRM, Meeting.starts_at.between(now - LATER_DAYS, now + CONFIRM_AHEAD),
            or_(Meeting.sig_id.in_(sorted(maintained_sigs(who))), Meeting.organiser_id == who.id,
                Meeting.vice_organiser_id == who.id),
        )
        .order_by(Meeting.starts_at)
        .limit(50)
        .options(joinedload(Meeting.sig))
    )  # fmt: skip
    if who.id is None:
        return []
    return [
        Waiting("meetings", "to_confirm", meeting.sig.name, _named(meeting), "", max(meeting.created_at, meeting.starts_at - CONFIRM_AHEAD), meeting.starts_at, f"{meeting.path}confirm")
        for meeting in db.session.scalars(query)
        if meeting.starts_at > now or (meeting.options and meeting.options[-1] >= clock.today(meeting.time_zone).isoformat())
    ]  # fmt: skip


def _named(meeting: Meeting) -> Text:
    """Its title, else its (first possible) day."""
    return meeting.title or _long_day(meeting.starts_at.astimezone(ZoneInfo(meeting.time_zone)).date())
