"""What is typed about public notices and objections. Field names are the services' keywords."""

from __future__ import annotations

from wtforms.validators import InputRequired
from wtforms.widgets import HiddenInput

from tracker.public_notices.models import LEAST_DAYS, MOST_DAYS
from tracker.public_notices.rules import LONGEST_NOTE, LONGEST_TEXT
from tracker.text import _l
from tracker.web.forms import Choice, Form, Line, Number, Prose, Tick, required


class OpenForm(Form):
    """A notice before it is published; ``seen`` is the fingerprint of the rows on the page."""

    days = Number(
        _l("Working days for objections"), required(), least=LEAST_DAYS, most=MOST_DAYS,
        hint=_l("From %(least)s to %(most)s; today doesn't count.", least=LEAST_DAYS, most=MOST_DAYS),
    )  # fmt: skip
    with_amounts = Tick(_l("Show amounts of money"), hint=_l("Without it a row says only what kind of reward it was."))
    note = Prose(_l("What readers should know"), hint=_l("Markdown works."), longest=LONGEST_NOTE)
    seen = Line(_l("Seen"), required(), longest=64, pattern=r"[0-9a-f]{64}", widget=HiddenInput())


class ObjectionForm(Form):
    """What is wrong with a row, or with the whole (0)."""

    # 0 is a value here.
    row = Number(_l("Row"), [InputRequired(message=_l("This field is needed."))], least=0, widget=HiddenInput())
    text = Prose(
        _l("What is wrong"), required(_l("Say what is wrong: whoever answers reads it.")), longest=LONGEST_TEXT,
        hint=_l("With links where there are some. Markdown works."),
    )  # fmt: skip


class AnswerObjectionForm(Form):
    """The answer; ``verdict`` says which of the two steps it is."""

    verdict = Choice(
        _l("Decision"), required(),
        choices=[("uphold", _l("Uphold the objection")), ("dismiss", _l("Dismiss the objection"))],
    )  # fmt: skip
    answer = Prose(
        _l("Reasons"), required(_l("Give your reasons: everybody reads them.")), hint=_l("In public. Don't name who objected."),
        longest=LONGEST_TEXT,
    )  # fmt: skip
    follows = Prose(_l("What follows"), hint=_l("Of an objection that is upheld. In public."), longest=LONGEST_TEXT)
