"""What is typed on the page of the calendar."""

from __future__ import annotations

from tracker.text import _, _l
from tracker.web.forms import Choice, Day, Form, Line, required


def _working(text: str) -> bool:
    if text not in ("closed", "worked"):
        raise ValueError(_("There is no such choice."))
    return text == "worked"


class DayForm(Form):
    day = Day(_l("Day"), required())
    working = Choice(
        _l("What it is"), choices=[("closed", _l("Closed: nobody works")), ("worked", _l("Worked: a working day"))],
        kind=_working, hint=_l("Terms in working days and the meetings of every SIG follow it."),
    )  # fmt: skip
    name = Line(_l("Name"), required(), longest=120, hint=_l("Why, such as “Make-up day for Spring Festival”."))
    name_zh = Line(_l("Name in Chinese"), longest=120)
