"""The wages of three programmes, as people write them; amounts in fen where they are computed with."""

from __future__ import annotations

from tracker.programmes.wages import Scheme

#: points → CNY.
MINDSPORE = {20: 1000, 40: 2500, 60: 4000, 80: 6000, 100: 8000}
OPENEULER = {10: 500, 20: 1000, 30: 1500, 45: 2750, 60: 4000, 80: 6000, 100: 8000}


def tiers(table: dict[int, int]) -> Scheme:
    return Scheme(kind="tiers", tiers=tuple((points, amount * 100) for points, amount in table.items()))


def steps(rate: int = 50, step: int = 40, cap: int = 120) -> Scheme:
    """R2CN's by default; ``rate`` in CNY."""
    return Scheme(kind="steps", rate=rate * 100, step=step, cap=cap)
