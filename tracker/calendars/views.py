"""The room's pages."""

from __future__ import annotations

from tracker.calendars import models
from tracker.calendars.blueprint import bp

__all__ = ["bp", "models"]
