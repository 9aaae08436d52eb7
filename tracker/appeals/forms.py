"""What is typed about appeals. Field names are the services' keywords."""

from __future__ import annotations

from tracker.text import _l
from tracker.web.forms import Choice, Form, Prose, required


class AppealForm(Form):
    """Why somebody thinks that failing them was wrong."""

    text = Prose(
        _l("Why the verdict is wrong"), required(_l("Say why the verdict is wrong: whoever answers reads it.")),
        hint=_l("What was overlooked, with links where there are some. Markdown works."), longest=5000,
    )  # fmt: skip


class AnswerAppealForm(Form):
    """The answer; ``verdict`` says which of the two steps it is."""

    verdict = Choice(
        _l("Decision"), required(), choices=[("uphold", _l("Uphold the appeal")), ("dismiss", _l("Dismiss the appeal"))]
    )
    answer = Prose(_l("Answer"), hint=_l("Needed when you dismiss it; the person reads it."), longest=5000)
