"""A person's account: by programme and month, each figure with the events behind it and the rule that it was computed by."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import and_, func, select

from tracker import clock
from tracker.db import db
from tracker.payees.queries import contract_ends, exclusions_of
from tracker.programmes.models import Programme, Rules
from tracker.programmes.months import last_day, month_of, months_from, next_month
from tracker.programmes.queries import has_signed_any, rules_of
from tracker.programmes.rules import in_force
from tracker.programmes.wages import Account, Month, Scheme
from tracker.rewards import queries as rewards
from tracker.rewards.models import CANCELLED, PayoutBatch, Reward
from tracker.settlements.models import Settlement, SettlementLine
from tracker.settlements.queries import wage_standing
from tracker.settlements.rules import follow


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthOf:
    """A month of a person. ``figures`` is None where the programme pays no wage; ``line`` where it isn't settled yet.

    ``entries``: the points of the month, oldest first. ``rules``: in force on its last day.
    """

    month: str
    entries: list[Any]
    rules: Rules | None
    figures: Month | None
    line: Any | None
    excluded: str
    contract_ended: bool
    so_far: bool

    @property
    def points(self) -> int:
        """All points of the month, also those that no wage is paid for."""
        return sum(entry.points for entry in self.entries)


@dataclass(frozen=True, slots=True)
class Statement:
    """A programme: months newest first, points in all, the rules in force today (None: there are none yet).

    ``wage_rules`` are those of the newest month, which may begin before its end: ``tier``, ``next_tier`` and ``scheme`` are
    theirs.
    """

    programme: Programme
    months: list[MonthOf]
    total: int
    rules: Rules | None
    wage_rules: Rules | None = None
    #: The part of ``total`` that wages are paid for.
    for_wage: int = 0
    #: (points, fen) of the tier that is reached, and of the next (None on the last).
    tier: tuple[int, int] = (0, 0)
    next_tier: tuple[int, int] | None = None
    #: Fen by what became of it: settled lines, and months that aren't settled yet.
    settled: int = 0
    open: int = 0
    scheme: Scheme = field(default_factory=Scheme)


def statements(user_id: int) -> list[Statement]:
    """The account of a person, by programme."""
    by_programme: dict[int, list[Any]] = defaultdict(list)
    for entry in rewards.entries_of(user_id):
        by_programme[entry.programme_id].append(entry)
    found = [_statement(user_id, programme, by_programme[programme.id]) for programme in rewards.programmes_of(user_id)]
    # Where there is something to read comes first.
    return sorted(found, key=lambda statement: not statement.months)


def _statement(user_id: int, programme: Programme, entries: list[Any]) -> Statement:
    sets = list(rules_of(programme.id))
    today = clock.today(programme.time_zone)
    now = next((rules for rules in sets if rules.valid_from <= today), None)
    months = _months(user_id, programme, entries, sets)
    wage_rules = months[0].rules if months else now
    scheme = wage_rules.scheme if wage_rules else Scheme()
    total = sum(entry.points for entry in entries)
    counts = sum(entry.points for entry in entries if entry.for_wage)
    return Statement(
        programme, months, total, now, wage_rules, counts, scheme.tier(counts), scheme.next_tier(counts),
        settled=sum(m.line.payable for m in months if m.line and m.line.state and m.line.state != CANCELLED),
        open=sum(m.figures.payable for m in months if m.figures and m.line is None and not m.excluded),
        scheme=scheme,
    )  # fmt: skip


def _months(user_id: int, programme: Programme, entries: list[Any], sets: list[Rules]) -> list[MonthOf]:
    """Every month with points or a line, newest first; months that aren't settled yet as they would be now."""
    lines = {line.month: line for line in _lines(user_id, programme.id)}
    last = db.session.scalar(
        select(Settlement.month)
        .where(Settlement.programme_id == programme.id)
        .order_by(Settlement.month.desc())
        .limit(1)
    )
    by_month: dict[str, list[Any]] = defaultdict(list)
    for entry in entries:
        by_month[entry.month].append(entry)
    found = [
        _settled(month, by_month[month], in_force(sets, month), lines.get(month))
        for month in sorted({*by_month, *lines})
        if last and month <= last
    ]
    if not entries and not lines:
        return []
    now = month_of(clock.now(), programme.time_zone)
    first = next_month(last) if last else min(by_month)
    found += _open(user_id, programme, by_month, sets, lines, months_from(first, now))
    return found[::-1]


