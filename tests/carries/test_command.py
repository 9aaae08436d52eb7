"""`tracker refresh`: carries, and prints as CSV what is carried and what stays."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from tests.carries.test_service import later
from tests.conftest import settings_for
from tests.support.cast import Cast
from tests.support.server import command, environment
from tracker.app import create_app
from tracker.cycles.quarters import bounds, next_quarter
from tracker.db import db


def test_the_command_carries_and_prints_what_stays(fresh_database: str, tmp_path: Path) -> None:
    app = create_app(settings_for(fresh_database, tmp_path / "maker"))
    with app.app_context():
        cast = Cast()
        cast.make_task(state="draft")
        quarter, after = cast.cycle.quarter, next_quarter(cast.cycle.quarter)
        first, last = bounds(after)
        later(cast, after, claims_until=first, accept_by=last)
        reference = cast.task.reference
        db.session.remove()
        db.engine.dispose()
    env = environment(tmp_path / "instance", fresh_database)

    def refresh(*options: str, of: str = quarter, by: str = "mona") -> Any:
        return command("refresh", "akg", of, "--as", by, *options, env=env, check=False)

    rows = [
        [reference, "Express operator 1 as loops", after, ""],
        [
            "AKG-2026Q4-002",
            "Express operator 2 as loops",
            "",
            "It was never published. Plan it anew in the next quarter.",
        ],
    ]
    for options in (("--dry-run",), ()):
        done = refresh(*options)
        assert (done.returncode, list(csv.reader(io.StringIO(done.stdout)))[1:]) == (0, rows), done.stderr
    again = refresh()
    assert again.returncode == 1 and f"Nothing of AKG {quarter} can be carried" in again.stderr and not again.stdout
    assert "Plan it first" in refresh(of=after).stderr
    assert refresh(by="dora").returncode == 1
