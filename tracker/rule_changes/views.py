"""Pages of changes of rules: tried out and proposed, decided by somebody else, listed with who and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template, request

from tracker import clock
from tracker.db import MAX_ID, db
from tracker.errors import Refused
from tracker.events.history import history
from tracker.permissions import Permission as P
from tracker.programmes.models import Programme
from tracker.programmes.months import month_of, next_month
from tracker.rule_changes import queries, rules, service, what_if_views
from tracker.rule_changes.blueprint import bp
from tracker.rule_changes.forms import (
    ApproveRulesForm,
    DeclineRulesForm,
    NumbersForm,
    RuleChangeForm,
    WithdrawRulesForm,
)
from tracker.rule_changes.listing import GROUPS, Listing, file, listing, people_file
from tracker.rule_changes.models import PROPOSED, STATES, RuleChange
from tracker.rule_changes.rules import SCHEMES, Difference
from tracker.rule_changes.workflow import RULE_CHANGE
from tracker.settlements import queries as settlements
from tracker.settlements.models import EXCLUSIONS
from tracker.text import LazyString, Text, _l
from tracker.web.actions import Answer, perform, refused, submit
from tracker.web.forms import Form
from tracker.web.paging import page_of
from tracker.web.routes import actor, loads, requires

__all__ = ["bp", "what_if_views"]
COLUMNS = ("change", "programme", "valid_from", "state", "proposed_by", "proposed_at", "reason", "decided_by", "decided_at",
           "decision")  # fmt: skip


@loads(RuleChange, P.RULES_READ)
def _load(slug: str, change_id: int) -> RuleChange:
    return queries.get_rule_change(slug, change_id)


@dataclass(frozen=True, slots=True)
class Effect:
    """What a set of rules changes: numbers, what is worth knowing about its day, and for whom (None where the two sets pay in
    different currencies)."""

    differences: list[Difference]
    notes: list[LazyString]
    people: Listing | None


def _effect(
    programme: Programme, values: Mapping[str, Any], path: str, query: Sequence[tuple[str, str]] = ()
) -> Effect:
    """Raises Refused when the set can't be added as things are now. ``values``: as service.propose_rule_change gets them."""
    numbers = {name: values[name] for name in rules.COLUMNS}
    day = values["valid_from"]
    facts = queries.facts_of(programme, day, numbers, values.get("compared_with"))
    rules.check_change(facts)
    ends = rules.ends_wages(facts.base, numbers)
    currency = facts.base["wage_currency"] if ends else numbers["wage_currency"]
    before = facts.base.get("wage_currency", currency)
    comparison = queries.effect(programme, day, numbers) if before == currency else None
    notes = rules.notes(day, facts.today)
    if ends and comparison and (people := sum(one.open for one in comparison.outcomes)):
        notes.append(rules.note_of_open(people))
    return Effect(
        rules.differences(facts.base, numbers), notes,
        listing(comparison, currency, path, query) if comparison else None,
    )  # fmt: skip


# -- proposing ------------------------------------------------------------------------------------


@bp.route("/rules/<slug>/changes/new", methods=["GET", "POST"])
@requires(P.RULES_PROPOSE, Programme)
def new_rule_change(programme: Programme) -> Answer:
    """The numbers of a set, then what they change for whom, then the proposal."""
    if request.method == "POST":
        sent = RuleChangeForm()
        return submit(
            sent, lambda: service.propose_rule_change(actor(), programme, **sent.values()),
            page=lambda: _new(programme, sent, sent=True), to=lambda change: change.path,
            done=_l("Proposed. Somebody else of finance, or an administrator, decides."),
        )  # fmt: skip
    if "valid_from" not in request.args:
        return _new(programme, NumbersForm(formdata=None, data=_start(programme)))
    asked = NumbersForm(formdata=request.args, meta={"csrf": False})
    asked.validate()
    page = _new(programme, asked, sent=True)
    return page, 409 if asked.refusal else 422 if asked.errors else 200


def _new(programme: Programme, form: NumbersForm, *, sent: bool = False) -> str:
    base = queries.newest_rules(programme.id)
    effect = None
    if sent and not any(field.name not in form.unsent for field in form.wrong):
        effect = _tried(programme, form)
    return render_template(
        "rule_changes/new_rule_change.html", programme=programme, form=form, base=base, effect=effect, schemes=SCHEMES,
        groups=GROUPS, exclusions=EXCLUSIONS, last_settled=settlements.last_settled(programme.id),
        reason=form if isinstance(form, RuleChangeForm) else RuleChangeForm(formdata=None),
    )  # fmt: skip


def _tried(programme: Programme, form: NumbersForm) -> Effect | None:
    """The effect of what was typed; None, and the form says why, where it can't be added."""
    try:
        return _effect(programme, form.values(), f"{programme.path}changes/new", form.sent())
    except Refused as why:
        if why.field and why.field in form:
            form[why.field].errors = [*form[why.field].errors, str(why.message)]
        else:
            form.refusal = form.refusal or why.message
        return None


def _start(programme: Programme) -> dict[str, Any]:
    """What the form begins with: the newest set, or an earlier proposal that is to be made anew (``?like=``)."""
    like = request.args.get("like", "")
    if like.isascii() and like.isdigit() and 0 < int(like[:10]) <= MAX_ID:
        change = db.session.get(RuleChange, int(like[:10]))
        if change is not None and change.programme_id == programme.id:
            return {**rules.typed(change.numbers), "valid_from": change.valid_from}
    base = queries.newest_rules(programme.id)
    first = dt.date.fromisoformat(f"{next_month(month_of(clock.now(), programme.time_zone))}-01")
    numbers = rules.typed(rules.numbers_of(base)) if base else {"wage_scheme": "none", "seats_per_task": 1}
    return {**numbers, "valid_from": first}


