"""The room's pages."""

from __future__ import annotations

from tracker.activities import queries
from tracker.activities.blueprint import bp

__all__ = ["bp", "queries"]
