"""The board: published tasks by filters of the address, below the weeks of their quarter with the meetings."""

from __future__ import annotations

from flask import render_template, request

from tracker import clock
from tracker.cycles.quarters import Week, bounds, weeks
from tracker.meetings.queries import days
from tracker.permissions import Permission as P
from tracker.tasks import shelf
from tracker.tasks.shelf import Shelf
from tracker.tasks.views import bp as tasks
from tracker.web.i18n import time_zone
from tracker.web.routes import requires


@tasks.get("/tasks/")
@requires(P.SITE_READ)
def board() -> str | tuple[str, int]:
    shown = shelf.read(request.args)
    return render_template("tasks/board.html", shelf=shown, strip=_strip(shown)), 422 if shown.problem else 200


def _strip(shown: Shelf) -> list[Week]:
    """The weeks of the quarter shown, with the meetings of the SIGs shown; none while a filter can't be read."""
    if not shown.frame:
        return []
    meetings = days(*bounds(shown.frame), shown.sig_ids)
    return weeks(shown.frame, today=clock.today(time_zone()), meetings=meetings)
