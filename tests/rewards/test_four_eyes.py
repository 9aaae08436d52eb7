"""Two pairs of eyes: every combination of people, refused by the service and by the database alike."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from tests.rewards.lines import approve, bare_line, pay, propose
from tests.support.cast import Cast
from tracker.db import db
from tracker.errors import Forbidden
from tracker.permissions import ANYBODY, SYSTEM
from tracker.rewards import service
from tracker.rewards.models import Reward


def test_every_combination_of_people_is_refused_by_service_and_database_alike(cast: Cast) -> None:
    """Proposer, acceptor, receiver, approver and payer, each mona, max or fay: both say the same."""
    for user in (cast.mona, cast.max, cast.fay):
        user.is_finance = True
    db.session.commit()
    three = (cast.mona, cast.max, cast.fay)
    tried = 0
    for proposer, acceptor, receiver in itertools.product(three, (None, *three), three):
        line = bare_line(cast, proposer, acceptor, receiver)
        for approver in three:
            fair = approver not in (proposer, acceptor, receiver)
            assert _approves(approver, line) == fair == _raw_approves(approver, line), (
                proposer.handle,
                approver.handle,
            )
            tried += 1
    assert tried == 108


def _tries(work: Any) -> bool:
    """Whether ``work`` is let through; undone in any case."""
    nested = db.session.begin_nested()
    try:
        work()
        db.session.flush()
    except (Forbidden, DatabaseError):
        return False
    finally:
        if nested.is_active:
            nested.rollback()
        db.session.expire_all()
    return True


def _approves(approver: Any, line: Reward) -> bool:
    return _tries(lambda: service.approve_reward(approver, line, version=line.version))


_APPROVE = text(
    "UPDATE reward SET state = 'approved', approved_by_id = :who, approved_at = proposed_at, approved_amount = amount"
    " WHERE id = :id"
)
_PAY = text(
    "UPDATE reward SET state = 'paid', paid_by_id = :who, paid_at = approved_at, payment_reference = 'x' WHERE id = :id"
)


def _raw_approves(approver: Any, line: Reward) -> bool:
    return _tries(lambda: db.session.execute(_APPROVE, {"who": approver.id, "id": line.id}))


def test_the_payer_is_neither_approver_nor_receiver(cast: Cast) -> None:
    cast.max.is_finance = cast.dora.is_finance = True
    db.session.commit()
    line = approve(cast.fay, propose(cast))
    for payer, fair in ((cast.fay, False), (cast.dora, False), (cast.finn, True), (cast.max, True)):
        assert _tries(lambda payer=payer: service.pay_reward(payer, line, reference="1", version=line.version)) == fair
        assert _tries(lambda payer=payer: db.session.execute(_PAY, {"who": payer.id, "id": line.id})) == fair


def test_the_database_refuses_steps_without_a_person_and_changed_amounts(cast: Cast) -> None:
    proposed, approved = propose(cast), approve(cast.max, propose(cast, description="Another talk"))
    for sql in (
        f"UPDATE reward SET state = 'approved' WHERE id = {proposed.id}",
        f"UPDATE reward SET state = 'paid' WHERE id = {proposed.id}",
        f"UPDATE reward SET state = 'paid' WHERE id = {approved.id}",
        f"UPDATE reward SET state = 'proposed' WHERE id = {approved.id}",
        f"UPDATE reward SET amount = 1 WHERE id = {approved.id}",
        f"UPDATE reward SET user_id = {cast.otto.id} WHERE id = {approved.id}",
        f"DELETE FROM reward WHERE id = {approved.id}",
        f"UPDATE reward SET state = 'approved', approved_by_id = {cast.max.id}, approved_at = proposed_at,"
        f" approved_amount = 1 WHERE id = {proposed.id}",
    ):
        assert not _tries(lambda sql=sql: db.session.execute(text(sql))), sql


def test_who_has_no_part_in_the_sig_approves_nothing(cast: Cast) -> None:
    line = propose(cast)
    for nobody in (cast.nils, cast.otto, cast.dora, cast.admin, ANYBODY, SYSTEM):
        with pytest.raises(Forbidden):
            approve(nobody, line)
    line = approve(cast.finn, line)
    for nobody in (cast.mona, cast.max, cast.admin, SYSTEM):
        with pytest.raises(Forbidden):
            pay(nobody, line)
