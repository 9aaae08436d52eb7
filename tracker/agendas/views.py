"""The room's pages."""

from __future__ import annotations

from tracker.agendas import queries
from tracker.agendas.blueprint import bp

__all__ = ["bp", "queries"]
