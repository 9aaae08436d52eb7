"""The room's pages."""

from __future__ import annotations

from tracker.clocks.blueprint import bp

__all__ = ["bp"]
