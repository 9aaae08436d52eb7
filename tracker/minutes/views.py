"""The room's pages."""

from __future__ import annotations

from tracker.minutes import models
from tracker.minutes.blueprint import bp

__all__ = ["bp", "models"]
