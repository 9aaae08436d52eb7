"""For templates: the mail that a page's button would send, shown before it is pressed."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from flask import Flask

from tracker.events.preview import LATER, Preview, preview
from tracker.web.routes import actor


def mail_of(name: str, things: Any, tell: Sequence[int] = (), **facts: Any) -> Preview:
    """The mail of the action ``name`` on one thing or a list of them, done by the reader; see events.preview."""
    subjects = things if isinstance(things, (list, tuple)) else [things]
    return preview(name, *subjects, actor=actor(), facts=facts, tell=tell)


class planned(SimpleNamespace):
    """A thing that isn't there yet, as its audiences will read it; ``label`` and ``path`` are unknown unless given."""

    __tablename__ = ""
    id = 0
    label = LATER
    path = ""


def init(app: Flask) -> None:
    app.jinja_env.globals.update(mail_of=mail_of, planned=planned)
