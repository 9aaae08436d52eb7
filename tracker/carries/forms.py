"""What is typed about carrying."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tracker.cycles.models import Cycle
from tracker.text import _l
from tracker.web.forms import Choice, Day, Form


class RefreshForm(Form):
    """Into which of the later quarters ``targets``; the first unless another is chosen."""

    quarter = Choice(_l("Into the quarter"), choices=[])

    def __init__(self, targets: Sequence[Cycle], **given: Any) -> None:
        super().__init__(data={"quarter": targets[0].quarter if targets else "", **given})
        self.quarter.choices = [(cycle.quarter, cycle.quarter) for cycle in targets] or [("", "–")]


class CarryForm(RefreshForm):
    """The same for one task, with its days there."""

    expected_on = Day(_l("Expected completion"), hint=_l("Empty: as above."))
    accept_by = Day(_l("Latest acceptance"), hint=_l("Empty: as above."))
