"""What is done with settlements: previewed as often as one likes, committed once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert

from tracker import clock
from tracker.db import db, lock
from tracker.errors import Forbidden, Refused
from tracker.events import record
from tracker.money import written
from tracker.permissions import Actor, demand
from tracker.permissions import Permission as P
from tracker.programmes.models import Programme, Rules
from tracker.programmes.months import is_month, last_day, month_of, quarter_of_month
from tracker.programmes.queries import rules_on, wages_ended
from tracker.rewards.models import PROPOSED, Reward, RewardAcceptor
from tracker.settlements import queries, rules
from tracker.settlements.models import Settlement, SettlementLine
from tracker.settlements.rules import Figures
from tracker.text import _day, _l, _nl


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page showed of a preview before somebody committed it: lines that pay, their sum in fen, a fingerprint."""

    count: int
    amount: int
    seen: str


@dataclass(frozen=True, slots=True)
class Preview:
    """A month as it would be settled now."""

    programme: Programme
    month: str
    rules: Rules
    lines: list[Figures]


def preview(programme: Programme, month: str) -> Preview:
    """The month as it would be settled now, by the rules of its last day. Changes nothing.

    Raises Refused for what is no month, a programme without wages or rules, and a month whose turn it isn't.
    """
    if not is_month(month):
        raise Refused(_l("A month such as 2026-11 is asked for here."), field="month")
    now = month_of(clock.now(), programme.time_zone)
    rules.check_month(month, now=now, due=queries.due_month(programme.id))
    in_force = rules_on(programme.id, last_day(month))
    if in_force.wage_scheme == "none":
        if (ended := wages_ended(programme.id)) is not None:
            raise Refused(
                _l("%(programme)s pays no wage since %(day)s: there is nothing to settle any more. What is still owed to somebody"
                   " is proposed by hand, as a bonus.", programme=programme.name, day=_day(ended))
            )  # fmt: skip
        raise Refused(_l("%(programme)s pays no wage: there is nothing to settle.", programme=programme.name))
    scheme = in_force.scheme
    return Preview(programme, month, in_force, rules.settle(scheme, month, queries.people(programme, month, scheme)))


def commit_settlement(actor: Actor, programme: Programme, *, month: str, shown: Shown | None = None) -> Settlement:
    """Settle a month for all persons of a programme: frozen lines, and a proposed wage line for everybody who is paid.

    A month that is settled already stays as it is and is given back. With ``shown`` it is refused unless the settlement is
    what the page showed. Raises Forbidden, Refused.
    """
    if actor.id is None:
        raise Forbidden(P.SETTLEMENT_COMMIT)
    demand(actor, P.SETTLEMENT_COMMIT, programme)
    programme = lock(Programme, programme.id)
    if (done := queries.find_settlement(programme.id, month)) is not None:
        if shown is not None:
            _check_done(done, shown)
        return done
    found = preview(programme, month)
    if shown is not None:
        rules.check_shown(found.lines, count=shown.count, amount=shown.amount, seen=shown.seen)
    sums = rules.sums(found.lines)
    settlement = Settlement(
        programme=programme, month=month, rules_id=found.rules.id, currency=found.rules.wage_currency, count=sums.count,
        amount=sums.amount, committed_by_id=actor.id, committed_at=clock.now(),
    )  # fmt: skip
    db.session.add(settlement)
    db.session.flush()
    _freeze(actor, settlement, found.lines)
    record(actor, "settlement.committed", settlement, month=month, count=sums.count, amount=sums.amount,
           currency=settlement.currency)  # fmt: skip
    if unsigned := [
        line.person.user_id for line in found.lines if line.person.excluded == "unsigned" and line.month.payable
    ]:
        record(actor, "settlement.unsigned", programme, tell=unsigned, month=month)
    return settlement


def _check_done(done: Settlement, shown: Shown) -> None:
    """Raises Refused where somebody settled the month meanwhile, and not as the page showed it."""
    frozen = queries.lines_of(done.id)
    seen = rules.seen_as((line.user_id, line.before + line.earned, line.payable, line.excluded) for line in frozen)
    if (done.count, done.amount, seen) != (shown.count, shown.amount, shown.seen):
        who = done.committed_by
        raise Refused(
            _nl("%(name)s settled the month meanwhile, with other figures than your page showed: %(num)s line, %(sum)s.",
                "%(name)s settled the month meanwhile, with other figures than your page showed: %(num)s lines, %(sum)s.",
                done.count, name=who.display_name or who.handle, sum=written(done.amount, done.currency))
        )  # fmt: skip


def _freeze(actor: Actor, settlement: Settlement, lines: list[Figures]) -> None:
    """The lines as they were computed, each with the wage that follows from it; some statements for all of them."""
    paid = [line for line in lines if line.pays]
    _insert(Reward, [_wage(actor, settlement, line) for line in paid])
    wages = queries.wages_of(settlement.id)
    accepted = queries.acceptors_of(settlement.programme_id, settlement.month, wages)
    _insert(
        RewardAcceptor,
        [
            {"reward_id": wages[user_id], "user_id": acceptor}
            for user_id, acceptors in sorted(accepted.items())
            for acceptor in sorted(acceptors)
        ],
    )
    _insert(
        SettlementLine,
        [
            {
                "settlement_id": settlement.id, "user_id": line.person.user_id, "before": line.month.before,
                "earned": line.month.earned, "carried_over": line.month.carried_over, "converted": line.month.converted,
                "gross": line.month.gross, "settled": line.month.settled, "payable": line.month.payable,
                "held": line.month.held, "contract_ended": line.contract_ended, "excluded": line.person.excluded,
                "reward_id": wages.get(line.person.user_id),
            }
            for line in lines
        ],
    )  # fmt: skip


def _wage(actor: Actor, settlement: Settlement, line: Figures) -> dict[str, Any]:
    return {
        "sig_id": line.person.sig_id, "programme_id": settlement.programme_id, "settlement_id": settlement.id,
        "quarter": quarter_of_month(settlement.month), "month": settlement.month, "user_id": line.person.user_id,
        "kind": "wage", "description": f"Wage {settlement.month}", "amount": line.pays, "currency": settlement.currency,
        "state": PROPOSED, "proposed_by_id": actor.id, "proposed_at": settlement.committed_at,
    }  # fmt: skip


def _insert(model: type[Any], rows: list[dict[str, Any]]) -> None:
    if rows:
        db.session.execute(insert(model), rows)
