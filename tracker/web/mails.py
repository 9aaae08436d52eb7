"""For templates: the mail that a page's button would send, shown before it is pressed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Flask

from tracker.events.preview import Preview, preview
from tracker.web.routes import actor


def mail_of(name: str, things: Any, tell: Sequence[int] = (), **facts: Any) -> Preview:
    """The mail of the action ``name`` on one thing or a list of them, done by the reader; see events.preview."""
    subjects = things if isinstance(things, (list, tuple)) else [things]
    return preview(name, *subjects, actor=actor(), facts=facts, tell=tell)


def init(app: Flask) -> None:
    app.jinja_env.globals["mail_of"] = mail_of
