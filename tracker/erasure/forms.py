"""What is typed before an account is erased."""

from __future__ import annotations

from tracker.erasure.rules import REASONS
from tracker.text import _l
from tracker.web.forms import Choice, Form, Line, Secret, required


class EraseAccountForm(Form):
    handle = Line(
        _l("Your handle"), required(), longest=40, hint=_l("Typed out, so that it doesn't happen by mistake.")
    )
    password = Secret(_l("Your password"), required())


class ErasePersonForm(Form):
    handle = Line(
        _l("Handle of the account"), required(), longest=40, hint=_l("Typed out, so that it doesn't happen by mistake.")
    )
    reason = Choice(
        _l("Reason"), required(_l("Choose one.")), choices=[("", _l("Choose …")), *REASONS.items()],
        hint=_l("Kept in the diary for good, therefore without words of your own."),
    )  # fmt: skip
