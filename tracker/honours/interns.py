"""Excellent interns: who reached what their programme's rule asks for, in which quarter. Computed, never awarded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, and_, case, cast, false, func, or_, select, true

from tracker.accounts.models import User
from tracker.cycles.quarters import bounds
from tracker.db import db
from tracker.honours.queries import NAME, shown
from tracker.ledger.models import POINTS, Transfer
from tracker.ledger.queries import Credited, signed
from tracker.programmes.models import Programme, Rules
from tracker.programmes.months import quarter_of_month
from tracker.programmes.queries import all_programmes
from tracker.sigs.models import Sig


@dataclass(frozen=True, slots=True)
class Rule:
    """What makes an excellent intern of a programme: ``points`` in all, a task of at least ``least`` among them; the rules of
    the programme that are in force on the quarter's last day."""

    programme: Programme
    rules: Rules
    points: int
    least: int


def rules_for(quarter: str) -> list[Rule]:
    """The rules that hold for a quarter, of every programme that has one; two statements."""
    last = bounds(quarter)[1]
    newest: dict[int, Rules] = {}
    for row in db.session.scalars(select(Rules).where(Rules.valid_from <= last).order_by(Rules.valid_from)):
        newest[row.programme_id] = row
    return [
        Rule(one, newest[one.id], said["points"], said["task_of_at_least"])
        for one in all_programmes()
        if one.id in newest and (said := newest[one.id].excellent_intern)
    ]


def _reached(rules: Sequence[Rule], quarter: str) -> Any:
    """(programme_id, user_id) of who has what the rule asks for at the quarter's end and hadn't at its beginning: all points,
    corrections included, and the largest accepted task. Months are cut in the programme's zone."""
    first, last = bounds(quarter)
    before = Transfer.month < f"{first:%Y-%m}"
    # Nobody else can have come to it in the quarter.
    moved = select(Transfer.user_id).where(
        Transfer.kind == POINTS, Transfer.month.between(f"{first:%Y-%m}", f"{last:%Y-%m}"),
        Transfer.programme_id.in_([rule.programme.id for rule in rules]),
    )  # fmt: skip
    each = (
        select(
            Transfer.programme_id, Transfer.user_id, Transfer.claim_id,
            func.sum(signed()).label("points"),
            func.sum(case((before, signed()), else_=0)).label("points_before"),
        )
        .join(Credited, Credited.id == Transfer.credit_id)
        .where(
            Transfer.kind == POINTS, Transfer.month <= f"{last:%Y-%m}",
            Transfer.programme_id.in_([rule.programme.id for rule in rules]), Transfer.user_id.in_(moved),
        )
        .group_by(Transfer.programme_id, Transfer.user_id, Transfer.claim_id)
        .subquery("each_claim")
    )  # fmt: skip

    def met(rule: Rule, points: Any) -> ColumnElement[bool]:
        largest = func.max(case((each.c.claim_id.is_not(None), points), else_=0))
        return and_(func.sum(points) >= rule.points, largest >= rule.least)

    return (
        select(each.c.programme_id, each.c.user_id)
        .group_by(each.c.programme_id, each.c.user_id)
        .having(
            or_(
                false(),
                *(
                    and_(each.c.programme_id == rule.programme.id, met(rule, each.c.points), ~met(rule, each.c.points_before))
                    for rule in rules
                ),
            )
        )
        .cte("reached")
        .prefix_with("MATERIALIZED")  # it is read twice
    )  # fmt: skip


def _worked_for(reached: Any, sig: Sig | None, quarter: str) -> ColumnElement[bool]:
    """Have an accepted task of the SIG by the quarter's end."""
    if sig is None:
        return true()
    last = bounds(quarter)[1]
    return (
        select(Transfer.id)
        .where(
            Transfer.user_id == reached.c.user_id, Transfer.programme_id == reached.c.programme_id,
            Transfer.sig_id == sig.id, Transfer.kind == POINTS, Transfer.claim_id.is_not(None),
            Transfer.month <= f"{last:%Y-%m}",
        )
        .exists()
    )  # fmt: skip


def excellent(
    rules: Sequence[Rule], quarter: str, sig: Sig | None = None
) -> tuple[Select[*tuple[Any, ...]], list[Any]]:
    """(user_id, programme_id, handle, who, slug, name, name_zh) of who is shown, with the keys it is paged by, ascending;
    ``hidden`` in each row says how many reached it and aren't shown."""
    reached = _reached(rules, quarter)
    hidden = _hidden(reached.alias("others"), sig, quarter)
    query = (
        select(
            reached.c.user_id, reached.c.programme_id, User.handle, NAME.label("who"), Programme.slug, Programme.name,
            Programme.name_zh, hidden.scalar_subquery().label("hidden"),
        )
        .join(User, User.id == reached.c.user_id)
        .join(Programme, Programme.id == reached.c.programme_id)
        .where(shown(), _worked_for(reached, sig, quarter))
    )  # fmt: skip
    return query, [reached.c.programme_id, reached.c.user_id]


