"""CPU time of this process: floor and product in turn, so that a busy machine slows both."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "9"))


def cpu_ms(work: Callable[[], object], times: int) -> float:
    """CPU milliseconds of one ``work``, averaged over ``times``."""
    start = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - start) * 1000 / times


def in_turn(
    floor: Callable[[], object], ours: Callable[[], object], times: int, rounds: int = ROUNDS
) -> tuple[float, float]:
    """The medians of floor and product."""
    floor(), ours()
    pairs = [(cpu_ms(floor, times), cpu_ms(ours, times)) for _ in range(rounds)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)
