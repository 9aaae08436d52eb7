"""The room's pages; those of the rota are in rota_views."""

from __future__ import annotations

from tracker.db import find
from tracker.errors import Missing
from tracker.permissions import Permission as P
from tracker.series import rota_views
from tracker.series.blueprint import bp
from tracker.series.models import Series
from tracker.web.routes import loads

__all__ = ["bp", "rota_views"]


@loads(Series, P.SERIES_READ)
def _load(series_id: int) -> Series:
    if (found := find(Series, series_id)) is None:
        raise Missing(f"series {series_id}")
    return found
