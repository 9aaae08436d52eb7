"""Pages of promotions: the list, one of them, applying and nominating."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from flask import render_template, request

from tracker.db import MAX_ID, db
from tracker.errors import Refused
from tracker.permissions import Permission as P
from tracker.promotions import ballot_views as _ballot_views  # noqa: F401  # adds its pages
from tracker.promotions import due as _due  # noqa: F401  # each minute
from tracker.promotions import queries, service
from tracker.promotions import role_views as _role_views  # noqa: F401
from tracker.promotions import rule_views as _rule_views  # noqa: F401
from tracker.promotions.blueprint import bp
from tracker.promotions.forms import ApplyForm, NominateForm
from tracker.promotions.listing import RANK, promotion_rows
from tracker.promotions.models import STATES, Promotion
from tracker.promotions.roster import roster_of
from tracker.promotions.rule_queries import rules_of, set_of
from tracker.promotions.sentences import sentences
from tracker.promotions.shelf import MINE, Filters, parse_filters
from tracker.sigs.models import ROLES, Sig
from tracker.sigs.queries import all_sigs
from tracker.text import Text, _l
from tracker.web.actions import Answer, refused, submit
from tracker.web.files import csv_file
from tracker.web.paging import Page, page_of
from tracker.web.routes import actor, requires

__all__ = ["bp"]

COLUMNS = (
    "promotion", "sig", "role", "handle", "display_name", "area", "repository", "state", "nominated_at", "opened_at", "ends_at",
    "closed_at", "result", "electors", "voted", "in_favour", "against", "abstained",
)  # fmt: skip


@bp.get("/promotions/")
@requires(P.SITE_READ)
def index() -> str | tuple[str, int]:
    """What the reader may see, what is open first."""
    problem: Text | None = None
    who = actor()
    try:
        filters = parse_filters(request.args)
        page = page_of(
            promotion_rows(filters, who), keys=(RANK, Promotion.id), key_of=lambda row: (row.rank, row.id), parse=_keys
        )
    except Refused as refusal:
        problem, filters, page = refusal.message, Filters(), Page([], "", True)
    return render_template(
        "promotions/index.html", page=page, filters=filters, problem=problem, sigs=all_sigs(), states=STATES, roles=ROLES,
        mine=MINE, waiting=queries.waiting_for(who),
    ), 422 if problem else 200  # fmt: skip


def _keys(parts: Sequence[str]) -> list[int]:
    found = [int(part) if part.isascii() and part.isdigit() else -1 for part in parts]
    if any(not 0 <= number <= MAX_ID for number in found):
        raise ValueError(parts)
    return found


@bp.get("/promotions.csv")
@requires(P.SITE_READ)
def index_csv() -> Answer:
    """The list as a file."""
    try:
        filters = parse_filters(request.args)
    except Refused as refusal:
        return refused(refusal.message, "/promotions/", 422)
    return csv_file(COLUMNS, _lines(filters), "promotions")


def _lines(filters: Filters) -> Iterator[Sequence[Any]]:
    """Read while they are sent: the query runs when the first is asked for."""
    query = promotion_rows(filters, actor()).order_by(RANK.desc(), Promotion.id.desc())
    for r in db.session.execute(query.execution_options(yield_per=500)):
        yield (
            r.id, r.slug, r.role, r.handle, r.candidate, r.area, r.repository, r.state, r.nominated_at, r.opened_at, r.ends,
            r.closed_at, r.result, r.electors, r.voted if r.electors else None,
            *((r.in_favour, r.against, r.abstained) if r.result in ("passed", "failed") else (None, None, None)),
        )  # fmt: skip


@bp.route("/sigs/<slug>/apply", methods=["GET", "POST"])
@requires(P.MEMBERSHIP_APPLY, Sig)
def apply(sig: Sig) -> Answer:
    """Ask to become a Member."""
    form = ApplyForm(sig)
    roles = roster_of(sig.id).roles(actor().id)
    return submit(
        form, lambda: service.apply_for_membership(actor(), sig, **form.values()),
        page=lambda: render_template(
            "promotions/apply.html", sig=sig, form=form, roles=roles, names=ROLES,
            earlier=queries.open_promotion(sig.id, actor().id or 0, "member", None),
        ),
        to=lambda made: made.path, done=_l("Your application is on its way. The maintainers answer it, and you are told."),
    )  # fmt: skip


@bp.route("/sigs/<slug>/nominate", methods=["GET", "POST"])
@requires(P.PROMOTION_NOMINATE, Sig)
def nominate(sig: Sig) -> Answer:
    """Put somebody up, or oneself; the rules stand beside."""
    rules = rules_of(sig.id)
    role = request.args.get("role", "")
    form = NominateForm(sig, role=role if role in rules else next(iter(rules), None))
    form.role.choices = [(name, ROLES[name]) for name in rules] or [("", ROLES["contributor"])]
    return submit(
        form, lambda: service.nominate(actor(), sig, **form.values()),
        page=lambda: render_template(
            "promotions/nominate.html", sig=sig, form=form, rule_set=set_of(sig.id), names=ROLES,
            said={name: sentences(rule) for name, rule in rules.items()},
        ),
        to=lambda made: made.path, done=_l("The nomination stands. What is missing before the vote is on this page."),
    )  # fmt: skip
