"""What is typed about reviews and rewards. Field names are the services' keywords."""

from __future__ import annotations

from wtforms.widgets import HiddenInput

from tracker.rewards.models import CURRENCIES
from tracker.text import _l
from tracker.web.forms import Choice, Form, Line, Money, Number, Prose, required


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
    description = Line(_l("What it is for"), required(), hint=_l("The receiver and finance read it."), longest=300)
    amount = Money(
        _l("Amount"), hint=_l("Empty for a thing that isn't money. Negative only in a correction."), signed=True
    )
    currency = Choice(_l("Currency"), choices=[("", _l("none")), *((code, code) for code in CURRENCIES)])
    points = Number(_l("Points"), hint=_l("Only in a correction, instead of an amount."), least=-100_000, most=100_000)
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
