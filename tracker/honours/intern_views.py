"""The page of excellent interns, with the rules that they were computed by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from flask import render_template

from tracker.cycles.queries import current_quarter
from tracker.db import db
from tracker.honours import interns, queries
from tracker.honours.asked import AT_ONCE, NOTHING, Asked, number, quarters, read
from tracker.honours.blueprint import bp
from tracker.permissions import Permission as P
from tracker.web.actions import Answer, refused
from tracker.web.files import csv_file
from tracker.web.paging import page_of
from tracker.web.routes import requires

INTERN_COLUMNS = ("quarter", "programme", "handle", "name", "tasks", "sigs")


@bp.get("/hall-of-honour/interns")
@requires(P.SITE_READ)
def excellent_interns() -> str | tuple[str, int]:
    """Who reached what the rule of their programme asks for in a quarter, with the rules beside them."""
    asked, problem = read()
    quarter = asked.quarter or current_quarter()
    rules, page, hidden = interns.rules_for(quarter), NOTHING, 0
    if rules and not problem:
        query, keys = interns.excellent(rules, quarter, asked.sig)
        page = page_of(
            query, keys=keys, key_of=lambda row: (row.programme_id, row.user_id), ascending=True,
            parse=lambda parts: [number(part) for part in parts],
        )  # fmt: skip
        hidden = page.rows[0].hidden if page.rows else interns.count_hidden(rules, quarter, asked.sig)
    ids = [row.user_id for row in page.rows]
    shown = render_template(
        "honours/interns.html", asked=asked, problem=problem, quarter=quarter, rules=rules, page=page, hidden=hidden,
        tasks=interns.tasks_of(ids, quarter), faces=queries.pictures_of(ids), quarters=quarters(quarter),
    )  # fmt: skip
    return (shown, 422) if problem else shown


@bp.get("/hall-of-honour/interns.csv")
@requires(P.SITE_READ)
def interns_csv() -> Answer:
    """Everybody whom the page shows."""
    asked, problem = read()
    if problem:
        return refused(problem, "/hall-of-honour/interns", 422)
    return csv_file(INTERN_COLUMNS, _intern_rows(asked), "excellent-interns")


def _intern_rows(asked: Asked) -> Iterator[Sequence[Any]]:
    quarter = asked.quarter or current_quarter()
    if not (rules := interns.rules_for(quarter)):
        return
    query, keys = interns.excellent(rules, quarter, asked.sig)
    rows = db.session.execute(query.order_by(*keys)).all()
    for begin in range(0, len(rows), AT_ONCE):
        part = rows[begin : begin + AT_ONCE]
        tasks = interns.tasks_of([row.user_id for row in part], quarter)
        for row in part:
            count, sigs = tasks.get((row.user_id, row.programme_id), (0, []))
            yield quarter, row.slug, row.handle, row.who, count, ", ".join(sig.slug for sig in sigs)