def _hidden(reached: Any, sig: Sig | None, quarter: str) -> Select[*tuple[Any, ...]]:
    ids = select(User.id).where(~shown()).correlate(None)
    return (
        select(func.count())
        .select_from(reached)
        .where(reached.c.user_id.in_(ids), _worked_for(reached, sig, quarter))
        .correlate(None)
    )


def count_hidden(rules: Sequence[Rule], quarter: str, sig: Sig | None = None) -> int:
    """How many reached it and aren't shown, where nobody is."""
    return db.session.scalar(_hidden(_reached(rules, quarter), sig, quarter)) or 0


def tasks_of(user_ids: Sequence[int], quarter: str) -> dict[tuple[int, int], tuple[int, list[Sig]]]:
    """(person, programme) → how many tasks of theirs were accepted by the quarter's end, and for which SIGs; two statements."""
    last = bounds(quarter)[1]
    query = (
        select(Transfer.user_id, Transfer.programme_id, Transfer.sig_id, cast(func.count(Transfer.claim_id.distinct()), BigInteger))
        .where(
            Transfer.user_id.in_(user_ids), Transfer.kind == POINTS, Transfer.claim_id.is_not(None),
            Transfer.reward_id.is_(None), Transfer.reverses_id.is_(None), Transfer.month <= f"{last:%Y-%m}",
        )
        .group_by(Transfer.user_id, Transfer.programme_id, Transfer.sig_id)
    )  # fmt: skip
    rows = db.session.execute(query).all()
    sigs = {sig.id: sig for sig in db.session.scalars(select(Sig).where(Sig.id.in_({row.sig_id for row in rows})))}
    found: dict[tuple[int, int], tuple[int, list[Sig]]] = {}
    for user_id, programme_id, sig_id, count in rows:
        tasks, of = found.get((user_id, programme_id), (0, []))
        found[user_id, programme_id] = (tasks + count, sorted([*of, sigs[sig_id]], key=lambda sig: sig.name))
    return found


@dataclass(frozen=True, slots=True)
class Entry:
    """Points of a person in a month, for a claim or (None) by a correction."""

    programme_id: int
    month: str
    claim_id: int | None
    points: int


def quarters_of(user_id: int) -> list[tuple[str, Programme]]:
    """The quarters in which the person became an excellent intern, newest first; three statements."""
    query = (
        select(Transfer.programme_id, Transfer.month, Transfer.claim_id, func.sum(signed()))
        .join(Credited, Credited.id == Transfer.credit_id)
        .where(Transfer.user_id == user_id, Transfer.kind == POINTS)
        .group_by(Transfer.programme_id, Transfer.month, Transfer.claim_id)
    )
    entries = [Entry(row[0], row[1], row[2], int(row[3])) for row in db.session.execute(query)]
    rules = list(db.session.scalars(select(Rules).order_by(Rules.valid_from)))
    programmes = {programme.id: programme for programme in all_programmes()} if entries else {}
    return [(quarter, programmes[key]) for quarter, key in quarters_reached(entries, rules)]


def quarters_reached(entries: Sequence[Entry], rules: Sequence[Rules]) -> list[tuple[str, int]]:
    """(quarter, programme id), newest first: where the rule is met at the quarter's end and wasn't at its beginning.

    ``rules`` of every programme, oldest first. What ``excellent`` computes for many people in the database, for one.
    """
    found = []
    for quarter in sorted({quarter_of_month(entry.month) for entry in entries}, reverse=True):
        first, last = bounds(quarter)
        in_force = {row.programme_id: row.excellent_intern for row in rules if row.valid_from <= last}
        for programme_id, said in sorted(in_force.items()):
            mine = [entry for entry in entries if entry.programme_id == programme_id]
            until = [entry for entry in mine if entry.month <= f"{last:%Y-%m}"]
            before = [entry for entry in mine if entry.month < f"{first:%Y-%m}"]
            if said and _meets(until, said) and not _meets(before, said):
                found.append((quarter, programme_id))
    return found


def _meets(entries: Sequence[Entry], said: Mapping[str, int]) -> bool:
    tasks: dict[int, int] = {}
    for entry in entries:
        if entry.claim_id is not None:
            tasks[entry.claim_id] = tasks.get(entry.claim_id, 0) + entry.points
    enough = sum(entry.points for entry in entries) >= said["points"]
    return enough and max(tasks.values(), default=0) >= said["task_of_at_least"]
