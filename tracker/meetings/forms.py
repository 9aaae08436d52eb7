"""What is typed about meetings and progress. Field names are the services' keywords, but for the start, which is typed
as a day and a time and read in the zone beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from wtforms.validators import InputRequired
from wtforms.widgets import HiddenInput

from tracker.meetings.models import MEETING_KINDS, Meeting
from tracker.meetings.queries import find_meeting
from tracker.meetings.rules import LONGEST, SHORTEST, start_of
from tracker.sigs.forms import Person
from tracker.sigs.rules import check_zone
from tracker.text import Text, _l
from tracker.web.forms import Choice, Day, Form, Line, Links, Number, Prose, TimeOfDay, required


class MeetingForm(Form):
    """A new meeting."""

    kind = Choice(_l("Kind"), required(), choices=list(MEETING_KINDS.items()))
    title = Line(_l("Title"), hint=_l("Empty: the kind of meeting."), longest=200)
    starts_on = Day(_l("Day"), required())
    start = TimeOfDay(_l("Start"), required())
    time_zone = Line(_l("Time zone"), required(), longest=40)
    minutes_long = Number(_l("Length in minutes"), required(), least=SHORTEST, most=LONGEST)
    place = Line(_l("Place"), longest=300, hint=_l("A link to join, or a room."))
    organiser = Person(_l("Organiser"), longest=254, hint=_l("A handle; empty while nobody is named."))
    agenda = Prose(
        _l("Further agenda"), hint=_l("Comes after the two fixed items, progress and interfaces. Markdown works.")
    )

    def values(self) -> dict[str, Any]:
        """With ``starts_at`` for the day and time that were typed. Raises Refused for a time that doesn't exist."""
        typed = super().values()
        check_zone(typed["time_zone"])
        typed["starts_at"] = start_of(typed.pop("starts_on"), typed.pop("start"), typed["time_zone"])
        typed["organiser"] = typed["organiser"] or None
        return typed


class MeetingEditForm(MeetingForm):
    """A change to a meeting, as of ``version``."""

    version = Number(_l("Version"), required(), least=1, widget=HiddenInput())


class CancelForm(Form):
    """Cancelling needs a reason."""

    reason = Prose(_l("Reason"), required(_l("Say why: its followers read it.")), longest=2000)


class ProgressForm(Form):
    """A progress note. ``meetings`` of ``offer`` are those that it can be for."""

    percent = Number(_l("Done so far, in percent"), [InputRequired(_l("This field is needed."))], least=0, most=100)
    done = Prose(
        _l("Done since the last note"), required(), hint=_l("What works now that didn't before?"), longest=5000
    )
    next = Prose(_l("Next steps"), hint=_l("What you promise for the next meeting."), longest=5000)
    blockers = Prose(
        _l("Blockers"), hint=_l("What keeps you from going on, and who could help. Empty: nothing."), longest=5000
    )
    links = Links(_l("Links"), hint=_l("Pull requests, branches, documents: one a line."))
    meeting = Choice(_l("For the meeting"), choices=[], kind=int)

    def offer(self, choices: Sequence[tuple[int | None, Text]]) -> None:
        """Meetings to choose from."""
        self.meeting.choices = [("" if key is None else key, name) for key, name in choices]

    def values(self) -> dict[str, Any]:
        typed = super().values()
        typed["meeting"] = find_meeting(typed["meeting"])
        return typed


class CommentForm(Form):
    """A mentor's comment on a note."""

    mentor_comment = Prose(_l("Comment"), required(_l("Write the comment first.")), longest=5000)


class MinutesForm(Form):
    """Minutes, as of ``version``."""

    minutes = Prose(_l("Minutes"), hint=_l("Markdown. Everybody reads them once they are published."), longest=100_000)
    version = Number(_l("Version"), required(), least=1, widget=HiddenInput())


class PublishForm(Form):
    """Publishing the minutes as they were saved in ``version``."""

    version = Number(_l("Version"), required(), least=1, widget=HiddenInput())


def filled(meeting: Meeting) -> dict[str, Any]:
    """What the form of a meeting begins with."""
    local = meeting.starts_at.astimezone(ZoneInfo(meeting.time_zone))
    names = ("kind", "title", "time_zone", "minutes_long", "place", "organiser", "agenda", "version")
    return {name: getattr(meeting, name) for name in names} | {"starts_on": local.date(), "start": local.time()}
