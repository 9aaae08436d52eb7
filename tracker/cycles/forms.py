"""What is typed about a quarter."""

from __future__ import annotations

from tracker.text import _l
from tracker.web.forms import Day, Form, Line, Number, required


class CycleForm(Form):
    """A new quarter of a SIG; without dates they are three weeks and seven days before its end."""

    quarter = Line(
        _l("Quarter"), required(), longest=6, pattern=r"20[0-9]{2}Q[1-4]", wrong=_l("A quarter such as 2026Q4 is asked for here."),
        hint=_l("Such as 2026Q4."),
    )  # fmt: skip
    claims_until = Day(_l("Last day to claim"), hint=_l("Empty: three weeks before the quarter ends."))
    accept_by = Day(_l("Last day of acceptance"), hint=_l("Empty: seven days before the quarter ends."))


class DatesForm(Form):
    """Other dates for a quarter; ``version`` is the one that was read."""

    claims_until = Day(_l("Last day to claim"), required())
    accept_by = Day(_l("Last day of acceptance"), required())
    version = Number(_l("Version"), required(), least=1)
