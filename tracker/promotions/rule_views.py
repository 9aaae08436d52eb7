"""Pages of the sets of rules: in words, with their history; made by administrators, chosen by maintainers."""

from __future__ import annotations

from flask import render_template, request

from tracker import clock
from tracker.permissions import Permission as P
from tracker.promotions import rule_queries, service
from tracker.promotions.blueprint import bp
from tracker.promotions.forms import ChooseRulesForm
from tracker.promotions.rule import parse_rule
from tracker.promotions.rule_forms import RuleForm, RuleSetEditForm, RuleSetForm, as_typed
from tracker.promotions.rule_models import RuleSet
from tracker.promotions.sentences import sentences
from tracker.sigs.models import ROLES, Sig
from tracker.text import _l
from tracker.web.actions import Answer, submit
from tracker.web.filters import local
from tracker.web.routes import actor, loads, requires

_NOBODY = _l("Nobody is elected to this role any more.")


@loads(RuleSet)
def _load(rule_set: str) -> RuleSet:
    return rule_queries.get_set(rule_set)


@bp.get("/promotions/rules/")
@requires(P.PROMOTION_RULES_READ)
def rule_sets() -> str:
    """Every set as it is today, in words."""
    dated = rule_queries.dated_rules()
    return render_template(
        "promotions/rule_sets.html", sets=rule_queries.all_sets(), sigs=rule_queries.sigs_by_set(), names=ROLES,
        said={key: {role: sentences(parse_rule(role, row.rule)) for role, row in rows.items()} for key, rows in dated.items()},
    )  # fmt: skip


@bp.get("/promotions/rules/<rule_set>/")
@requires(P.PROMOTION_RULES_READ, RuleSet)
def rule_set(rule_set: RuleSet) -> str:
    """One set: what holds, what held and what will."""
    now = rule_queries.dated_rules().get(rule_set.id, {})
    return render_template(
        "promotions/rule_set.html", rule_set=rule_set, names=ROLES, now={r.id for r in now.values()},
        today=clock.today(), sigs=rule_queries.sigs_by_set().get(rule_set.id, []), current=now,
        said=lambda role, rule: sentences(parse_rule(role, rule)) if rule else [],
        versions=rule_queries.versions_of(rule_set.id),
    )  # fmt: skip


@bp.route("/promotions/rules/new", methods=["GET", "POST"])
@requires(P.PROMOTION_RULES_EDIT)
def new_rule_set() -> Answer:
    form = RuleSetForm(committer_months=6, maintainer_meeting_months=3, maintainer_months=6, sig_meeting_months=3)
    return submit(
        form, lambda: service.create_rule_set(actor(), **form.values()),
        page=lambda: render_template("promotions/edit_rule_set.html", form=form, rule_set=None),
        to=lambda made: made.path, done=_l("The set is there. Now say how each role is reached."),
    )  # fmt: skip


@bp.route("/promotions/rules/<rule_set>/edit", methods=["GET", "POST"])
@requires(P.PROMOTION_RULES_EDIT, RuleSet)
def edit_rule_set(rule_set: RuleSet) -> Answer:
    form = RuleSetEditForm(obj=rule_set)
    return submit(
        form, lambda: service.edit_rule_set(actor(), rule_set, **form.values()),
        page=lambda: render_template("promotions/edit_rule_set.html", form=form, rule_set=rule_set),
        to=lambda made: made.path, done=_l("Saved."),
    )  # fmt: skip


@bp.route("/promotions/rules/<rule_set>/change", methods=["GET", "POST"])
@requires(P.PROMOTION_RULES_EDIT, RuleSet)
def change_rule(rule_set: RuleSet) -> Answer:
    """Another rule for a role, beginning with the one in force; what it says is shown in words before it is saved."""
    current = rule_queries.dated_rules().get(rule_set.id, {})
    role = request.values.get("role", "")
    begin = as_typed(role, parse_rule(role, current[role].rule)) if role in current else {"for_months": 0}
    form = RuleForm(data={"valid_from": clock.today(), **begin})
    preview = []
    if request.method == "POST" and "preview" in request.form:
        if form.validate():
            rule = form.values()["rule"]
            preview = sentences(parse_rule(form.role.data, rule)) if rule else [_NOBODY]
        return render_template(
            "promotions/change_rule.html", form=form, rule_set=rule_set, preview=preview
        ), 200 if preview else 422
    return submit(
        form, lambda: service.add_rule(actor(), rule_set, **form.values()),
        page=lambda: render_template("promotions/change_rule.html", form=form, rule_set=rule_set, preview=preview),
        to=lambda made: rule_set.path, done=_l("The rule is on record. It holds from its day on."),
    )  # fmt: skip


@bp.route("/sigs/<slug>/promotion-rules", methods=["GET", "POST"])
@requires(P.PROMOTION_RULES_CHOOSE, Sig)
def choose_rule_set(sig: Sig) -> Answer:
    """The set that the SIG goes by."""
    sets = {found.id: found for found in rule_queries.all_sets()}
    chosen, dated = rule_queries.set_of(sig.id), rule_queries.dated_rules()
    form = ChooseRulesForm(rule_set=chosen.id if chosen and request.method == "GET" else None)
    form.rule_set.choices = [(key, local(found)) for key, found in sets.items()] or [("", "–")]
    return submit(
        form, lambda: service.choose_rule_set(actor(), sig, rule_set=sets[form.rule_set.data]),
        page=lambda: render_template(
            "promotions/choose_rules.html", sig=sig, form=form, sets=sets.values(), names=ROLES, chosen=chosen,
            said={key: {role: sentences(parse_rule(role, r.rule)) for role, r in rows.items()} for key, rows in dated.items()},
        ),
        to=lambda done: "/promotions/rules/", done=_l("Chosen. It holds for what is put to the vote from now on."),
    )  # fmt: skip
