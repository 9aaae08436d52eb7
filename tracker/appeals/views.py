"""The room's pages."""

from __future__ import annotations

from tracker.appeals.blueprint import bp

__all__ = ["bp"]
