"""``python -m bench``: one table, and a last line ``ratios: {json}``.

CPU time of this process, the median of several rounds, floor and product in turn so that a busy machine slows both.
The floor asks the same database for the same rows and writes the same number of bytes with a bare template or csv.
"""

from __future__ import annotations

import csv
import io
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from flask import Flask
from jinja2 import Environment
from sqlalchemy import text

from tracker import demo, maintenance
from tracker.app import create_app
from tracker.config import load
from tracker.db import db

TASKS = int(os.environ.get("BENCH_TASKS", "500"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "9"))

_ROWS = text(
    "SELECT t.reference, t.title, t.kind, t.difficulty, t.points, t.availability, t.seats, t.seats_held, s.name, a.name"
    " FROM task t JOIN sig s ON s.id = t.sig_id LEFT JOIN area a ON a.id = t.area_id WHERE t.state = 'published'"
    " ORDER BY t.published_at DESC, t.id DESC LIMIT :most"
)
_PAGE = Environment(autoescape=True).from_string(
    "<!doctype html><title>Tasks</title><h1>Tasks</h1><table>{% for row in rows %}<tr>{% for cell in row %}"
    "<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}</table>"
)


def cpu_ms(work: Callable[[], object], times: int) -> float:
    """CPU milliseconds of one ``work``, averaged over ``times``."""
    start = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - start) * 1000 / times


def in_turn(floor: Callable[[], object], ours: Callable[[], object], times: int) -> tuple[float, float]:
    """The medians of floor and product."""
    floor(), ours()
    pairs = [(cpu_ms(floor, times), cpu_ms(ours, times)) for _ in range(ROUNDS)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


def rows(most: int) -> list[tuple[object, ...]]:
    with db.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(_ROWS, {"most": most})]


def bare_page(app: Flask, most: int) -> bytes:
    with app.app_context():
        return _PAGE.render(rows=rows(most)).encode()


def bare_csv(app: Flask) -> bytes:
    with app.app_context():
        buffer = io.StringIO(newline="")
        csv.writer(buffer).writerows(rows(1_000_000))
        return buffer.getvalue().encode()


def page(app: Flask, path: str) -> bytes:
    answer = app.test_client().get(path)
    assert answer.status_code == 200, f"{path}: {answer.status_code}"
    return answer.get_data()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        settings = load(
            Path(folder), environ={}, secret_key="for the benchmark only", argon2_time=1, argon2_memory_kib=8
        )
        maintenance.init(settings)
        app = create_app(settings)
        with app.app_context():
            print(f"Building a quarter with {TASKS} more tasks …", file=sys.stderr)
            demo.build("running", TASKS)
            db.session.remove()
            published = len(rows(1_000_000))
        shown = page(app, "/tasks/").count(b"<tr")
        board = in_turn(lambda: bare_page(app, shown), lambda: page(app, "/tasks/"), 10)
        stream = in_turn(lambda: bare_csv(app), lambda: page(app, "/exports/tasks.csv"), 1)
        with app.app_context():
            db.engine.dispose()
    print(f"{'':<34}{'floor ms':>10}{'ours ms':>10}{'ratio':>8}")
    ratios = {}
    for name, about, (floor, ours) in (
        ("board", f"board page, {shown} rows of {published}", board),
        ("csv", f"tasks.csv, {published} rows", stream),
    ):
        ratios[name] = round(ours / floor, 2)
        print(f"{about:<34}{floor:>10.2f}{ours:>10.2f}{ratios[name]:>8.2f}")
    print(f"ratios: {json.dumps(ratios)}")


if __name__ == "__main__":
    main()
