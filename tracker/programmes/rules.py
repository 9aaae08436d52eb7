"""Whether a set of rules makes sense: pure functions over its columns."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Mapping
from typing import Any

from tracker.errors import Refused
from tracker.text import _l

NUMBERS = (
    "live_claims_per_person", "answer_within_working_days", "review_within_working_days", "lapse_after_days",
    "warn_before_lapse_days", "snooze_days", "undo_days", "appeal_days", "strike_limit", "strike_window_days",
    "cooldown_days",
)  # fmt: skip


def check_rules(valid_from: dt.date, newest: dt.date | None, columns: Mapping[str, Any]) -> None:
    """Raises Refused when a number is missing or out of range, or the rules aren't the newest."""
    if newest is not None and valid_from <= newest:
        raise Refused(
            _l(
                "Rules begin on %(day)s already. New ones begin later: what was in force stays.", day=newest.isoformat()
            ),
            field="valid_from",
        )
    for name in NUMBERS:
        value = columns.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 10_000:
            raise Refused(_l("“%(name)s” is a whole number from 0 to 10000.", name=name), field=name)
    if columns["warn_before_lapse_days"] >= columns["lapse_after_days"]:
        raise Refused(
            _l("The warning comes fewer days before a lapse than a lapse takes."), field="warn_before_lapse_days"
        )
    check_wage(columns.get("wage_scheme", "none"), columns.get("wage") or {})


def check_wage(scheme: str, wage: Mapping[str, Any]) -> None:
    """Tiers rise in points and money; steps have a rate, a step and a cap of whole steps. Money in fen. Raises Refused."""
    if scheme == "none":
        return
    if scheme == "tiers":
        tiers = wage.get("tiers")
        good = isinstance(tiers, list) and bool(tiers) and all(
            isinstance(tier, (list, tuple)) and len(tier) == 2 and all(type(n) is int and n > 0 for n in tier) for tier in tiers
        )  # fmt: skip
        if good and isinstance(tiers, list):
            good = all(a[0] < b[0] and a[1] < b[1] for a, b in itertools.pairwise(tiers))
        if not good:
            raise Refused(_l("Tiers are pairs of points and an amount that both rise."), field="wage")
        return
    if scheme == "steps":
        if (
            not all(type(wage.get(n)) is int and wage[n] > 0 for n in ("rate", "step", "cap"))
            or wage["cap"] % wage["step"]
        ):
            raise Refused(_l("Steps have a rate, a step and a monthly cap of whole steps."), field="wage")
        return
    raise Refused(_l("There is no wage scheme “%(scheme)s”.", scheme=scheme), field="wage_scheme")
