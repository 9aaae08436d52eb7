"""What is asked about changes of rules, and what they would change for whom."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import aliased

from tracker import clock
from tracker.accounts.models import User
from tracker.db import db, find
from tracker.errors import Missing, Refused
from tracker.ledger.models import Transfer
from tracker.payees.models import PayExclusion
from tracker.payees.queries import contract_ends
from tracker.permissions import Actor
from tracker.programmes.models import Programme, Rules
from tracker.programmes.months import last_day, month_of, months_from
from tracker.programmes.queries import rules_of
from tracker.programmes.rules import in_force
from tracker.programmes.wages import Account, Scheme
from tracker.rule_changes.models import PROPOSED, RuleChange
from tracker.rule_changes.rules import Facts, numbers_of
from tracker.rule_changes.simulation import Comparison, Course, Plan, compare
from tracker.settlements import queries as settlements
from tracker.settlements.models import Settlement
from tracker.text import _l

_Proposer, _Decider = aliased(User), aliased(User)


def get_rule_change(slug: str, change_id: int) -> RuleChange:
    """A change of the programme with this slug. Raises Missing."""
    found = find(RuleChange, change_id)
    if found is None or found.programme.slug != slug:
        raise Missing(f"change {change_id} of the rules of {slug}")
    return found


def change_rows(programme_id: int) -> Select[*tuple[Any, ...]]:
    """Changes of a programme, unordered: id, valid_from, state, reason, decision, proposed_at, decided_at, rules_id, and the
    handles and names of who proposed and decided (``proposer``, ``proposed_by``, ``decider``, ``decided_by``)."""
    return (
        select(
            RuleChange.id, RuleChange.valid_from, RuleChange.state, RuleChange.reason, RuleChange.decision,
            RuleChange.proposed_at, RuleChange.decided_at, RuleChange.rules_id, _Proposer.handle.label("proposed_by"),
            _Proposer.display_name.label("proposer"), _Decider.handle.label("decided_by"), _Decider.display_name.label("decider"),
        )
        .join(_Proposer, _Proposer.id == RuleChange.proposed_by_id)
        .outerjoin(_Decider, _Decider.id == RuleChange.decided_by_id)
        .where(RuleChange.programme_id == programme_id)
    )  # fmt: skip


def open_changes(programme_id: int) -> list[Any]:
    """Changes that wait for a decision, the first day first, as ``change_rows``."""
    query = change_rows(programme_id).where(RuleChange.state == PROPOSED).order_by(RuleChange.valid_from, RuleChange.id)
    return list(db.session.execute(query))


def changes_by_rules(programme_id: int) -> dict[int, Any]:
    """Set of rules → the change that it came from, as ``change_rows``; sets that were imported have none."""
    rows = db.session.execute(change_rows(programme_id).where(RuleChange.rules_id.is_not(None)))
    return {row.rules_id: row for row in rows}


def waiting_for(who: Actor) -> list[Row[Any]]:
    """Proposals that ``who`` may decide about, the oldest first: id, valid_from, slug, programme, proposer, proposed_at."""
    if who.id is None or not (who.is_finance or who.is_admin):
        return []
    query = (
        select(
            RuleChange.id, RuleChange.valid_from, RuleChange.proposed_at, Programme.slug, Programme.name.label("programme"),
            _Proposer.display_name.label("proposer"),
        )
        .join(Programme, Programme.id == RuleChange.programme_id)
        .join(_Proposer, _Proposer.id == RuleChange.proposed_by_id)
        .where(RuleChange.state == PROPOSED, RuleChange.proposed_by_id != who.id)
        .order_by(RuleChange.proposed_at, RuleChange.id)
        .limit(50)
    )  # fmt: skip
    return list(db.session.execute(query))


# -- what a change is judged by -------------------------------------------------------------------


def newest_rules(programme_id: int) -> Rules | None:
    """The set that begins last: what a change replaces."""
    return next(iter(rules_of(programme_id)), None)


def wage_currency(programme_id: int) -> str:
    """The currency of the programme's newest wage."""
    sets = rules_of(programme_id)
    return next((rules.wage_currency for rules in sets if rules.wage_scheme != "none"), "CNY")


def facts_of(
    programme: Programme, valid_from: dt.date, numbers: Mapping[str, Any], compared_with: int | None = None
) -> Facts:
    """What ``rules.check_change`` judges a change by, as things are now; compared with the newest set unless another is named."""
    sets = rules_of(programme.id)
    base = sets[0] if sets else None
    base_id = base.id if base else 0
    return Facts(
        valid_from=valid_from, today=clock.today(programme.time_zone), numbers=numbers, base=numbers_of(base), base_id=base_id,
        compared_with=base_id if compared_with is None else compared_with,
        newest=base.valid_from if base else None, last_settled=settlements.last_settled(programme.id),
        currency=_currency(programme, valid_from, sets),
    )  # fmt: skip


