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
from tracker.meetings.rules import LONGEST, MOST_DAYS, SHORTEST, closing, start_of
from tracker.sigs.forms import Person
from tracker.sigs.rules import check_zone
from tracker.text import Text, _l
from tracker.web.forms import Choice, Day, Form, Line, Links, Number, Prose, Tick, TimeOfDay, required


class _MeetingFields(Form):
    """What a meeting is, for a new one and for a change."""

    kind = Choice(_l("Kind"), required(), choices=list(MEETING_KINDS.items()))
    title = Line(_l("Title"), hint=_l("Empty: the kind of meeting."), longest=200)
    theme = Line(_l("Theme"), hint=_l("What a seminar is about."), longest=200)
    starts_on = Day(_l("Day"), required())
    start = TimeOfDay(_l("Start"), required())
    time_zone = Line(_l("Time zone"), required(), longest=40)
    minutes_long = Number(_l("Length in minutes"), required(), least=SHORTEST, most=LONGEST)
    days = Number(_l("Days in a row"), least=1, most=MOST_DAYS, hint=_l("Empty: one. More for a summer school, say."))
    place = Line(_l("Place"), longest=300, hint=_l("A link to join, or a room."))
    organiser = Person(_l("Organiser"), longest=254, hint=_l("A handle; empty while nobody is named."))
    vice_organiser = Person(_l("Vice organiser"), longest=254, hint=_l("Who stands in for the organiser."))
    signup_on = Day(_l("Sign-up until"), hint=_l("Empty: nobody signs up, everybody may come."))
    signup_at = TimeOfDay(_l("Sign-up closes at"), hint=_l("Empty: at the end of that day, or when it begins."))
    places = Number(_l("Places"), least=1, most=100_000, hint=_l("Empty: as many as come. Who is more waits in line."))
    agenda = Prose(
        _l("Further agenda"), hint=_l("Comes after the two fixed items, progress and interfaces. Markdown works.")
    )

    def values(self) -> dict[str, Any]:
        """With moments for the days and times that were typed. Raises Refused for a time that doesn't exist."""
        typed = super().values()
        check_zone(typed["time_zone"])
        typed["starts_at"] = start_of(typed.pop("starts_on"), typed.pop("start"), typed["time_zone"])
        day, time = typed.pop("signup_on"), typed.pop("signup_at")
        typed["signup_until"] = closing(day, time, typed["starts_at"], typed["time_zone"]) if day else None
        typed["days"] = typed["days"] or 1
        for name in ("organiser", "vice_organiser"):
            typed[name] = typed[name] or None
        return typed


class MeetingForm(_MeetingFields):
    """A new meeting."""

    for_the_record = Tick(
        _l("It took place already: enter it for the record"), hint=_l("Only for a meeting of the last year.")
    )


class MeetingEditForm(_MeetingFields):
    """A change to a meeting, as of ``version``."""

    version = Number(_l("Version"), required(), least=1, widget=HiddenInput())


class ConfirmForm(Form):
    """One of the possible days."""

    day = Day(_l("Day"), required(_l("Choose one of the days.")))


class MoveForm(Form):
    """Another day and time, on the clocks of the meeting, as of ``version``."""

    starts_on = Day(_l("New day"), required())
    start = TimeOfDay(_l("Start"), required())
    reason = Prose(_l("Reason"), hint=_l("Its followers read it; it may stay empty."), longest=2000)
    version = Number(_l("Version"), required(), least=1, widget=HiddenInput())

    def __init__(self, meeting: Meeting, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.time_zone = meeting.time_zone

    def values(self) -> dict[str, Any]:
        """With the moment for the day and time. Raises Refused for a time that doesn't exist."""
        typed = super().values()
        typed["starts_at"] = start_of(typed.pop("starts_on"), typed.pop("start"), self.time_zone)
        return typed


class PostponeForm(Form):
    """Putting off without a new day needs a reason."""

    reason = Prose(_l("Reason"), required(_l("Say why: its followers read it.")), longest=2000)


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


def filled(meeting: Meeting) -> dict[str, Any]:
    """What the form of a meeting begins with."""
    zone = ZoneInfo(meeting.time_zone)
    local = meeting.starts_at.astimezone(zone)
    names = ("kind", "title", "theme", "time_zone", "minutes_long", "days", "place", "organiser", "vice_organiser", "places",
             "agenda", "version")  # fmt: skip
    typed = {name: getattr(meeting, name) for name in names} | {"starts_on": local.date(), "start": local.time()}
    if meeting.signup_until is not None:
        until = meeting.signup_until.astimezone(zone)
        typed |= {"signup_on": until.date(), "signup_at": until.time()}
    return typed
