"""What is typed about a rota and its swaps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms.widgets import HiddenInput, TextArea

from tracker.accounts.models import User
from tracker.accounts.queries import find_user
from tracker.meetings.models import Meeting
from tracker.meetings.queries import find_meeting
from tracker.series.models import RotaEntry
from tracker.series.rota import MOST_TURNS, Turn
from tracker.text import Text, _, _l
from tracker.web.forms import Choice, Form, Number, Prose, ShapeError, Typed, clean, required


class Turns(Typed):
    """People and member organisations, one a line: ``@handle`` is a person, and so is a line that is somebody's handle."""

    widget = TextArea()

    @property
    def empty(self) -> list[Turn]:
        return []

    def read(self, typed: str) -> list[Turn]:
        turns = [_turn(line.strip()) for line in clean(typed, lines=True).splitlines() if line.strip()]
        if len(turns) > MOST_TURNS:
            raise ShapeError(_("At most %(most)s lines.", most=MOST_TURNS))
        return turns

    def show(self, value: Any) -> str:
        return "\n".join(f"@{turn.handle}" if isinstance(turn, User) else turn for turn in value or ())


def _turn(line: str) -> Turn:
    person = find_user(line.removeprefix("@"))
    if person is not None:
        return person
    if line.startswith("@"):
        raise ShapeError(_("There is no account “%(name)s”. Ask them to register first.", name=line[1:61]))
    if len(line) > 120:
        raise ShapeError(_("At most %(longest)s characters; this has %(length)s.", longest=120, length=len(line)))
    return line


def turns_of(entries: Sequence[RotaEntry]) -> list[Turn]:
    """What the form begins with."""
    return [entry.user or entry.organisation for entry in entries]


class RotaForm(Form):
    """The organisers in turn, as of ``version``."""

    turns = Turns(
        _l("Organisers in turn"),
        hint=_l("One a line, in order: @handle for a person, or the name of a member organisation. Empty: no rota."),
    )
    version = Number(_l("Version"), required(), least=1, widget=HiddenInput())


class SwapForm(Form):
    """Which meeting to swap for."""

    other = Choice(_l("Swap for the meeting of"), required(), choices=[], kind=int)
    message = Prose(_l("Message"), longest=1000, hint=_l("Why you ask; the other organiser reads it."))

    def offer(self, choices: Sequence[tuple[int, Text]]) -> None:
        """Meetings to choose from."""
        self.other.choices = list(choices)

    def values(self) -> dict[str, Any]:
        typed = super().values()
        found = find_meeting(typed["other"])
        assert isinstance(found, Meeting)  # one of the choices
        typed["other"] = found
        return typed
