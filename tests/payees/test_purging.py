"""Removal on request: when it is done, what holds it up, what goes and what stays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from tests.batches.stock import freeze
from tests.clocks.conftest import night
from tests.payees.conftest import contract_for, events, exclude, give, recipient
from tests.rewards.lines import approve, cancel, correction, paid_anew, pay, propose
from tests.rewards.lines import returned as came_back
from tests.settlements.ways import beijing, commit, earn, wages
from tests.support.cast import Cast
from tracker import clock, nightly
from tracker.db import db, transaction
from tracker.erasure.service import erase_person
from tracker.errors import Forbidden, Refused
from tracker.events.models import Notice
from tracker.payees import queries, service
from tracker.payees.holding_up import what_holds_up
from tracker.payees.models import Contract, Payee, PayeeLook, PayExclusion, PurgeRequest
from tracker.permissions import SYSTEM
from tracker.rewards.models import Reward

DAYS = 365


def ask(user: Any) -> PurgeRequest:
    return transaction(lambda: service.ask_purge(user))


def purge(user: Any, days: int = DAYS) -> bool:
    return transaction(lambda: service.purge_payee(SYSTEM, user.id, retention_days=days))


def kept(user: Any) -> tuple[int, int]:
    db.session.expire_all()
    return tuple(db.session.query(model).filter_by(user_id=user.id).count() for model in (Payee, Contract))  # type: ignore[return-value]


def returned(cast: Cast) -> Reward:
    return came_back(cast.fay, pay(cast.fay, approve(cast.max, propose(cast))))


def in_batch(cast: Cast) -> Reward:
    """A line as it stands in a payout batch."""
    line = approve(cast.max, propose(cast))
    freeze(cast.fay, [line])
    return line


def a_thing(cast: Cast) -> Reward:
    return approve(cast.max, propose(cast, amount=None, currency=""))


#: What there is of the person's lines, and whether removal can be done now, and after the retention time.
CASES: dict[str, tuple[Any, bool, bool]] = {
    "nothing was ever paid": (lambda cast: None, True, True),
    "proposed": (lambda cast: propose(cast), False, False),
    "approved": (lambda cast: approve(cast.max, propose(cast)), False, False),
    "in a batch": (in_batch, False, False),
    "cancelled": (lambda cast: cancel(cast.mona, propose(cast)), True, True),
    "paid": (lambda cast: pay(cast.fay, approve(cast.max, propose(cast))), False, True),
    "paid and returned": (returned, False, False),
    "returned by the bank": (lambda cast: came_back(cast.fay, in_batch(cast)), False, False),
    "paid anew": (lambda cast: pay(cast.fay, approve(cast.max, paid_anew(cast.mona, returned(cast)))), False, True),
    "to be paid anew, and cancelled": (
        lambda cast: cancel(cast.mona, paid_anew(cast.mona, returned(cast))),
        False,
        False,
    ),
    "paid, and another proposed": (
        lambda cast: (pay(cast.fay, approve(cast.max, propose(cast))), propose(cast, description="More")),
        False,
        False,
    ),
    "points that no settlement counted": (lambda cast: approve(cast.max, correction(cast, points=5)), False, False),
    "a thing on its way": (a_thing, True, True),
    "a line of somebody else": (lambda cast: propose(cast, user=cast.otto), True, True),
}


@pytest.mark.parametrize("name", CASES)
def test_when_removal_is_done(cast: Cast, name: str) -> None:
    make, now, later = CASES[name]
    give(cast.dora)
    contract_for(cast, cast.dora)
    make(cast)
    ask(cast.dora)
    assert purge(cast.dora) is now
    assert kept(cast.dora) == ((0, 0) if now else (1, 1))
    if now:
        return
    for days, done in ((DAYS - 1, False), (DAYS + 1, later)):
        with clock.pretend(clock.now() + dt.timedelta(days=days)):
            assert purge(cast.dora) is done
    assert kept(cast.dora) == ((0, 0) if later else (1, 1))


# -- wages to come --------------------------------------------------------------------------------


def in_steps(cast: Cast) -> None:
    cast.rules.wage_scheme, cast.rules.wage = "steps", {"rate": 5000, "step": 40, "cap": 120}
    db.session.commit()


def asked(cast: Cast, **contract: Any) -> None:
    """Dora gave her data, has a contract and asked for removal."""
    give(cast.dora)
    contract_for(cast, cast.dora, **contract)
    ask(cast.dora)


def reasons(user: Any) -> list[str]:
    return [str(why) for why in what_holds_up(user.id, retention_days=DAYS)]


def test_the_contract_stays_until_the_remainder_is_paid(cast: Cast) -> None:
    in_steps(cast)
    earn(cast, cast.dora, 10, "2026-10-10 10:00")
    with time_machine.travel(beijing("2026-10-31 10:00"), tick=False):
        asked(cast, ends_on=dt.date(2026, 10, 31))
    with time_machine.travel(beijing("2026-11-01 09:00"), tick=False):
        assert not purge(cast.dora)
        assert ["Points of months that aren't settled yet" in why for why in reasons(cast.dora)] == [True]
    commit(cast, "2026-10")
    (wage,) = wages(cast.dora)
    assert wage.amount == 10 * 5000 and kept(cast.dora) == (1, 1)
    pay(cast.fay, approve(cast.max, wage))
    assert reasons(cast.dora) and not purge(cast.dora)  # now for the time that payments are kept
    with clock.pretend(clock.now() + dt.timedelta(days=DAYS + 1)):
        assert purge(cast.dora)


def test_points_in_hand_wait_for_the_end_of_the_contract(cast: Cast) -> None:
    in_steps(cast)
    earn(cast, cast.dora, 50, "2026-09-10 10:00")
    earn(cast, cast.otto, 10, "2026-09-10 10:00")
    commit(cast, "2026-09")
    cancel(cast.fay, wages(cast.dora)[0])
    asked(cast, ends_on=None)
    assert not purge(cast.dora) and "50 points under" in reasons(cast.dora)[0]
    commit(cast, "2026-10")
    pay(cast.fay, approve(cast.max, wages(cast.dora)[1]))
    assert "10 points under" in reasons(cast.dora)[1]
    contract_for(cast, cast.dora, version=1, ends_on=dt.date(2026, 11, 30))
    commit(cast, "2026-11")
    assert wages(cast.dora)[2].amount == 10 * 5000 and "points" not in "".join(reasons(cast.dora))
    assert reasons(cast.otto) == []  # without a contract there is no day to lose


def test_nobody_waits_for_wages_that_no_rules_pay_any_more(cast: Cast) -> None:
    earn(cast, cast.dora, 9, "2026-09-10 10:00")
    asked(cast)
    cast.make_rules(valid_from=dt.date(2026, 10, 1), wage_scheme="none", wage={})
    earn(cast, cast.dora, 9, "2026-10-10 10:00")
    db.session.commit()
    assert not purge(cast.dora)  # September still pays
    commit(cast, "2026-09")
    assert purge(cast.dora)


def test_an_erased_account_waits_for_no_settlement(cast: Cast) -> None:
    earn(cast, cast.dora, 20)
    asked(cast)
    assert not purge(cast.dora)
    transaction(lambda: erase_person(cast.admin, cast.dora, handle="dora", reason="asked_in_writing"))
    assert purge(cast.dora) and kept(cast.dora) == (0, 0)


def test_only_what_was_asked_for_goes(cast: Cast) -> None:
    for user in (cast.dora, cast.otto):
        give(user)
        contract_for(cast, user)
    exclude(cast, cast.dora)
    transaction(lambda: service.look_at_payee(cast.fay, recipient(cast.dora), reason="First payment"))
    assert not purge(cast.dora)  # nobody asked
    ask(cast.dora)
    assert purge(cast.dora) and not purge(cast.dora)
    assert kept(cast.dora) == (0, 0) and kept(cast.otto) == (1, 1)
    assert db.session.query(PayeeLook).count() == 1 and db.session.query(PayExclusion).count() == 1
    [event] = events("payee.purged")
    assert event.actor_id is None and event.facts == {
        "person_id": cast.dora.id, "thing": "payee data", "path": "/account/payee",
    }  # fmt: skip
    assert list(db.session.scalars(select(Notice.user_id).where(Notice.event_id == event.id))) == [cast.dora.id]
    give(cast.dora)  # and begins anew
    assert kept(cast.dora) == (1, 0)


def test_a_contract_alone_can_be_removed_too(cast: Cast) -> None:
    contract_for(cast, cast.dora)
    ask(cast.dora)
    assert purge(cast.dora) and kept(cast.dora) == (0, 0)


def test_asking_is_taken_back(cast: Cast) -> None:
    with pytest.raises(Refused, match="nothing to remove"):
        ask(cast.dora)
    give(cast.dora)
    first = ask(cast.dora).asked_at
    assert ask(cast.dora).asked_at == first and len(events("payee.purge_asked")) == 1
    with pytest.raises(Refused, match="Take that back first"):
        give(cast.dora, version=1)
    transaction(lambda: service.take_back_purge(cast.dora))
    assert not purge(cast.dora) and kept(cast.dora) == (1, 0)
    with pytest.raises(Refused, match="no wish"):
        transaction(lambda: service.take_back_purge(cast.dora))
    assert give(cast.dora, version=1).version == 2


def test_the_job_alone_removes(cast: Cast) -> None:
    give(cast.dora)
    ask(cast.dora)
    for actor in (cast.dora, cast.fay, cast.admin):
        with pytest.raises(Forbidden):
            transaction(lambda actor=actor: service.purge_payee(actor, cast.dora.id, retention_days=0))
    assert kept(cast.dora) == (1, 0)


# -- the nightly job ------------------------------------------------------------------------------


@pytest.fixture
def retention(app: Flask) -> Iterator[Any]:
    """Set the days of retention for a test."""
    before = app.extensions["settings"]

    def set_to(days: int) -> None:
        app.extensions["settings"] = replace(before, payee_retention_days=days)

    yield set_to
    app.extensions["settings"] = before


def test_the_nightly_job_removes_what_is_due(cast: Cast) -> None:
    give(cast.dora)
    give(cast.otto)
    propose(cast, user=cast.otto)
    for user in (cast.dora, cast.otto):
        ask(user)
    acts = [act for act in nightly.rehearse(lambda what, error: None) if act.action == "purge"]
    assert [act.handle for act in acts] == ["dora"] and kept(cast.dora) == (1, 0)
    assert night().counts["purge"] == 1
    assert kept(cast.dora) == (0, 0) and kept(cast.otto) == (1, 0)
    assert night().counts["purge"] == 0 and [row.handle for row in queries.removals_asked()] == ["otto"]


def test_the_setting_says_for_how_long(cast: Cast, retention: Any) -> None:
    give(cast.dora)
    pay(cast.fay, approve(cast.max, propose(cast)))
    ask(cast.dora)
    with clock.pretend(clock.now() + dt.timedelta(days=30)):
        retention(31)
        assert night().counts["purge"] == 0
        retention(30)
        assert night().counts["purge"] == 1


def test_what_came_between_holds_it_up(cast: Cast) -> None:
    """It was due when the job listed it; by the time it acts, a line was proposed."""
    give(cast.dora)
    ask(cast.dora)
    [act] = [act for act in nightly.rehearse(lambda what, error: None) if act.action == "purge"]
    propose(cast)
    assert not transaction(act.work) and kept(cast.dora) == (1, 0)