def _currency(programme: Programme, valid_from: dt.date, sets: Sequence[Rules]) -> str | None:
    """The currency that months before ``valid_from`` were or will be settled in; None where there are none."""
    settled = db.session.scalar(select(Settlement.currency).where(Settlement.programme_id == programme.id).limit(1))
    first = settlements.first_month(programme.id)
    if settled is not None or first is None:
        return settled
    before = [in_force(sets, month) for month in months_from(first, f"{valid_from:%Y-%m}")[:-1]]
    return next((rules.wage_currency for rules in before if rules and rules.wage_scheme != "none"), None)


# -- what it would change -------------------------------------------------------------------------


def effect(programme: Programme, valid_from: dt.date, numbers: Mapping[str, Any]) -> Comparison:
    """What the months that aren't settled come to without and with a set of rules, by the points so far: to the present month,
    or to the one in which the set begins. A fixed number of statements. Changes nothing."""
    sets = rules_of(programme.id)
    candidate = Rules(programme_id=programme.id, valid_from=valid_from, **numbers)
    now = month_of(clock.now(), programme.time_zone)
    first = settlements.due_month(programme.id) or now
    months = months_from(first, max(first, now, f"{valid_from:%Y-%m}"))
    old, new = _plan(months, sets), _plan(months, [*sets, candidate])
    return compare(courses(programme, months, schemes=[*old, *new], settled=True), (), old, new)


def what_if(programme: Programme, scheme: Scheme, first: str, last: str) -> Comparison:
    """What the months from ``first`` to ``last`` pay by the rules in force, and what they would have paid by ``scheme``,
    computed over all points from the very first on. A fixed number of statements. Changes nothing.

    Raises Refused when the rules of these months pay in another currency than ``scheme``.
    """
    sets = rules_of(programme.id)
    begin = min(settlements.first_month(programme.id) or first, first)
    months = months_from(begin, last)
    old = _plan(months, sets)
    if any(one.kind != "none" and one.currency != scheme.currency for _month, one in old):
        raise Refused(
            _l("The rules of these months pay in several currencies: their sums can't be compared."), field="first"
        )
    since = months.index(first)
    new = [(month, scheme) for month in months[since:]]
    return compare(courses(programme, months, schemes=[*old, *new], settled=False), old[:since], old[since:], new)


def _plan(months: Sequence[str], sets: Sequence[Rules]) -> Plan:
    """Each month with the scheme of its last day."""
    schemes = {rules.valid_from: rules.scheme for rules in sets}
    found = ((month, in_force(sets, month)) for month in months)
    return [(month, schemes[rules.valid_from] if rules else Scheme()) for month, rules in found]


def courses(programme: Programme, months: Sequence[str], *, schemes: Plan, settled: bool) -> list[Course]:
    """Everybody with points to the end of ``months``; ``settled``: they bring in what was settled before, else nothing.

    Who erased their account gave up what wasn't settled: they have no course in months to come.
    """
    points = settlements.points_by_month(programme.id, months[-1])
    paid = settlements.settled_so_far(programme.id) if settled else {}
    signers = settlements.signers(programme)
    out = _exclusions(programme.id)
    steps = any(scheme.kind == "steps" for _month, scheme in schemes)
    ends = contract_ends(programme.id) if steps else {}
    unsigned = dict.fromkeys(months, "unsigned")
    found = []
    for user_id, handle, name in _people(programme.id, erased=not settled):
        earned = points.get(user_id, {})
        before = sum(number for month, number in earned.items() if month < months[0])
        excluded = {month: row.kind for row in out[user_id] for month in months if row.holds_on(last_day(month))}
        found.append(
            Course(
                user_id=user_id, handle=handle, name=name or handle, account=Account(before, *paid.get(user_id, (0, 0))),
                earned=earned, contract_end=ends.get(user_id),
                unpaid=excluded if signers is None or user_id in signers else unsigned | excluded,
            )
        )  # fmt: skip
    return found


def _people(programme_id: int, *, erased: bool) -> list[Any]:
    """(id, handle, display_name) of everybody with points of the programme that a wage is paid for; ``erased`` accounts too?"""
    with_points = select(Transfer.user_id).where(
        Transfer.programme_id == programme_id, Transfer.kind == "points", Transfer.for_wage
    )
    query = select(User.id, User.handle, User.display_name).where(User.id.in_(with_points))
    return list(db.session.execute(query if erased else query.where(User.erased_at.is_(None))))


def _exclusions(programme_id: int) -> dict[int, list[PayExclusion]]:
    found: dict[int, list[PayExclusion]] = defaultdict(list)
    for row in db.session.scalars(select(PayExclusion).where(PayExclusion.programme_id == programme_id)):
        found[row.user_id].append(row)
    return found
