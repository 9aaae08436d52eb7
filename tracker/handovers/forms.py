"""What is typed about hand-overs. Field names are the services' keywords."""

from __future__ import annotations

from tracker.text import _l
from tracker.web.forms import Form, Line, Prose, Tick, required


class OfferForm(Form):
    """To whom a claim is offered."""

    receiver = Line(_l("Handle of the person"), required(), hint=_l("Such as lin-wei."), longest=80)
    message = Prose(
        _l("What they should know"),
        hint=_l("How far it is, where the work lies. The maintainer reads it too."),
        longest=5000,
    )


class AcceptForm(Form):
    """What the receiver says to an offer."""

    plan = Prose(
        _l("How you will go about it"), required(), hint=_l("Three sentences are plenty. Markdown works."), longest=5000
    )
    agree = Tick(_l("Agreement"))


class DeclineOfferForm(Form):
    """Saying no to an offer."""

    reason = Prose(_l("Reason"), hint=_l("Not needed, but it helps whoever offered."), longest=2000)


class RefuseForm(Form):
    """Why a hand-over isn't confirmed."""

    reason = Prose(_l("Reason"), required(_l("Say why: both of them read it.")), longest=2000)
