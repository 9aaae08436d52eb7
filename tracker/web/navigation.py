"""The main navigation and what every page needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask, request
from flask_login import current_user

from tracker.permissions import Permission as P
from tracker.permissions import answers_for_a_sig
from tracker.text import Text, _l
from tracker.web.i18n import language, time_zone
from tracker.web.routes import actor, can


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the navigation; ``current`` while one is on it."""

    name: Text
    path: str
    current: bool


def places(here: str = "") -> list[Place]:
    """What the reader's main navigation has. ``here``: the path of the entry to mark where the page's own address says another."""
    who = actor()
    entries: list[tuple[Text, str, bool]] = [
        (_l("Dashboard"), "/dashboard/", answers_for_a_sig(who, None) or who.is_finance or who.is_admin),
        (_l("Tasks"), "/tasks/", True),
        (_l("My claims"), "/claims/", who.id is not None),
        (_l("Meetings"), "/meetings/", True),
        (_l("SIGs"), "/sigs/", True),
        (_l("Rewards"), "/rewards/mine", who.id is not None),
        (_l("Honours"), "/hall-of-honour/", True),
    ]
    here = here or (request.path if request else "/")
    return [Place(name, path, here.startswith(path.removesuffix("mine"))) for name, path, shown in entries if shown]


def init(app: Flask) -> None:
    @app.context_processor
    def shared() -> dict[str, Any]:
        # The person, not the proxy: a template asks hundreds of times.
        reader = current_user._get_current_object()
        return {"places": places, "can": can, "P": P, "reader": reader, "lang": language(), "zone": time_zone()}
