"""The room's pages."""

from __future__ import annotations

from tracker.series.blueprint import bp

__all__ = ["bp"]
