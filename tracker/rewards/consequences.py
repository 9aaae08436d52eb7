"""What follows elsewhere when a line is taken back: rooms above this one register it."""

from __future__ import annotations

from collections.abc import Callable

from tracker.permissions import Actor
from tracker.rewards.models import Reward

WhenCancelled = Callable[[Actor, Reward], object]
_when_cancelled: list[WhenCancelled] = []


def when_cancelled(work: WhenCancelled) -> WhenCancelled:
    """Register what else is done, in the same transaction, when a line is cancelled."""
    _when_cancelled.append(work)
    return work


def was_cancelled(actor: Actor, reward: Reward) -> None:
    """Do what follows when ``reward``, which is held, was cancelled."""
    for work in _when_cancelled:
        work(actor, reward)
