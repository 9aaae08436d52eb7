"""Whatever happens in whatever order: the ledger balances, nothing is paid twice, and every payable is what the scheme says.

The payables are computed a second time here, straight from the sentences of the rules and from the events alone.
"""

from __future__ import annotations

import datetime as dt
import os
import random
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from tests.claims.test_properties import rolled_back
from tests.settlements.ways import BEIJING
from tests.support.cast import Cast
from tracker.accounts.models import User
from tracker.batches import service as batches
from tracker.batches.rules import choose
from tracker.claims.models import Claim
from tracker.db import db, transaction
from tracker.errors import Forbidden, Refused
from tracker.ledger.audit import first_broken
from tracker.ledger.models import LedgerAccount, Transfer
from tracker.money import decimal
from tracker.programmes.months import next_month
from tracker.rewards import service as rewards
from tracker.rewards.audit import first_difference
from tracker.rewards.models import PayoutBatch, Reward
from tracker.settlements import service
from tracker.settlements.models import Settlement, SettlementLine

TIERS = [[20, 100000], [40, 250000], [60, 400000]]
STEPS = {"rate": 5000, "step": 40, "cap": 120}


def tier(points: int) -> int:
    """Fen in all of so many points in all."""
    return max([fen for needed, fen in TIERS if points >= needed], default=0)


