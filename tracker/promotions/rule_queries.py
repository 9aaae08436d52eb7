"""What is asked about sets of rules."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Row, exists, func, select
from sqlalchemy.orm import aliased, joinedload

from tracker import clock
from tracker.accounts.models import User
from tracker.db import db
from tracker.errors import Missing
from tracker.promotions.rule import Rule, parse_rule
from tracker.promotions.rule_models import VOTED, DatedRule, RuleSet, SigRuleSet
from tracker.sigs.models import Sig


def find_set(slug: str) -> RuleSet | None:
    """The set with this short name."""
    return db.session.scalar(select(RuleSet).where(RuleSet.slug == slug))


def get_set(slug: str) -> RuleSet:
    """The set with this short name. Raises Missing."""
    if (found := find_set(slug)) is None:
        raise Missing(f"rule set {slug}")
    return found


def all_sets() -> list[RuleSet]:
    """Every set, by name."""
    return list(db.session.scalars(select(RuleSet).order_by(RuleSet.name, RuleSet.id)))


def set_of(sig_id: int) -> RuleSet | None:
    """The set that a SIG goes by."""
    query = select(RuleSet).join(SigRuleSet, SigRuleSet.set_id == RuleSet.id).where(SigRuleSet.sig_id == sig_id)
    return db.session.scalar(query)


def set_ids() -> dict[int, int]:
    """SIG → its set."""
    return {row.sig_id: row.set_id for row in db.session.execute(select(SigRuleSet.sig_id, SigRuleSet.set_id))}


def sigs_by_set() -> dict[int, list[Any]]:
    """Set → the SIGs that go by it: slug, name, name_zh."""
    query = select(SigRuleSet.set_id, Sig.slug, Sig.name, Sig.name_zh).join(Sig, Sig.id == SigRuleSet.sig_id)
    found: dict[int, list[Any]] = {}
    for row in db.session.execute(query.order_by(Sig.name, Sig.id)):
        found.setdefault(row.set_id, []).append(row)
    return found


def dated_rules(day: dt.date | None = None) -> dict[int, dict[str, DatedRule]]:
    """Set → role → the rule in force on ``day`` (today); roles that the set doesn't give are left out. One statement."""
    day = day or clock.today()
    newest = (
        select(DatedRule.set_id, DatedRule.role, func.max(DatedRule.valid_from).label("day"))
        .where(DatedRule.valid_from <= day)
        .group_by(DatedRule.set_id, DatedRule.role)
        .subquery()
    )
    query = (
        select(DatedRule)
        .join(
            newest,
            (newest.c.set_id == DatedRule.set_id)
            & (newest.c.role == DatedRule.role)
            & (newest.c.day == DatedRule.valid_from),
        )
        .where(~_replaced())
    )
    found: dict[int, dict[str, DatedRule]] = {}
    for row in sorted(db.session.scalars(query), key=lambda row: VOTED.index(row.role)):
        if row.rule:
            found.setdefault(row.set_id, {})[row.role] = row
    return found


def _replaced() -> Any:
    """The condition that a rule was replaced for the same day by a later one."""
    later = aliased(DatedRule)
    return exists().where(
        later.set_id == DatedRule.set_id, later.role == DatedRule.role, later.valid_from == DatedRule.valid_from,
        later.id > DatedRule.id,
    )  # fmt: skip


def dated_rule(sig_id: int, role: str) -> DatedRule | None:
    """The rule by which a SIG gives a role today; None where it has none."""
    if (chosen := set_of(sig_id)) is None:
        return None
    return dated_rules().get(chosen.id, {}).get(role)


def rules_of(sig_id: int) -> dict[str, Rule]:
    """Role → the rule of a SIG today."""
    chosen = set_of(sig_id)
    rows = dated_rules().get(chosen.id, {}) if chosen else {}
    return {role: parse_rule(role, row.rule) for role, row in rows.items()}


def versions_of(set_id: int) -> list[Row[Any]]:
    """Every rule a set had or will have, newest first: id, role, valid_from, rule, reason, created_at, by, replaced (before it
    came into force)."""
    query = (
        select(DatedRule.id, DatedRule.role, DatedRule.valid_from, DatedRule.rule, DatedRule.reason, DatedRule.created_at,
               func.coalesce(func.nullif(User.display_name, ""), User.handle).label("by"),
               _replaced().label("replaced"))
        .outerjoin(User, User.id == DatedRule.created_by_id)
        .where(DatedRule.set_id == set_id)
        .order_by(DatedRule.valid_from.desc(), DatedRule.id.desc())
    )  # fmt: skip
    return list(db.session.execute(query))


def find_version(set_id: int, role: str, day: dt.date) -> DatedRule | None:
    """The rule that begins on just this day, the newest of several."""
    return db.session.scalar(
        select(DatedRule).where(DatedRule.set_id == set_id, DatedRule.role == role, DatedRule.valid_from == day)
        .order_by(DatedRule.id.desc()).limit(1).options(joinedload(DatedRule.rule_set))
    )  # fmt: skip
