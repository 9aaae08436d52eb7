"""``python -m bench``: one table, and a last line ``ratios: {json}``.

CPU time of this process, the median of several rounds, floor and product in turn so that a busy machine slows both.
The floor asks the same database for the same rows and writes them with a bare template or csv.

``BENCH_TASKS`` more tasks (500), ``N`` reward lines (100000; ``N=1000000`` is the long form), ``BENCH_ROUNDS`` rounds (9).
"""

from __future__ import annotations

import csv
import io
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from jinja2 import Environment
from sqlalchemy import text

from bench import certificates, rewards
from bench.timing import in_turn
from tests.support.postgres import NoServer, Server
from tracker import demo, maintenance
from tracker.app import create_app
from tracker.config import load
from tracker.db import db

TASKS = int(os.environ.get("BENCH_TASKS", "500"))
LINES = int(os.environ.get("N", "100000"))

_ROWS = text(
    "SELECT t.reference, t.title, t.kind, t.difficulty, t.points, t.availability, t.seats, t.seats_held, s.name, a.name"
    " FROM task t JOIN sig s ON s.id = t.sig_id LEFT JOIN area a ON a.id = t.area_id WHERE t.state = 'published'"
    " ORDER BY t.published_at DESC, t.id DESC LIMIT :most"
)
_PAGE = Environment(autoescape=True).from_string(
    "<!doctype html><title>Tasks</title><h1>Tasks</h1><table>{% for row in rows %}<tr>{% for cell in row %}"
    "<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}</table>"
)


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


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table: CPU milliseconds of floor and product, and the ratio that is to be held (None: none is set)."""

    name: str
    about: str
    floor: float
    ours: float
    goal: float | None = None

    @property
    def ratio(self) -> float:
        return round(self.ours / self.floor, 2)

    def __str__(self) -> str:
        goal = "" if self.goal is None else f"{self.goal:.2f}"
        held = "" if self.goal is None else "yes" if self.ratio <= self.goal else "NO"
        return f"{self.about:<40}{self.floor:>11.2f}{self.ours:>11.2f}{self.ratio:>8.2f}{goal:>7}{held:>6}"


def main() -> None:
    lines = [*_board(), *_certificates(), *_rewards()]
    print(f"{'':<40}{'floor ms':>11}{'ours ms':>11}{'ratio':>8}{'goal':>7}{'held':>6}")
    for line in lines:
        print(line)
    print(f"ratios: {json.dumps({line.name: line.ratio for line in lines})}")


def _board() -> Iterator[Line]:
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
        yield Line("board", f"board page, {shown} rows of {published}",
                   *in_turn(lambda: bare_page(app, shown), lambda: page(app, "/tasks/"), 10))  # fmt: skip
        yield Line("csv", f"tasks.csv, {published} rows",
                   *in_turn(lambda: bare_csv(app), lambda: page(app, "/exports/tasks.csv"), 1))  # fmt: skip
        with app.app_context():
            db.engine.dispose()


def _certificates() -> Iterator[Line]:
    with tempfile.TemporaryDirectory() as folder:
        yield Line("certificate", "a certificate, set and signed", *certificates.measured(Path(folder), 20), goal=4.0)


def _rewards() -> Iterator[Line]:
    print(f"Building {LINES} reward lines …", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        found = rewards.measured(Path(folder), LINES)
        yield Line("rewards_csv", f"rewards.csv, {LINES} rows, SQLite", *found, goal=2.0)
    try:
        server = Server()
    except NoServer as missing:
        print(f"No PostgreSQL to measure on: {missing}", file=sys.stderr)
        return
    print(f"Building {LINES} reward lines on PostgreSQL …", file=sys.stderr)
    try:
        with tempfile.TemporaryDirectory() as folder:
            found = rewards.measured(Path(folder), LINES, server.url())
        yield Line("rewards_csv_postgresql", f"rewards.csv, {LINES} rows, PostgreSQL", *found, goal=2.0)
    finally:
        server.stop()


if __name__ == "__main__":
    main()
