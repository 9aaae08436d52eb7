"""The page of a SIG, and the list of all SIGs with their open tasks."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from flask import render_template

from tracker.activities.queries import events_ahead, events_past
from tracker.cycles.queries import newest_cycle
from tracker.cycles.workflow import CYCLE
from tracker.meetings.models import MEETING_KINDS
from tracker.pages import rows
from tracker.pages.views import bp
from tracker.permissions import Permission as P
from tracker.programmes.queries import programme_of
from tracker.promotions.rule_queries import set_of
from tracker.public_notices.queries import open_notices
from tracker.sigs import queries
from tracker.sigs.models import CONTRIBUTOR, MAINTAINER, MEMBER, Sig
from tracker.sigs.views import bp as sigs
from tracker.tasks.models import AVAILABILITIES
from tracker.text import _l
from tracker.web.routes import actor, requires

#: The roles in the order of the page, with the heading of each; Committers stand at their repositories.
ORDER = ((MAINTAINER, _l("Maintainers")), (CONTRIBUTOR, _l("Contributors")), (MEMBER, _l("Members")))
#: Repositories and people named on the page; the rest is counted.
MOST_REPOSITORIES, MOST_PEOPLE = 30, 12


@bp.get("/sigs/<slug>/")
@requires(P.SIG_READ, Sig)
def sig(sig: Sig) -> str:
    people = queries.people_of(sig.id)
    repositories = queries.repositories_of(sig.id, MOST_REPOSITORIES)
    facts: dict[str, Any] = {
        "tasks": rows.newest_tasks(sig_id=sig.id, most=6),
        "open_tasks": rows.open_tasks_of(sig.id),
        "availabilities": AVAILABILITIES,
        **_meetings(sig),
        "people": [(name, by_role(people, role)) for role, name in ORDER],
        "committers": queries.committers_of(sig.id, [repository.id for repository in repositories]),
        "repositories": repositories,
        "more_repositories": max(queries.count_repositories(sig.id) - MOST_REPOSITORIES, 0),
        "most_people": MOST_PEOPLE,
        "programme": programme_of(sig.id),
        "cycle": newest_cycle(sig.id),
        "notices": open_notices(sig.id),
        **_ways_in(sig),
        "states": CYCLE.states,
        "following": queries.is_following(actor().id, sig.id),
    }
    return render_template("pages/sig.html", sig=sig, **facts)


def _ways_in(sig: Sig) -> dict[str, Any]:
    """How roles are reached, and whether the reader has one already."""
    return {
        "rule_set": set_of(sig.id),
        "belongs": any(m.sig_id == sig.id and m.until is None for m in actor().memberships),
    }


def _meetings(sig: Sig) -> dict[str, Any]:
    """What is ahead, and the events of the past."""
    return {
        "meetings": rows.meetings_ahead(sig_id=sig.id, most=4),
        "kinds": MEETING_KINDS,
        "events_ahead": events_ahead(sig.id, most=4),
        "events_past": events_past(sig.id, most=4),
    }


def by_role(people: Sequence[Any], role: str) -> list[Any]:
    """The rows of a role, each person once, longest first."""
    seen: dict[int, Any] = {}
    for row in people:
        if row.role == role:
            seen.setdefault(row.user_id, row)
    return list(seen.values())


@sigs.get("/sigs/")
@requires(P.SITE_READ)
def index() -> str:
    groups = [(name, list(found)) for name, found in groupby(queries.all_sigs(), key=lambda one: one.community)]
    return render_template(
        "sigs/index.html",
        groups=groups,
        open_tasks=rows.open_tasks_by_sig(),
        followed=queries.followed_sig_ids(actor().id),
    )
