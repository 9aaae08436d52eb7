"""What is done with sets of rules: made and changed by administrators, chosen by the maintainers of a SIG.

A change is another rule from a day on; nothing that was written is edited. A ballot keeps a copy of the rule it was opened
by, so no change touches one that is open.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from tracker import clock
from tracker.db import db, lock
from tracker.errors import Refused
from tracker.events import record
from tracker.permissions import SYSTEM, Actor, demand
from tracker.permissions import Permission as P
from tracker.promotions import rule_queries
from tracker.promotions.rule import as_json, parse_rule
from tracker.promotions.rule_models import TAKEN, VOTED, DatedRule, RuleSet, SigRuleSet
from tracker.sigs.models import Sig
from tracker.sigs.rules import is_slug
from tracker.text import _l

#: Rules that are imported without a day hold from here on.
ALWAYS = dt.date(2025, 1, 1)


def create_rule_set(
    actor: Actor, *, slug: str, name: str, name_zh: str = "", committer_months: int = 6, maintainer_meeting_months: int = 3,
    maintainer_months: int = 6, sig_meeting_months: int = 3,
) -> RuleSet:  # fmt: skip
    """Add a set without any rule yet. The numbers are months for the inactivity report, 1 to 120.

    Raises Forbidden for who doesn't administer the site, Refused at a field.
    """
    demand(actor, P.PROMOTION_RULES_EDIT)
    if not is_slug(slug):
        raise Refused(_l("A short name has small letters, digits and single hyphens, at most 60."), field="slug")
    if slug == "new" or rule_queries.find_set(slug) is not None:
        raise Refused(_l("There is a set with this short name already."), field="slug")
    made = RuleSet(
        slug=slug, name=name, name_zh=name_zh, committer_months=committer_months,
        maintainer_meeting_months=maintainer_meeting_months, maintainer_months=maintainer_months,
        sig_meeting_months=sig_meeting_months,
    )  # fmt: skip
    db.session.add(made)
    record(actor, "promotion_rules.set_added", made)
    return made


def edit_rule_set(
    actor: Actor, rule_set: RuleSet, *, name: str, name_zh: str = "", committer_months: int, maintainer_meeting_months: int,
    maintainer_months: int, sig_meeting_months: int,
) -> RuleSet:  # fmt: skip
    """Change the names and the months of the inactivity report. Raises Forbidden."""
    rule_set = lock(RuleSet, rule_set.id)
    demand(actor, P.PROMOTION_RULES_EDIT, rule_set)
    wanted = {
        "name": name, "name_zh": name_zh, "committer_months": committer_months,
        "maintainer_meeting_months": maintainer_meeting_months, "maintainer_months": maintainer_months,
        "sig_meeting_months": sig_meeting_months,
    }  # fmt: skip
    changed = [column for column, value in wanted.items() if getattr(rule_set, column) != value]
    for column in changed:
        setattr(rule_set, column, wanted[column])
    if changed:
        record(actor, "promotion_rules.set_edited", rule_set, changed=changed)
    return rule_set


def add_rule(
    actor: Actor, rule_set: RuleSet, *, role: str, valid_from: dt.date, rule: Mapping[str, Any], reason: str = ""
) -> DatedRule:
    """Say how ``role`` is reached from ``valid_from`` on (``rule`` as in the seeds, see ``rule.parse_rule``; empty: not by this
    set any more). Only an import may begin in the past. One for a day that hasn't come takes the place of one that was entered
    for it before: nothing was opened by that.

    Raises Forbidden for who doesn't administer the site, Refused at a field, ValueError for a rule that makes no sense.
    """
    rule_set = lock(RuleSet, rule_set.id)
    demand(actor, P.PROMOTION_RULES_EDIT, rule_set)
    if role not in VOTED:
        raise Refused(_l("There is no such role. Choose one of the list."), field="role")
    if valid_from < clock.today() and actor is not SYSTEM:
        raise Refused(_l("Another rule begins today or later: what was, was."), field="valid_from")
    if valid_from <= clock.today() and rule_queries.find_version(rule_set.id, role, valid_from) is not None:
        raise Refused(TAKEN, field="valid_from")
    made = DatedRule(
        set_id=rule_set.id, rule_set=rule_set, role=role, valid_from=valid_from, reason=reason.strip(),
        rule=as_json(parse_rule(role, rule)) if rule else {}, created_by_id=actor.id, created_at=clock.now(),
    )  # fmt: skip
    db.session.add(made)
    record(actor, "promotion_rules.changed", rule_set, role=role, valid_from=valid_from.isoformat())
    return made


def choose_rule_set(actor: Actor, sig: Sig, *, rule_set: RuleSet) -> Sig:
    """Let a SIG go by ``rule_set`` from now on; what is put to the vote already goes on by its own rule.

    Raises Forbidden for who neither maintains the SIG nor administers the site.
    """
    sig = lock(Sig, sig.id)
    demand(actor, P.PROMOTION_RULES_CHOOSE, sig)
    row = db.session.get(SigRuleSet, sig.id)
    if row is not None and row.set_id == rule_set.id:
        return sig
    if row is None:
        db.session.add(SigRuleSet(sig_id=sig.id, set_id=rule_set.id))
    else:
        row.set_id = rule_set.id
    record(actor, "promotion_rules.chosen", sig, rules=rule_set.name)
    return sig
