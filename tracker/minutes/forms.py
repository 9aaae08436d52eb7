"""What is typed while a meeting runs and into its minutes. Field names are the services' keywords; ``base_…`` fields hold
what the page had when typing began, so that two people's texts can be merged."""

from __future__ import annotations

import re
from typing import Any

from wtforms.widgets import HiddenInput

from tracker.minutes.reports import General
from tracker.minutes.rules import LONGEST_ITEM, Said
from tracker.sigs.forms import Person
from tracker.text import _l
from tracker.web.forms import Choice, Day, Form, Line, Number, Prose, Several, Tick, required

#: Buttons of the run screen: a word, or a word with the id of what it is about.
STEP = r"(next|save|back|absent)|(drop_decision|drop_item|finish_item|reopen_item|hear|unhear):[0-9]{1,10}"


class DraftForm(Form):
    """What is being typed about a claim."""

    claim = Number(_l("Claim"), required(), least=1, widget=HiddenInput())
    done = Prose(_l("Done"), longest=20_000)
    next = Prose(_l("Next"), longest=20_000)
    blockers = Prose(_l("Blockers"), longest=20_000)
    percent = Number(_l("Percent done"), least=0, most=100)
    base_done = Prose(_l("Done"), longest=20_000, widget=HiddenInput())
    base_next = Prose(_l("Next"), longest=20_000, widget=HiddenInput())
    base_blockers = Prose(_l("Blockers"), longest=20_000, widget=HiddenInput())
    base_percent = Number(_l("Percent done"), least=0, most=100, widget=HiddenInput())

    def values(self) -> dict[str, Any]:
        """``base`` and the four fields."""
        base = Said(self.base_done.data, self.base_next.data, self.base_blockers.data, self.base_percent.data)
        return {"base": base} | {name: self[name].data for name in ("done", "next", "blockers", "percent")}


class _Items(Form):
    """A decision and an action item to add, and the button that was pressed."""

    decision = Line(_l("New decision"), longest=LONGEST_ITEM)
    to_do = Line(_l("New action item"), longest=LONGEST_ITEM)
    owner = Person(_l("Owner"), longest=254)
    due_on = Day(_l("By"))
    step = Line(_l("Button"), required(), longest=40, pattern=STEP)

    @property
    def verb(self) -> str:
        return str(self.step.data).partition(":")[0]

    @property
    def number(self) -> int:
        """The id that the button names; 0: none."""
        return int((re.findall(r"[0-9]+", str(self.step.data)) or ["0"])[0])


class TurnForm(DraftForm, _Items):
    """A claim's turn. ``present``: its holder is here; ``was`` what the page had noted (empty: nothing)."""

    present = Tick(_l("Here"))
    was = Choice(_l("Here"), choices=[("", ""), ("1", ""), ("0", "")], default="", widget=HiddenInput())


class GeneralDraftForm(Form):
    """What is being typed in general."""

    interfaces = Prose(
        _l("What was said"), longest=20_000, hint=_l("It stands in the minutes as it is; Markdown works.")
    )
    guests = Prose(_l("Guests"), longest=5000, hint=_l("Who came without an account, one name a line."))
    base_interfaces = Prose(_l("What was said"), longest=20_000, widget=HiddenInput())
    base_guests = Prose(_l("Guests"), longest=5000, widget=HiddenInput())

    def values(self) -> dict[str, Any]:
        """``base`` and the two fields."""
        base = General(self.base_interfaces.data, self.base_guests.data)
        return {"base": base, "interfaces": self.interfaces.data, "guests": self.guests.data}


class GeneralForm(GeneralDraftForm, _Items):
    """The page of what isn't about a claim. ``here``: who is ticked, of those whom the page knew ``was_here``."""

    here = Several(_l("Who is here"), choices=[], kind=int)
    was_here = Several(_l("Who is here"), choices=[], kind=int)

    def offer(self, people: list[tuple[int, str]]) -> None:
        """Who can be ticked."""
        self.here.choices = self.was_here.choices = list(people)

    @property
    def present(self) -> dict[int, bool]:
        """What was changed: user id → whether they are here."""
        here, was = set(self.here.data or ()), set(self.was_here.data or ())
        return {user_id: user_id in here for user_id in here ^ was}


class PresenceForm(Form):
    """One tick of the list."""

    person = Number(_l("Person"), required(), least=1)
    present = Choice(_l("Here"), required(), choices=[("1", ""), ("0", "")])


class MinutesForm(Form):
    """Minutes, as of ``version``; ``drafted``: the draft that the page began with, in ``language``."""

    minutes = Prose(_l("Minutes"), hint=_l("Markdown. Everybody reads them once they are published."), longest=100_000)
    version = Number(_l("Version"), required(), least=1, widget=HiddenInput())
    drafted = Prose(_l("Draft"), longest=200_000, widget=HiddenInput())
    language = Choice(_l("Language"), choices=[("en", "English"), ("zh", "中文")], default="en", widget=HiddenInput())


class PublishForm(Form):
    """Publishing the minutes as they were saved in ``version``."""

    version = Number(_l("Version"), required(), least=1, widget=HiddenInput())


class CorrectForm(Form):
    """A correction of published minutes, as of ``version``."""

    text = Prose(_l("Minutes"), required(), hint=_l("Markdown. The version before stays readable."), longest=100_000)
    reason = Line(_l("Reason"), required(_l("Say what was wrong.")), longest=500,
                  hint=_l("Readers see it beside the correction."))  # fmt: skip
    version = Number(_l("Version"), required(), least=1, widget=HiddenInput())
