"""What is typed about reviews and rewards. Field names are the services' keywords."""

from __future__ import annotations

import re
from typing import Any

from wtforms import Field
from wtforms.widgets import HiddenInput

from tracker.rewards.models import CURRENCIES
from tracker.text import _, _l
from tracker.web.forms import Choice, Form, Line, Money, Number, Prose, ShapeError, Tick, Typed, required


class Pairs(Field):
    """Any number of ``number.version``, read into number → version."""

    widget = HiddenInput()
    repeats = True

    def process_data(self, value: Any) -> None:
        self.data = value or {}

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = {}
        for text in valuelist:
            if not isinstance(text, str) or not re.fullmatch(r"[0-9]{1,9}\.[0-9]{1,9}", text):
                raise ShapeError(_("This line can't be read."))
            number, version = text.split(".")
            self.data[int(number)] = int(version)


class Sums(Typed):
    """``CNY 880000, USD 5000``: currency → fen."""

    widget = HiddenInput()

    @property
    def empty(self) -> dict[str, int]:
        return {}

    def read(self, typed: str) -> dict[str, int]:
        parts = typed.strip().split(", ")
        if not all(re.fullmatch(r"[A-Z]{3} -?[0-9]{1,15}", part) for part in parts):
            raise ShapeError(_("This sum can't be read."))
        return {part[:3]: int(part[4:]) for part in parts}


class ReviewForm(Form):
    """The decision about a hand-in."""

    verdict = Choice(
        _l("Decision"), required(_l("Choose one of the three.")),
        choices=[("accept", _l("Accept")), ("changes", _l("Request changes")), ("fail", _l("Fail"))],
    )  # fmt: skip
    points = Number(_l("Points"), least=0, most=1000)
    comment = Prose(
        _l("Comment"), hint=_l("Needed for changes, failure and fewer points than all. Markdown works."), longest=5000
    )


class ProposeForm(Form):
    """A bonus or a correction by hand."""

    user = Line(_l("Receiver"), required(), hint=_l("The handle of an account."), longest=254)
    kind = Choice(_l("Kind"), required(), choices=[("bonus", _l("Bonus")), ("correction", _l("Correction"))])
    description = Line(
        _l("What it is for"),
        required(),
        hint=_l("The receiver and finance read it, and everybody in the public notice of the quarter."),
        longest=300,
    )
    amount = Money(
        _l("Amount"), hint=_l("Empty for a thing that isn't money. Negative only in a correction."), signed=True
    )
    currency = Choice(_l("Currency"), choices=[("", _l("none")), *((code, code) for code in CURRENCIES)])
    points = Number(
        _l("Points"), least=-100_000, most=100_000,
        hint=_l("Only in a correction, instead of an amount. Whoever proposes or approves points approves no later wage of the"
                " person in this programme."),
    )  # fmt: skip
    task = Line(_l("Task"), hint=_l("Its reference, such as AKG-2026Q4-007."), longest=24)
    corrects = Number(_l("Corrects"), hint=_l("The number of the approved line that this puts right."), least=1)


class _Seen(Form):
    """A step on the line as it was seen."""

    version = Number(_l("Version"), required(), least=1, widget=HiddenInput())


class ApproveForm(_Seen):
    """The second pair of eyes."""


class CancelForm(_Seen):
    reason = Prose(_l("Reason"), required(_l("Say why: the receiver reads it.")), longest=2000)


class PayForm(_Seen):
    reference = Line(_l("Payment reference"), required(), longest=100)


class EditForm(_Seen):
    """A bonus or correction that nobody approved yet."""

    description = Line(
        _l("What it is for"),
        required(),
        hint=_l("The receiver and finance read it, and everybody in the public notice of the quarter."),
        longest=300,
    )
    amount = Money(
        _l("Amount"), hint=_l("Empty for a thing that isn't money. Negative only in a correction."), signed=True
    )
    currency = Choice(_l("Currency"), choices=[("", _l("none")), *((code, code) for code in CURRENCIES)])
    points = Number(_l("Points"), hint=_l("Only in a correction, instead of an amount."), least=-100_000, most=100_000)


class ReturnForm(_Seen):
    reason = Prose(_l("Reason"), required(_l("Say why the bank sent it back: the receiver reads it.")), longest=2000)


class ReissueForm(_Seen):
    """Paying a returned line anew."""


class ApproveManyForm(Form):
    """Approving what a page showed: each line as ``number.version``, the sums as ``currency fen`` once they are confirmed."""

    line = Pairs(_l("Lines"))
    sums = Sums(_l("Sums"))
    checked = Tick(_l("I have checked the lines and their sum"))
