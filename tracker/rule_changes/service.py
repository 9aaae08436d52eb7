"""What is done about rules: proposed with all their numbers, then approved or declined by somebody else, or withdrawn.

Each step holds the programme and then the proposal, and asks everything again: a month may have been settled meanwhile, or
other rules added.
"""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from tracker import clock
from tracker.db import db, lock
from tracker.errors import Forbidden, Refused
from tracker.events import record
from tracker.events.history import history
from tracker.permissions import Actor, allowed, demand
from tracker.permissions import Permission as P
from tracker.programmes.models import Programme
from tracker.programmes.service import add_rules
from tracker.rule_changes import queries, rules
from tracker.rule_changes.models import PROPOSED, RuleChange
from tracker.rule_changes.workflow import RULE_CHANGE
from tracker.text import LazyString, Text, _l

LONGEST_REASON = 2000


def propose_rule_change(
    actor: Actor, programme: Programme, *, valid_from: dt.date, reason: str, base: int, **numbers: Any
) -> RuleChange:
    """Propose a set of rules in force from ``valid_from``; ``numbers`` as Rules has them (``rules.COLUMNS``), money in fen.

    ``base`` is the id of the set that it was compared with, 0 where the programme has none. Raises Forbidden, and Refused at a
    field, when rules were added meanwhile, nothing differs, or a proposal for this day waits already.
    """
    if actor.id is None:
        raise Forbidden(P.RULES_PROPOSE)
    demand(actor, P.RULES_PROPOSE, programme)
    programme = lock(Programme, programme.id)
    rules.check_change(queries.facts_of(programme, valid_from, numbers, base))
    change = RuleChange(
        programme=programme, valid_from=valid_from, numbers={name: numbers[name] for name in rules.COLUMNS},
        base_id=base or None, reason=_said(reason), state=PROPOSED, proposed_by_id=actor.id, proposed_at=clock.now(),
    )  # fmt: skip
    db.session.add(change)
    record(actor, "rule_change.proposed", change, **_facts(change))
    return change


def approve_rule_change(actor: Actor, change: RuleChange, *, version: int, reason: str = "") -> RuleChange:
    """Put a proposed set of rules in force from its day on; never by who proposed it.

    Raises Forbidden, and Refused when it was decided meanwhile, a month on its day or later was settled, or other rules were added.
    """
    change = _hold(actor, change, "approve", version)
    rules.check_change(queries.facts_of(change.programme, change.valid_from, change.numbers, change.base_id or 0))
    added = add_rules(actor, change.programme, valid_from=change.valid_from, change=change, **change.numbers)
    _decide(actor, change, "approve", reason.strip())
    change.rules_id = added.id
    record(
        actor, "rule_change.approved", change, tell=[change.proposed_by_id], reason=change.decision, **_facts(change)
    )
    return change


def decline_rule_change(actor: Actor, change: RuleChange, *, version: int, reason: str) -> RuleChange:
    """Say no to a proposed set of rules, with a reason; never by who proposed it. Raises Forbidden, Refused."""
    change = _hold(actor, change, "decline", version)
    _decide(actor, change, "decline", _said(reason))
    record(
        actor, "rule_change.declined", change, tell=[change.proposed_by_id], reason=change.decision, **_facts(change)
    )
    return change


def withdraw_rule_change(actor: Actor, change: RuleChange, *, version: int, reason: str) -> RuleChange:
    """Take one's own proposal back, with a reason. Raises Forbidden, Refused."""
    change = _hold(actor, change, "withdraw", version)
    _decide(actor, change, "withdraw", _said(reason))
    record(actor, "rule_change.withdrawn", change, reason=change.decision, **_facts(change))
    return change


def _hold(actor: Actor, change: RuleChange, action: str, version: int) -> RuleChange:
    """The proposal, held after its programme, as the actor last saw it. Raises Forbidden, Refused."""
    lock(Programme, change.programme_id)
    change = lock(RuleChange, change.id)
    permission = RULE_CHANGE.steps[action].permission
    if permission is None or not allowed(actor, permission, change):
        raise Forbidden(permission)
    if change.version != version:
        raise Refused(
            _l("This proposal changed since you opened the page: %(what)s. Look at it again.", what=_meanwhile(change))
        )
    RULE_CHANGE.check(actor, change, action)
    return change


def _decide(actor: Actor, change: RuleChange, action: str, reason: str) -> None:
    RULE_CHANGE.advance(actor, change, action)
    change.decided_by_id, change.decided_at, change.decision = actor.id, clock.now(), reason
    change.version += 1


def _said(reason: str) -> str:
    reason = reason.strip()
    if not reason:
        raise Refused(_l("Say why: it stands beside the rules from then on."), field="reason")
    if len(reason) > LONGEST_REASON:
        raise Refused(_l("At most %(longest)s characters.", longest=LONGEST_REASON), field="reason")
    return reason


def _facts(change: RuleChange) -> dict[str, Any]:
    return {"programme": change.programme.name, "valid_from": change.valid_from.isoformat()}


def _meanwhile(change: RuleChange) -> LazyString | Text:
    """What happened to it last, when, and its state now."""
    happened = next(iter(history("rule_change", change.id, limit=1)), None)
    if happened is None:
        return _l("it is newer than the page that you had open")
    return _l(
        "%(what)s (%(when)s). It is now “%(state)s”", what=happened.sentence, state=RULE_CHANGE.states[change.state],
        when=f"{happened.at.astimezone(ZoneInfo(change.programme.time_zone)):%Y-%m-%d %H:%M}",
    )  # fmt: skip
