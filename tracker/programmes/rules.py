"""Whether a set of rules makes sense: pure functions over its columns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from tracker import money
from tracker.errors import Refused
from tracker.programmes.months import last_day
from tracker.text import LazyString, _l

NUMBERS = (
    "live_claims_per_person", "answer_within_working_days", "review_within_working_days", "lapse_after_days",
    "warn_before_lapse_days", "snooze_days", "undo_days", "appeal_days", "strike_limit", "strike_window_days",
    "cooldown_days",
)  # fmt: skip
#: Where a number has narrower limits than 0 to 10000.
LIMITS = {"live_claims_per_person": (1, 100), "seats_per_task": (1, 100), "design_document_within_days": (1, 10_000)}
#: What a certificate and an excellent intern need, where there are any.
NEEDED = {"certificate": ("points", "within_months"), "excellent_intern": ("points", "task_of_at_least")}
#: Columns that have a value where nothing is said.
OPTIONAL = {"seats_per_task": 1, "design_document_within_days": None}
MOST_POINTS = 100_000
MOST_TIERS = 50


class Dated(Protocol):
    """What ``in_force`` asks of a set of rules."""

    @property
    def valid_from(self) -> dt.date: ...


D = TypeVar("D", bound=Dated)


def in_force(sets: Iterable[D], month: str) -> D | None:
    """The set that ``month`` (``2026-11``) is paid by: the one in force on its last day. None before the first."""
    day = last_day(month)
    return max((one for one in sets if one.valid_from <= day), key=lambda one: one.valid_from, default=None)


def check_rules(valid_from: dt.date, newest: dt.date | None, columns: Mapping[str, Any]) -> None:
    """Raises Refused when a number is missing or out of range, or the rules aren't the newest."""
    if newest is not None and valid_from <= newest:
        raise Refused(
            _l(
                "Rules begin on %(day)s already. New ones begin later: what was in force stays.", day=newest.isoformat()
            ),
            field="valid_from",
        )
    for name in (*NUMBERS, "seats_per_task", "design_document_within_days"):
        if name in OPTIONAL and columns.get(name, OPTIONAL[name]) == OPTIONAL[name]:
            continue
        least, most = LIMITS.get(name, (0, 10_000))
        if not _whole(columns.get(name), least, most):
            raise Refused(
                _l("“%(name)s” is a whole number from %(least)s to %(most)s.", name=name, least=least, most=most),
                field=name,
            )
    if columns["warn_before_lapse_days"] >= columns["lapse_after_days"]:
        raise Refused(
            _l("The warning comes fewer days before a lapse than a lapse takes."), field="warn_before_lapse_days"
        )
    for name, parts in NEEDED.items():
        said = columns.get(name) or {}
        if said and not all(_whole(said.get(part), 1, MOST_POINTS) for part in parts):
            raise Refused(_l("“%(name)s” needs %(parts)s.", name=name, parts=", ".join(parts)), field=name)
    if columns.get("wage_currency", "CNY") not in money.CURRENCIES:
        raise Refused(
            _l("Wages are paid in one of %(currencies)s.", currencies=", ".join(money.CURRENCIES)),
            field="wage_currency",
        )
    check_wage(columns.get("wage_scheme", "none"), columns.get("wage") or {})


def _whole(value: Any, least: int, most: int) -> bool:
    return type(value) is int and least <= value <= most


def check_wage(scheme: str, wage: Mapping[str, Any]) -> None:
    """Tiers rise in points and money; steps have a rate, a step and a cap of whole steps. Money in fen. Raises Refused."""
    if scheme == "none":
        return
    if scheme == "tiers":
        tiers = wage.get("tiers")
        if not isinstance(tiers, list) or not 1 <= len(tiers) <= MOST_TIERS:
            raise Refused(_l("Tiers are 1 to %(most)s pairs of points and an amount.", most=MOST_TIERS), field="tiers")
        for number, why in enumerate(tier_faults(tiers), 1):
            if why is not None:
                raise Refused(_l("Tier %(number)s: %(why)s", number=number, why=why), field="tiers")
        return
    if scheme == "steps":
        for name, most in (("rate", money.MOST), ("step", MOST_POINTS), ("cap", MOST_POINTS)):
            if not _whole(wage.get(name), 1, most):
                raise Refused(_l("Steps have a rate, a step and a monthly cap, all above 0."), field=name)
        if wage["cap"] % wage["step"]:
            raise Refused(
                _l("The monthly cap is a number of whole steps: %(cap)s isn't a multiple of %(step)s.", cap=wage["cap"],
                   step=wage["step"]),
                field="cap",
            )  # fmt: skip
        if wage["cap"] * wage["rate"] > money.MOST:
            raise Refused(_l("A month at the cap would pay more than %(most)s.", most=money.MOST // 100), field="cap")
        return
    raise Refused(_l("There is no wage scheme “%(scheme)s”.", scheme=scheme), field="wage_scheme")


def tier_faults(tiers: Sequence[Any]) -> list[LazyString | None]:
    """What is wrong with each tier, None where nothing is: (points, fen) pairs that both rise from one to the next."""
    found: list[LazyString | None] = []
    before: tuple[int, int] | None = None
    for tier in tiers:
        if not isinstance(tier, (list, tuple)) or len(tier) != 2 or not _whole(tier[0], 1, MOST_POINTS):
            found.append(_l("points from 1 to %(most)s and an amount are asked for.", most=MOST_POINTS))
            continue
        points, fen = tier
        if not _whole(fen, 1, money.MOST):
            found.append(_l("the amount is out of range, 0.01 to %(most)s.", most=money.MOST // 100))
            continue
        found.append(_not_above(points, fen, *before) if before else None)
        before = (points, fen)
    return found


def _not_above(points: int, fen: int, points_before: int, fen_before: int) -> LazyString | None:
    if points <= points_before:
        return _l(
            "%(points)s points don't rise above the tier before, %(before)s.", points=points, before=points_before
        )
    if fen <= fen_before:
        return _l(
            "%(amount)s doesn't rise above the tier before, %(before)s.",
            amount=money.decimal(fen),
            before=money.decimal(fen_before),
        )
    return None