class Year:
    """Three people earn, two maintainers propose and approve, two of finance pay; months go by."""

    def __init__(self, scheme: str, seed: int) -> None:
        self.scheme, self.random = scheme, random.Random(seed)
        self.now = dt.datetime(2026, 1, 5, 12, 0, tzinfo=BEIJING)
        with time_machine.travel(self.now, tick=False):
            self.cast = Cast()
            self.cast.rules.live_claims_per_person = 100
            self.cast.rules.wage_scheme = self.scheme
            self.cast.rules.wage = {"tiers": TIERS} if self.scheme == "tiers" else STEPS
            db.session.commit()
        self.people = [self.cast.dora.id, self.cast.otto.id, self.cast.person("ivo").id]
        db.session.commit()
        self.earned: list[tuple[int, str, int]] = []
        self.expected: dict[tuple[int, str], int] = {}
        self.done: Counter[str] = Counter()

    #: What happens next, and how often.
    STEPS = {
        "accept": 8, "correct": 2, "next_month": 6, "settle": 8, "approve": 12, "pay": 10, "give_back": 4, "reissue": 3,
        "cancel": 3, "edit": 1, "freeze": 4, "bank_answers": 3, "unfreeze": 2,
    }  # fmt: skip

    def walk(self, steps: int) -> None:
        """So many steps, each followed by a look at everything."""
        for _step in range(steps):
            name = self.random.choices(list(self.STEPS), list(self.STEPS.values()))[0]
            getattr(self, name)()
            self.the_ledger_balances_and_agrees_with_the_lines()
            self.nothing_is_paid_twice_and_nothing_that_was_not_approved()
            self.every_payable_is_what_the_scheme_says()
        assert first_broken() is None, "the diary seals the ledger"
        assert first_difference() is None, "balances are what lines and claims say"

    # -- what may happen ----------------------------------------------------------------------------

    def at(self, work: Callable[[], Any]) -> Any:
        """Try a step at this moment of the machine's clock; None when it is refused."""
        try:
            with time_machine.travel(self.now, tick=False):
                return transaction(work)
        except (Refused, Forbidden):
            db.session.rollback()
            return None

    @property
    def month(self) -> str:
        return f"{self.now:%Y-%m}"

    def who(self, name: str) -> User:
        return db.session.get_one(User, getattr(self.cast, name).id)

    def somebody(self) -> User:
        return db.session.get_one(User, self.random.choice(self.people))

    def accept(self) -> None:
        user, points = self.somebody(), self.random.randint(1, 45)
        with time_machine.travel(self.now, tick=False):
            task = self.cast.make_task(points=points)
            claim = self.cast.make_claim(user, task, state="submitted")
        if self.at(lambda: rewards.accept_claim(self.who("nils"), db.session.get_one(Claim, claim.id), points=points)):
            self.earned.append((user.id, self.month, points))
            self.done["accept"] += 1

    def correct(self) -> None:
        user, points = self.somebody(), self.random.choice([-30, -12, -7, -3, 4, 9])
        line = self.at(
            lambda: rewards.propose_reward(
                self.who("mona"), self.cast.akg, user=user, kind="correction", points=points,
                description=f"Counted wrongly {len(self.earned)} {self.done['correct']}",
            )
        )  # fmt: skip
        if line and self.at(lambda: rewards.approve_reward(self.who("max"), self.line(line.id), version=1)):
            self.earned.append((user.id, self.month, points))
            self.done["correct"] += 1

    def next_month(self) -> None:
        first = dt.date.fromisoformat(f"{next_month(self.month)}-03")
        self.now = dt.datetime.combine(first, dt.time(12), tzinfo=BEIJING)

    def settle(self) -> None:
        last = db.session.scalar(select(func.max(Settlement.month)))
        month = next_month(last) if last else min((m for _who, m, _points in self.earned), default=self.month)
        wanted = {user_id: self.pays(user_id, month) for user_id in self.people}
        if self.at(lambda: service.commit_settlement(self.who("fay"), self.cast.programme, month=month)):
            self.expected.update({(user_id, month): fen for user_id, fen in wanted.items()})
            self.done["settle"] += 1

    def pays(self, user_id: int, month: str) -> int:
        """What the sentences of the rules say, from the events and the wage lines that weren't cancelled."""
        total = sum(points for who, when, points in self.earned if who == user_id and when <= month)
        query = select(func.coalesce(func.sum(Reward.amount), 0)).where(
            Reward.user_id == user_id, Reward.kind == "wage", Reward.reissues_id.is_(None), Reward.state != "cancelled"
        )
        settled = int(db.session.scalar(query) or 0)
        if self.scheme == "tiers":
            return max(tier(total) - settled, 0)
        in_hand = total - settled // STEPS["rate"]
        return min(max(in_hand, 0) // STEPS["step"] * STEPS["step"], STEPS["cap"]) * STEPS["rate"]

    def line(self, reward_id: int) -> Reward:
        return db.session.get_one(Reward, reward_id)

    def step(self, name: str, states: tuple[str, ...], work: Callable[[Reward], Any]) -> None:
        """Take a step on any line that is in one of the states."""
        ids = list(db.session.scalars(select(Reward.id).where(Reward.state.in_(states)).order_by(Reward.id)))
        if ids and self.at(lambda: work(self.line(self.random.choice(ids)))):
            self.done[name] += 1

    def approve(self) -> None:
        who = self.random.choice(["max", "max", "fay", "nils", "mona", "dora"])
        self.step(
            "approve", ("proposed",), lambda line: rewards.approve_reward(self.who(who), line, version=line.version)
        )

    def pay(self) -> None:
        stale = self.random.random() < 0.2
        self.step("pay", ("approved", "in_batch", "paid"), lambda line: rewards.pay_reward(
            self.who("finn"), line, reference="B", version=line.version - stale))  # fmt: skip

    def give_back(self) -> None:
        self.step("give_back", ("paid", "in_batch"), lambda line: rewards.return_reward(
            self.who("finn"), line, reason="Account closed", version=line.version))  # fmt: skip

    def reissue(self) -> None:
        self.step("reissue", ("returned",), lambda line: rewards.reissue_reward(
            self.who("mona"), line, version=line.version))  # fmt: skip

    def cancel(self) -> None:
        self.step("cancel", ("proposed", "approved"), lambda line: rewards.cancel_reward(
            self.who("fay"), line, reason="Twice", version=line.version))  # fmt: skip

    def edit(self) -> None:
        """A bonus, changed before somebody approves it."""
        line = self.at(lambda: rewards.propose_reward(
            self.who("mona"), self.cast.akg, user=self.somebody(), kind="bonus", description=f"Talk {self.done}",
            amount=self.random.randint(1, 10**6), currency="CNY"))  # fmt: skip
        if line:
            self.step("edit", ("proposed",), lambda line: rewards.edit_reward(
                self.who("mona"), line, description=line.description, amount=self.random.randint(1, 10**6),
                currency="CNY", version=line.version))  # fmt: skip

    def freeze(self) -> None:
        """A batch of all approved lines that can go in one; now and then of a page that is out of date."""
        with time_machine.travel(self.now, tick=False):
            lines = list(
                db.session.scalars(
                    select(Reward).where(
                        Reward.state == "approved", Reward.currency == "CNY", Reward.amount.is_not(None)
                    )
                )
            )
            taken = choose(lines).taken
            stale = self.random.random() < 0.2
            seen = {line.id: line.version - stale for line in taken}
            amount = sum(line.amount or 0 for line in taken)
        if seen and self.at(lambda: batches.freeze_batch(
                self.who("fay"), lines=seen, count=len(seen), amount=amount, currency="CNY")):  # fmt: skip
            assert not stale
            self.done["freeze"] += 1

    def a_batch(self) -> PayoutBatch | None:
        found = list(db.session.scalars(select(PayoutBatch).order_by(PayoutBatch.id)))
        return self.random.choice(found[-3:]) if found else None

    def unfreeze(self) -> None:
        batch = self.a_batch()
        if batch and self.at(lambda: batches.cancel_batch(
                self.who("fay"), batch, reason="Wrong month", version=batch.version)):  # fmt: skip
            self.done["unfreeze"] += 1

    def bank_answers(self) -> None:
        """Every line of a batch is paid or returned; some answers name a wrong sum, some come twice."""
        batch = self.a_batch()
        if batch is None:
            return
        rows = ["reward,amount,result,reference,reason"]
        for line in db.session.scalars(select(Reward).where(Reward.batch_id == batch.id).order_by(Reward.id)):
            said = self.random.choice(["paid,B-7,", "paid,B-7,", "returned,,Account closed"])
            wrong = self.random.random() < 0.05
            rows.append(f"{line.id},{decimal((line.amount or 0) + wrong)},{said}")
        if result := self.at(lambda: batches.upload_result(self.who("fay"), batch, file="\r\n".join(rows).encode())):
            for _time in range(2):
                if self.at(lambda: batches.apply_result(self.who("finn"), result)):
                    self.done["bank_answers"] += 1

    # -- what holds all the time --------------------------------------------------------------------

    def the_ledger_balances_and_agrees_with_the_lines(self) -> None:
        db.session.expire_all()
        balance: dict[tuple[str, int | None], int] = defaultdict(int)
        debit, credit = aliased(LedgerAccount), aliased(LedgerAccount)
        rows = db.session.execute(
            select(Transfer.amount, debit.kind, debit.user_id, credit.kind, credit.user_id)
            .join(debit, debit.id == Transfer.debit_id)
            .join(credit, credit.id == Transfer.credit_id)
        )
        for amount, from_kind, from_user, to_kind, to_user in rows:
            balance[from_kind, from_user] -= amount
            balance[to_kind, to_user] += amount
        lines = list(db.session.scalars(select(Reward).where(Reward.amount.is_not(None))))
        owed: dict[int, int] = defaultdict(int)
        for line in lines:
            owed[line.user_id] += line.amount if line.state in ("approved", "in_batch") else 0
        for user_id in self.people:
            assert balance["payable", user_id] == owed[user_id]
            assert balance["earned", user_id] == sum(p for who, _m, p in self.earned if who == user_id)
        assert balance["bank", None] == sum(line.amount for line in lines if line.state == "paid")
        assert balance["bank", None] + sum(owed.values()) == -balance["rewards", None]
        assert sum(balance.values()) == 0

    def nothing_is_paid_twice_and_nothing_that_was_not_approved(self) -> None:
        back = aliased(Transfer)
        paid = db.session.execute(
            select(Transfer.reward_id, Transfer.amount, Reward.approved_amount, Reward.state)
            .join(Reward, Reward.id == Transfer.reward_id)
            .outerjoin(back, back.reverses_id == Transfer.id)
            .where(Transfer.kind == "paid", Transfer.reverses_id.is_(None), back.id.is_(None))
        ).all()
        assert len({row.reward_id for row in paid}) == len(paid)
        assert all(row.amount == row.approved_amount and row.state == "paid" for row in paid)

    def every_payable_is_what_the_scheme_says(self) -> None:
        rows = db.session.execute(
            select(SettlementLine.user_id, Settlement.month, SettlementLine.payable).join(
                Settlement, Settlement.id == SettlementLine.settlement_id
            )
        ).all()
        found = {(row.user_id, row.month): row.payable for row in rows if row.user_id in self.people}
        assert found == {key: fen for key, fen in self.expected.items() if key in found}
        assert all(fen == 0 for key, fen in self.expected.items() if key not in found)


@pytest.mark.parametrize("scheme", ["tiers", "steps"])
def test_any_sequence_of_steps_keeps_the_money_right(app: Flask, scheme: str) -> None:
    """``TRACKER_WALKS=1000`` takes that many walks; each is the same every time."""
    done: Counter[str] = Counter()
    for seed in range(int(os.environ.get("TRACKER_WALKS", "6"))):
        with rolled_back(app):
            year = Year(scheme, seed)
            try:
                year.walk(90)
            except AssertionError as error:
                raise AssertionError(f"walk {seed}: {dict(year.done)}") from error
        done += year.done
    assert set(done) == set(Year.STEPS) - {"next_month"}, "a step that never happened proves nothing"
