"""What is typed about internship reports. Field names are the services' keywords."""

from __future__ import annotations

from wtforms.widgets import HiddenInput

from tracker.reports.rules import LONGEST
from tracker.text import _l
from tracker.web.forms import Choice, Form, Number, Prose, required


class StartForm(Form):
    """A first draft."""

    draft = Prose(
        _l("Report"),
        hint=_l("What you worked on, how it went, what came of it and what you learned. Markdown works; write it for an hour "
                "or a week, it is yours alone until you hand it in."),
        longest=LONGEST,
    )  # fmt: skip


class _Seen(Form):
    """A step on the report as the page showed it."""

    version = Number("", required(), least=1, widget=HiddenInput())


class EditForm(StartForm, _Seen):
    """Going on with the draft."""


class HandInForm(_Seen):
    """Handing the draft in as it was shown."""


class TakeBackForm(_Seen):
    """Taking back what nobody assessed yet."""


class AssessForm(_Seen):
    """What a mentor or maintainer says."""

    verdict = Choice(
        _l("Decision"), required(_l("Choose one of the two.")),
        choices=[("accept", _l("Accept the report")), ("changes", _l("Ask for changes"))],
    )  # fmt: skip
    text = Prose(
        _l("Assessment"),
        hint=_l("What the person did, and how; or what is to be changed. Who reads the report reads this too. Markdown works."),
        longest=10_000,
    )  # fmt: skip
