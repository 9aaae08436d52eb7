"""What is taken back from somebody is set off before they are paid, and is never forgotten."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select, text

from tests.rewards.lines import approve, cancel, correction, pay, propose
from tests.support.cast import Cast
from tests.support.client import Client
from tracker.db import db
from tracker.errors import Refused
from tracker.ledger.queries import balances
from tracker.permissions import Actor
from tracker.rewards.models import Reward
from tracker.rewards.queries import payable_by


def payable(actor: Actor) -> list[int]:
    return list(db.session.scalars(select(Reward.id).where(payable_by(actor)).order_by(Reward.id)))


# -- by hand --------------------------------------------------------------------------------------


def test_dora_is_not_paid_by_hand_while_something_is_to_be_taken_back(cast: Cast, app: Flask) -> None:
    line = approve(cast.max, propose(cast))
    other = approve(cast.max, propose(cast, user=cast.otto))
    dollars = approve(cast.max, propose(cast, currency="USD"))
    thing = approve(cast.max, propose(cast, amount=None, currency="", description="A mug"))
    less = correction(cast, amount=-50000, currency="CNY", corrects=line)
    assert payable(cast.fay) == [line.id, other.id, dollars.id, thing.id]
    less = approve(cast.max, less)
    with pytest.raises(Refused, match=f"Line {less.id} takes money back from this person: freeze both in a batch"):
        pay(cast.fay, line)
    assert payable(cast.fay) == [other.id, dollars.id, thing.id]
    assert [row.balance for row in balances("bank")] == []
    fay = Client(app).sign_in(cast.fay)
    for page in (fay.get(line.path).text, fay.get("/rewards/?state=approved").text):
        assert f"Line {less.id} takes money back from this person" in page
    assert f'action="/rewards/{line.id}/pay"' not in fay.get(line.path).text
    fay.post(f"/rewards/{line.id}/pay", 409, reference="B-1", version=line.version)
    for free in (other, dollars, thing):
        assert pay(cast.fay, free).state == "paid"


def test_once_nothing_is_taken_back_any_more_dora_is_paid_by_hand(cast: Cast) -> None:
    line = approve(cast.max, propose(cast))
    less = approve(cast.max, correction(cast, amount=-20000, currency="CNY", corrects=line))
    cancel(cast.fay, less)
    assert payable(cast.fay) == [line.id] and pay(cast.fay, line).state == "paid"


def test_the_database_pays_nobody_from_whom_money_is_taken_back(cast: Cast) -> None:
    line = approve(cast.max, propose(cast))
    less = approve(cast.max, correction(cast, amount=-20000, currency="CNY", corrects=line))
    paid = text("UPDATE reward SET state = 'paid', paid_by_id = :by, paid_at = approved_at, payment_reference = 'B'"
                " WHERE id = :id")  # fmt: skip
    for one in (line, less):
        with pytest.raises(Exception, match="reward_set_off"), db.session.begin_nested():
            db.session.execute(paid, {"by": cast.fay.id, "id": one.id})
