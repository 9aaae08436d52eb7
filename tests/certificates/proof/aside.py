"""pyHanko begins an event loop of its own, which a process refuses where Playwright has one already."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def aside(work: Callable[[], T]) -> T:
    """Do it in a thread of its own."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()
