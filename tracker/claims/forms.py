"""What is typed about claims. Field names are the services' keywords."""

from __future__ import annotations

from wtforms.widgets import HiddenInput

from tracker.text import _l
from tracker.web.forms import Choice, Day, Form, Link, Links, Number, Prose, Tick, required


class ClaimForm(Form):
    """An application. ``waitlist`` is sent by the button that joins the waitlist instead."""

    plan = Prose(
        _l("How you will go about it"), required(), hint=_l("Three sentences are plenty. Markdown works."), longest=5000
    )
    experience = Prose(
        _l("What you have done before"), hint=_l("Links to pull requests help more than words."), longest=5000
    )
    hours_per_week = Number(_l("Hours a week"), least=1, most=80)
    promised_on = Day(_l("Finish by"))
    agree = Tick(_l("Agreement"))
    waitlist = Tick(_l("Waitlist"), widget=HiddenInput())


class ReasonForm(Form):
    """A step that needs a reason."""

    reason = Prose(_l("Reason"), required(_l("Say why: the person reads it.")), longest=2000)


class OptionalReasonForm(Form):
    """A step of one's own, where a reason is welcome."""

    reason = Prose(_l("Reason"), hint=_l("Not needed, but mentors learn from it."), longest=2000)


class DesignForm(Form):
    """A design document: where it is, and what it says in short."""

    link = Link(_l("Link to the design document"), required())
    summary = Prose(_l("In short"), hint=_l("What a reader should look at first."), longest=5000)


class AnswerDesignForm(Form):
    """The answer to a design document."""

    accepted = Choice(
        _l("Answer"), required(), choices=[("yes", _l("Accept the design")), ("no", _l("Return the design"))]
    )
    comment = Prose(_l("Comment"), hint=_l("Needed when you return it: what should change?"), longest=5000)


class SubmitForm(Form):
    """A hand-in."""

    summary = Prose(
        _l("Report"),
        required(),
        hint=_l("What you did, how it was tested, what is left. Markdown works."),
        longest=20_000,
    )
    links = Links(
        _l("Links"), required(_l("Give at least one link: a pull request, a branch, a document.")),
        hint=_l("Pull requests, branches, documents: one a line."),
    )  # fmt: skip
