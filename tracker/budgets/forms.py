"""What is typed about a budget."""

from __future__ import annotations

from tracker.budgets.rules import LONGEST_REASON
from tracker.text import Text, _l
from tracker.web.forms import Choice, Form, Money, Number, Prose, required

#: Currencies of budgets and prizes.
CURRENCIES: list[tuple[str, Text]] = [("", _l("none")), ("CNY", "CNY"), ("USD", "USD"), ("EUR", "EUR")]


class BudgetForm(Form):
    """What the tasks of a quarter may reserve and use; ``version`` is the one that was read."""

    points = Number(_l("Points"), hint=_l("Empty: no limit."), most=1_000_000)
    amount = Money(_l("Money"), hint=_l("Empty: no limit."), zero=True)
    currency = Choice(_l("Currency"), choices=CURRENCIES)
    reason = Prose(_l("Reason"), required(_l("Say why: the SIG's maintainers read it.")), longest=LONGEST_REASON)
    version = Number(_l("Version"), required(), least=1)