@bp.get("/rules/<slug>/changes/new.csv")
@requires(P.RULES_PROPOSE, Programme)
def new_rule_change_csv(programme: Programme) -> Answer:
    """Who gains and who loses by what was typed."""
    form = NumbersForm(formdata=request.args, meta={"csrf": False})
    effect = _tried(programme, form) if form.validate() else None
    if effect is None or effect.people is None:
        return refused(form.refusal or form.first_error, f"{programme.path}changes/new", 422)
    return people_file(effect.people, f"rules-{programme.slug}-{form.valid_from.data}", programme.time_zone)


# -- a proposal -----------------------------------------------------------------------------------


@bp.get("/rules/<slug>/changes/<int:change_id>/")
@requires(P.RULES_READ, RuleChange)
def rule_change(change: RuleChange) -> str:
    """What is proposed, what it changes for whom, who decided and why."""
    who = actor()
    effect, obstacle = _standing(change)
    steps = {step.action for step in RULE_CHANGE.available(who, change)}
    return render_template(
        "rule_changes/rule_change.html", change=change, programme=change.programme, effect=effect, obstacle=obstacle,
        differences=rules.differences(rules.numbers_of(change.base), change.numbers),
        notes=effect.notes if effect else [],
        steps=steps, mine=change.proposed_by_id == who.id, states=STATES, schemes=SCHEMES, groups=GROUPS,
        exclusions=EXCLUSIONS, history=history("rule_change", change.id),
    )  # fmt: skip


def _standing(change: RuleChange) -> tuple[Effect | None, Text | None]:
    """What a proposal that is open would change, or why it can't be approved any more."""
    if change.state != PROPOSED:
        return None, None
    values = {**change.numbers, "valid_from": change.valid_from, "compared_with": change.base_id or 0}
    try:
        return _effect(change.programme, values, change.path), None
    except Refused as why:
        return None, why.message


@bp.get("/rules/<slug>/changes/<int:change_id>.csv")
@requires(P.RULES_READ, RuleChange)
def rule_change_csv(change: RuleChange) -> Answer:
    """Who gains and who loses by a proposal that is open."""
    effect, obstacle = _standing(change)
    if effect is None or effect.people is None:
        return refused(obstacle or _l("There is nothing to compare any more."), change.path, 409)
    return people_file(effect.people, f"rules-{change.programme.slug}-{change.valid_from}", change.programme.time_zone)


def _step(change: RuleChange, work: Any, form: Form, done: LazyString) -> Answer:
    return perform(work, form=form, back=change.path, to=lambda decided: decided.path, done=done)


@bp.post("/rules/<slug>/changes/<int:change_id>/approve")
@requires(P.RULES_APPROVE, RuleChange)
def approve_rule_change(change: RuleChange) -> Answer:
    form = ApproveRulesForm()
    done = _l("Approved. The rules are in force from their day on.")
    return _step(change, lambda: service.approve_rule_change(actor(), change, **form.values()), form, done)


@bp.post("/rules/<slug>/changes/<int:change_id>/decline")
@requires(P.RULES_APPROVE, RuleChange)
def decline_rule_change(change: RuleChange) -> Answer:
    form = DeclineRulesForm()
    done = _l("Declined. The rules stay as they are.")
    return _step(change, lambda: service.decline_rule_change(actor(), change, **form.values()), form, done)


@bp.post("/rules/<slug>/changes/<int:change_id>/withdraw")
@requires(P.RULES_WITHDRAW, RuleChange)
def withdraw_rule_change(change: RuleChange) -> Answer:
    form = WithdrawRulesForm()
    done = _l("Withdrawn. The rules stay as they are.")
    return _step(change, lambda: service.withdraw_rule_change(actor(), change, **form.values()), form, done)


# -- all of them ----------------------------------------------------------------------------------


@bp.get("/rules/<slug>/changes/")
@requires(P.RULES_READ, Programme)
def rule_changes(programme: Programme) -> Answer:
    """Every change of a programme's rules, newest first, with who and why."""
    try:
        page = page_of(
            queries.change_rows(programme.id), keys=(RuleChange.id,), key_of=lambda row: (row.id,), parse=_ids
        )
    except Refused as why:
        return refused(why.message, f"{programme.path}changes/", 422)
    return render_template("rule_changes/rule_changes.html", programme=programme, page=page, states=STATES)


def _ids(parts: Sequence[str]) -> list[int]:
    if not all(part.isascii() and part.isdigit() and int(part) <= MAX_ID for part in parts):
        raise ValueError(parts)
    return [int(part) for part in parts]


@bp.get("/rules/<slug>/changes.csv")
@requires(P.RULES_READ, Programme)
def rule_changes_csv(programme: Programme) -> Answer:
    """The same as a file."""
    rows = db.session.execute(queries.change_rows(programme.id).order_by(RuleChange.id.desc())).all()
    return file(COLUMNS, _cells(programme, rows), f"rules-{programme.slug}", programme.time_zone)


def _cells(programme: Programme, rows: Any) -> Iterator[Sequence[Any]]:
    for row in rows:
        yield (row.id, programme.slug, row.valid_from, row.state, row.proposed_by, row.proposed_at, row.reason,
               row.decided_by, row.decided_at, row.decision)  # fmt: skip
