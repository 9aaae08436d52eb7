"""What a month of points pays: pure arithmetic in whole points and whole fen.

The rules page, the settlement, the explanation of a wage, the budget and the simulation all compute with these functions, from
the same rows of rules. Sources: MindSpore and openEuler (tiers), R2CN (steps).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """How points become money.

    ``tiers``: (points, fen) pairs that both rise; who has that many points in all has earned that much in all.
    ``steps``: ``rate`` fen a point, paid in whole steps of ``step`` points, at most ``cap`` points a month.
    ``none``: no wage.
    """

    kind: str = "none"
    currency: str = "CNY"
    tiers: tuple[tuple[int, int], ...] = ()
    rate: int = 0
    step: int = 1
    cap: int = 0

    def tier(self, points: int) -> tuple[int, int]:
        """(points, fen) of the tier that ``points`` in all have reached; (0, 0) below the first."""
        return next(((needed, fen) for needed, fen in reversed(self.tiers) if points >= needed), (0, 0))

    def next_tier(self, points: int) -> tuple[int, int] | None:
        """(points, fen) of the tier above; None on the last."""
        return next(((needed, fen) for needed, fen in self.tiers if points < needed), None)

    def most_for(self, points: int) -> int:
        """The most fen that ``points`` can come to, by the highest rate per point: what a budget reserves."""
        if self.kind == "steps":
            return points * self.rate
        # Whole fen, rounded up: a reservation is never too small.
        return max((-(-points * fen // needed) for needed, fen in self.tiers), default=0)


def scheme_of(kind: str, currency: str, wage: Mapping[str, Any]) -> Scheme:
    """The scheme that a row of rules holds (``wage`` in fen, checked by ``rules.check_wage``)."""
    if kind == "tiers":
        tiers = tuple((int(points), int(fen)) for points, fen in wage["tiers"])
        return Scheme(kind="tiers", currency=currency, tiers=tiers)
    if kind == "steps":
        return Scheme(kind="steps", currency=currency, rate=wage["rate"], step=wage["step"], cap=wage["cap"])
    return Scheme(currency=currency)


@dataclass(frozen=True, slots=True)
class Account:
    """What a person brings into a month: ``points`` accepted before it, how many of them wages were paid for
    (``converted``), and what was ``settled`` in fen."""

    points: int = 0
    converted: int = 0
    settled: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A month's figures, points and fen.

    ``carried_over``: points at its start that no wage was paid for yet. ``converted``: points that this month pays for: whole
    steps, or those by which the reached tier rose; none where it pays nothing. ``gross``: what the scheme says, before what was
    settled is taken off.
    ``held``: what was settled beyond that; later months are set off against it, nothing is taken back.
    """

    before: int
    earned: int
    carried_over: int
    converted: int
    gross: int
    settled: int
    payable: int
    held: int

    @property
    def total(self) -> int:
        """All points to the end of the month."""
        return self.before + self.earned

    @property
    def left_over(self) -> int:
        """Points that the month leaves to the next without a wage."""
        return self.carried_over + self.earned - self.converted

    @property
    def after(self) -> Account:
        """What the person brings into the next month, when this one is paid."""
        return Account(self.total, self.total - self.left_over, self.settled + self.payable)


def compute_month(scheme: Scheme, account: Account, earned: int, *, contract_ended: bool = False) -> Month:
    """The figures of a month in which ``earned`` points were accepted (negative by corrections).

    Tiers: payable = tier(all points) − settled, never below 0. Steps: whole steps of what is in hand up to the cap; from the
    month in which the contract ends on the remainder too, up to the cap.
    """
    carried_over = account.points - account.converted
    converted = gross = payable = held = 0
    if scheme.kind == "tiers":
        reached, gross = scheme.tier(account.points + earned)
        payable, held = max(gross - account.settled, 0), max(account.settled - gross, 0)
        converted = max(reached - account.converted, 0) if payable else 0
    elif scheme.kind == "steps":
        most = min(max(carried_over + earned, 0), scheme.cap)
        converted = most if contract_ended else most // scheme.step * scheme.step
        gross = payable = converted * scheme.rate
    return Month(
        before=account.points, earned=earned, carried_over=carried_over, converted=converted, gross=gross, settled=account.settled,
        payable=payable, held=held,
    )  # fmt: skip
