"""The meetings of the demo's quarter: series with their rotas, what was held and noted, what is coming."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from tracker import clock
from tracker.activities import service as activities
from tracker.agendas import service as agendas
from tracker.db import db, transaction
from tracker.meetings import service as meetings
from tracker.meetings.agenda import agenda
from tracker.meetings.models import PLANNED, TO_CONFIRM, Meeting
from tracker.minutes import attendance, items
from tracker.minutes import service as minutes
from tracker.minutes.draft import draft
from tracker.series import rota
from tracker.series import service as series_service
from tracker.series.models import Series
from tracker.series.queries import series_of

if TYPE_CHECKING:
    from tracker.demo.story import Story

ZONE = ZoneInfo("Asia/Shanghai")
#: Who organises in turn; a line that isn't a person is a member organisation.
ROTAS = {
    "akg": ("mona", "luqing"), "heterogeneous-fusion": ("mona", "cheng", "Example University"),
    "ge": ("nils", "luqing"), "driver": ("nils", "edda"), "runtime": ("nils", "edda"),
}  # fmt: skip


class Meetings:
    """Tells the meetings of a story."""

    def __init__(self, story: Story) -> None:
        self.story = story

    # -- called -----------------------------------------------------------------------------------

    def call(self) -> None:
        """A regular series for every group, with its rota; the days that a person picks are picked until now."""
        self.story.at(0.05, self._regular_of_akg)
        for slug, turns in ROTAS.items():
            self.story.at(0.055, partial(self._set_rota, slug, turns))
        for meeting_id in self._ids(TO_CONFIRM):
            if self._get(meeting_id).starts_at < self.story.end:
                self._some_days_before(meeting_id, 6, self._confirm)

    def _regular_of_akg(self) -> Series:
        return series_service.create_series(
            self.story.who("mona"), self.story.sigs["akg"], kind="regular", start=dt.time(19), minutes_long=90,
            rule={"every_weeks": 2, "weekdays": ["saturday"]}, place="https://meeting.example.org/akg", agenda_opens_days=10,
        )  # fmt: skip

    def _set_rota(self, slug: str, turns: tuple[str, ...]) -> None:
        people = self.story.people
        for series in series_of(self.story.sigs[slug].id):
            if series.kind == "regular":
                named = [people.get(turn, turn) for turn in turns]
                rota.edit_rota(self._maintainer(slug), series, turns=named, version=series.version)

    def _confirm(self, meeting: Meeting) -> None:
        """The first possible day; of a whole month to pick from, one in its second week."""
        day = meeting.options[min(10, len(meeting.options) - 1)] if len(meeting.options) > 2 else meeting.options[0]
        meetings.confirm_meeting(self._maintainer(meeting.sig.slug), meeting, day=dt.date.fromisoformat(day))

    # -- held -------------------------------------------------------------------------------------

    def hold(self) -> None:
        """Everything that was planned until some days ago took place: minutes drafted from it and published."""
        past = [
            number
            for number in self._ids(PLANNED)
            if self._get(number).starts_at < self.story.end - dt.timedelta(days=2)
        ]
        for number in past:
            self._some_days_before(number, -0.2, partial(self._minute, last=number == past[-1]))

    def _minute(self, meeting: Meeting, *, last: bool) -> None:
        """Who came, what was decided and is to be done, and the minutes of it."""
        actor = self._maintainer(meeting.sig.slug)
        lines = [line for area in agenda(meeting) for line in area.rows]
        present = {line.user_id: index % 4 != 3 for index, line in enumerate(lines)}
        if meeting.organiser_id is not None:
            present[meeting.organiser_id] = True
        attendance.note_attendance(actor, meeting, present=present)
        items.add_decision(actor, meeting, text="The next quarter's list is collected until the last meeting.")
        owner = meeting.organiser or actor
        due = (meeting.starts_at + dt.timedelta(days=10)).astimezone(ZONE).date()
        item = items.add_action_item(
            actor, meeting, text="Ask for machine time in the test system.", owner=owner, due_on=due
        )
        if not last:
            items.finish_action_item(actor, item)
        meeting = minutes.end_meeting(actor, meeting)
        meeting = minutes.write_minutes(actor, meeting, minutes=draft(meeting), version=meeting.version)
        minutes.publish_minutes(actor, meeting, version=meeting.version)

    # -- coming -----------------------------------------------------------------------------------

    def come(self) -> None:
        """What lies ahead: items for the next agenda, a seminar, a campus activity, a summer school with a list."""
        who = self.story.who
        following = self._next("akg", "regular")
        if following is not None:
            self.story.at(0.98, partial(self._propose, following))
        seminar, campus = self._to_pick("heterogeneous-fusion", "seminar"), self._to_pick("akg", "campus_activity")
        if seminar is not None:
            self.story.at(0.97, partial(self._dress, seminar, title="Seminar: memory across accelerators",
                                        theme="Memory across accelerators"))  # fmt: skip
        if campus is not None:
            self.story.at(0.972, partial(self._dress, campus, title="Polyhedral compilation at Example University",
                                         place="Example University, hall 2", places=60))  # fmt: skip
        school = self.story.at(0.974, self._summer_school)
        for share, handle in enumerate(("dora", "otto", "bai")):
            self.story.at(0.976 + share * 0.001, partial(self._sign_up, school, handle))
        if seminar is not None:
            self.story.at(0.98, lambda: activities.add_speaker(
                who("mona"), self._get(seminar), user=who("cheng"), topic="One address space for NPU and CPU", minutes_long=40))  # fmt: skip
            self.story.at(0.981, lambda: activities.add_speaker(
                who("mona"), self._get(seminar), name="Pia Morell", affiliation="Example Chips",
                topic="What a buffer may promise", minutes_long=40))  # fmt: skip

    def _propose(self, meeting_id: int) -> None:
        meeting, who = self._get(meeting_id), self.story.who
        if not meeting.agenda_is_open(clock.now()):
            return
        demo = agendas.propose_item(
            who("dora"), meeting, kind="demo", title="Accuracy of LayerNormGrad on three back ends", minutes_long=15,
            details="Ten minutes of tables, five for questions.",
        )  # fmt: skip
        agendas.accept_proposal(who("mona"), demo)
        agendas.propose_item(
            who("otto"), meeting, kind="topic", title="One manifest for AOT libraries", minutes_long=20,
            details="Two groups write one each; one would do.",
        )  # fmt: skip

    def _dress(self, meeting_id: int, **fields: Any) -> None:
        """Confirm a day of a meeting and say what it is about; with ``places`` people sign up until a week before."""
        meeting = self._get(meeting_id)
        self._confirm(meeting)
        kept = ("kind", "title", "starts_at", "time_zone", "minutes_long", "place", "organiser", "agenda", "version", "days",
                "theme", "places", "signup_until", "vice_organiser")  # fmt: skip
        if "places" in fields:
            fields["signup_until"] = meeting.starts_at - dt.timedelta(days=2)
        values = {name: getattr(meeting, name) for name in kept} | {"organiser": self._maintainer(meeting.sig.slug)}
        meetings.edit_meeting(self._maintainer(meeting.sig.slug), meeting, **(values | fields))

    def _summer_school(self) -> int:
        starts = dt.datetime(self.story.end.year + 1, 7, 19, 9, tzinfo=ZONE)
        actor = self._maintainer("akg")
        return meetings.create_meeting(
            actor, self.story.sigs["akg"], kind="summer_school", title="Summer school: compilers for accelerators",
            starts_at=starts, minutes_long=420, days=5, place="Example Institute of Technology", places=40,
            signup_until=starts - dt.timedelta(days=30), organiser=actor,
        ).id  # fmt: skip

    def _sign_up(self, meeting_id: int, handle: str) -> None:
        activities.sign_up(self.story.who(handle), self._get(meeting_id))

    # -- finding them -----------------------------------------------------------------------------

    def _maintainer(self, slug: str) -> Any:
        return self.story.maintainer(slug)

    def _get(self, meeting_id: int) -> Meeting:
        return db.session.get_one(Meeting, meeting_id)

    def _ids(self, state: str) -> list[int]:
        query = select(Meeting.id).where(Meeting.state == state).order_by(Meeting.starts_at, Meeting.id)
        return list(db.session.scalars(query))

    def _to_pick(self, slug: str, kind: str) -> int | None:
        """The next meeting whose day is still to be confirmed."""
        query = select(Meeting.id).where(
            Meeting.sig_id == self.story.sigs[slug].id, Meeting.kind == kind, Meeting.state == TO_CONFIRM,
            Meeting.starts_at > self.story.end,
        )  # fmt: skip
        return db.session.scalar(query.order_by(Meeting.starts_at).limit(1))

    def _next(self, slug: str, kind: str) -> int | None:
        query = select(Meeting.id).where(
            Meeting.sig_id == self.story.sigs[slug].id, Meeting.kind == kind, Meeting.state == PLANNED,
            Meeting.starts_at > self.story.end,
        )  # fmt: skip
        return db.session.scalar(query.order_by(Meeting.starts_at).limit(1))

    def _some_days_before(self, meeting_id: int, days: float, work: Callable[[Meeting], Any]) -> None:
        """Do it that many days before the meeting's end (negative: after), where that isn't ahead of the story."""
        moment = self._get(meeting_id).ends_at - dt.timedelta(days=days)
        if moment <= self.story.end:
            with clock.pretend(moment):
                transaction(lambda: work(self._get(meeting_id)))
