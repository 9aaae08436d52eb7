"""What is typed about talks and when signing up. Field names are the services' keywords."""

from __future__ import annotations

from typing import Any

from tracker.sigs.forms import Person
from tracker.text import _l
from tracker.web.forms import Form, Line, Number, Prose, required


class SpeakerForm(Form):
    """A talk of the programme."""

    topic = Line(_l("Title of the talk"), required(), longest=200)
    name = Line(_l("Speaker"), longest=80, hint=_l("Empty: the name of the account."))
    user = Person(_l("Account of the speaker"), longest=254, hint=_l("A handle, if they have one here."))
    affiliation = Line(_l("Affiliation"), longest=120)
    minutes_long = Number(_l("Length in minutes"), required(), least=1, most=480)
    summary = Prose(_l("Abstract"), longest=5000, hint=_l("What the talk is about. Markdown works."))

    def values(self) -> dict[str, Any]:
        typed = super().values()
        return {**typed, "user": typed["user"] or None}


class SignUpForm(Form):
    """A word to the organisers."""

    note = Line(
        _l("A word to the organisers"),
        longest=300,
        hint=_l("What they need to know. Only organisers and maintainers read it."),
    )