def _settled(month: str, entries: list[Any], rules: Rules | None, line: Any | None) -> MonthOf:
    figures = None
    if line is not None:
        figures = Month(
            before=line.before, earned=line.earned, carried_over=line.carried_over, converted=line.converted,
            gross=line.gross, settled=line.settled, payable=line.payable, held=line.held,
        )  # fmt: skip
    return MonthOf(
        month=month, entries=entries, rules=rules, figures=figures, line=line, excluded=line.excluded if line else "",
        contract_ended=bool(line and line.contract_ended), so_far=False,
    )  # fmt: skip


def _open(
    user_id: int, programme: Programme, by_month: dict[str, list[Any]], sets: list[Rules], lines: dict[str, Any],
    months: list[str],
) -> list[MonthOf]:  # fmt: skip
    """The months that aren't settled, one after the other, as if each were paid."""
    counted = [line for line in lines.values() if line.state and line.state != CANCELLED]
    before = sum(
        entry.points for month, entries in by_month.items() for entry in entries
        if entry.for_wage and (not months or month < months[0])
    )  # fmt: skip
    account = Account(before, sum(line.converted for line in counted), sum(line.payable for line in counted))
    signed = has_signed_any(user_id, programme)
    out, end = exclusions_of(user_id, programme.id), contract_ends(programme.id, user_id).get(user_id)
    reasons = {
        month: next((x.kind for x in out if x.holds_on(last_day(month))), "" if signed else "unsigned")
        for month in months
    }
    in_turn = follow(
        account, [(month, _scheme(sets, month)) for month in months],
        {month: sum(entry.points for entry in by_month[month] if entry.for_wage) for month in months},
        contract_end=end, unpaid={month for month, reason in reasons.items() if reason},
    )  # fmt: skip
    return [
        MonthOf(
            month=month, entries=by_month[month], rules=in_force(sets, month),
            figures=figures if _scheme(sets, month).kind != "none" else None, line=None,
            excluded=reasons[month] if figures.payable else "", contract_ended=end is not None and end <= last_day(month),
            so_far=month == months[-1],
        )
        for month, figures, _account in in_turn
        if by_month[month] or figures.payable or month == months[-1]
    ]  # fmt: skip


def _scheme(sets: list[Rules], month: str) -> Scheme:
    rules = in_force(sets, month)
    return rules.scheme if rules else Scheme()


def _lines(user_id: int, programme_id: int) -> list[Any]:
    """The person's lines of committed settlements, with what became of their wage."""
    standing = wage_standing()
    query = (
        select(
            Settlement.month, SettlementLine.before, SettlementLine.earned, SettlementLine.carried_over,
            SettlementLine.converted, SettlementLine.gross, SettlementLine.settled, SettlementLine.payable,
            SettlementLine.held, SettlementLine.excluded, SettlementLine.contract_ended, Reward.id.label("reward_id"),
            Reward.state, Reward.paid_at, Reward.payment_reference, Reward.reason, PayoutBatch.number.label("batch"),
        )
        .join(Settlement, Settlement.id == SettlementLine.settlement_id)
        .outerjoin(standing, and_(standing.c.settlement_id == SettlementLine.settlement_id,
                                  standing.c.user_id == SettlementLine.user_id))
        .outerjoin(Reward, Reward.id == func.coalesce(standing.c.reward_id, SettlementLine.reward_id))
        .outerjoin(PayoutBatch, PayoutBatch.id == Reward.batch_id)
        .where(SettlementLine.user_id == user_id, Settlement.programme_id == programme_id)
        .order_by(Settlement.month)
    )  # fmt: skip
    return list(db.session.execute(query))
