"""What is taken back from somebody in a batch is one payment with what they receive, whatever becomes of it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from tests.batches.stock import apply, approved, csv, freeze, states, upload
from tests.batches.test_pages import fields
from tests.rewards.lines import approve, cancel, correction, give_back, pay, propose, reissue
from tests.support.cast import Cast
from tests.support.client import Client
from tracker.batches.bank_files import Faulty
from tracker.db import db
from tracker.errors import Refused
from tracker.ledger.queries import balances
from tracker.rewards.models import PayoutBatch, Reward


def paid_less(cast: Cast, by: Any = None) -> tuple[Reward, Reward]:
    """500 for dora, and 200 that ``by`` (max) approved to take back."""
    more = approved(cast)
    return more, approve(by or cast.max, correction(cast, amount=-20000, currency="CNY", corrects=more))


def frozen(cast: Cast) -> tuple[PayoutBatch, Reward, Reward, Reward]:
    """A batch that pays dora 300 in two lines, and otto 800."""
    more, less = paid_less(cast)
    other = approved(cast, user=cast.otto, amount=80000)
    return freeze(cast.fay, [more, less, other]), more, less, other


def paid_by_the_bank() -> int:
    db.session.expire_all()
    return sum(int(row.balance) for row in balances("bank"))


# -- freezing -------------------------------------------------------------------------------------

NEW = "/rewards/batches/new"


def test_a_batch_for_a_payer_leaves_out_whose_take_back_is_not_the_payers(cast: Cast, client: Client) -> None:
    more, less = paid_less(cast, by=cast.fay)
    other = approved(cast, user=cast.otto, amount=80000)
    client.sign_in(cast.fay)
    page = client.get(NEW).text
    assert fields(page)["lines"] == f"{more.id}.2 {less.id}.2 {other.id}.2"
    page = client.get(f"{NEW}?payer=fay").text
    assert fields(page)["lines"] == f"{other.id}.2" and "1 line is left out" in page
    assert f"Line {less.id} takes money back from this person and can&#39;t go in" in page
    table = client.get(f"{NEW}.csv?payer=fay").data.decode("utf-8-sig").splitlines()
    assert [row.rsplit(",", 1)[1] for row in table] == ["left_out", "", "set_off_elsewhere"]
    client.post(f"{NEW}?payer=fay", 303, checked="1", **fields(page))
    assert states(more, less, other) == ["approved", "approved", "in_batch"]


def test_the_payers_offered_are_told_how_many_lines_they_would_get(cast: Cast, client: Client) -> None:
    more, less = paid_less(cast, by=cast.fay)
    approve(cast.finn, propose(cast, user=cast.otto))
    page = client.sign_in(cast.fay).get(NEW).text
    assert "Freeze a batch for each payer" in page
    assert re.findall(r"payer=(\w+)\">\w+ <b>(\d) line", page) == [("fay", "1"), ("finn", "2")]
    assert fields(client.get(f"{NEW}?payer=finn").text)["lines"] == f"{more.id}.2 {less.id}.2"


def test_a_payment_that_nobody_of_finance_may_note_is_left_out(cast: Cast, client: Client) -> None:
    more = approve(cast.finn, propose(cast))
    less = approve(cast.fay, correction(cast, amount=-20000, currency="CNY", corrects=more))
    approved(cast, user=cast.otto)
    page = client.sign_in(cast.fay).get(NEW).text
    assert "2 lines are left out" in page and "Another member of finance is needed" in page
    assert fields(page)["count"] == "1" and f"{less.id}." not in fields(page)["lines"]


# -- by hand --------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", [0, 1])
def test_one_of_them_marked_by_hand_marks_both(cast: Cast, first: int) -> None:
    _batch, *lines, other = frozen(cast)
    pay(cast.fay, lines[first], reference="B-7")
    assert states(*lines, other) == ["paid", "paid", "in_batch"]
    assert [line.payment_reference for line in lines] == ["B-7", "B-7"] and paid_by_the_bank() == 30000
    give_back(cast.finn, lines[1 - first])
    assert states(*lines, other) == ["returned", "returned", "in_batch"]
    assert {line.reason for line in lines} == {"Account closed"} and paid_by_the_bank() == 0


def test_whoever_approved_one_of_them_pays_neither(cast: Cast, app: Flask) -> None:
    more, less = paid_less(cast, by=cast.fay)
    batch = freeze(cast.fay, [more, less])
    with pytest.raises(Refused, match=f"Line {less.id} is one payment with it: You approved it"):
        pay(cast.fay, more)
    assert states(more, less) == ["in_batch", "in_batch"]
    fay, finn = Client(app).sign_in(cast.fay), Client(app).sign_in(cast.finn)
    for path in (batch.path, more.path):
        page = fay.get(path).text
        assert f"Line {less.id} is one payment with it" in page and f'action="/rewards/{more.id}/pay' not in page
        page = finn.get(path).text
        assert f"Lines {more.id}, {less.id} are one payment" in page and f'action="/rewards/{more.id}/pay' in page
    pay(cast.finn, more)
    assert states(more, less) == ["paid", "paid"]


def test_lines_of_somebody_from_whom_nothing_is_taken_back_are_marked_one_by_one(cast: Cast) -> None:
    lines = [approved(cast), approved(cast, description="Another talk")]
    freeze(cast.fay, lines)
    pay(cast.fay, lines[0])
    assert states(*lines) == ["paid", "in_batch"]


# -- by a file ------------------------------------------------------------------------------------


@pytest.mark.parametrize("torn", [("500.00,paid,B-1,",), ("500.00,paid,B-1,", "-200.00,returned,,Nothing came")])
def test_a_file_that_tears_them_apart_is_refused(cast: Cast, torn: tuple[str, ...]) -> None:
    batch, more, less, _other = frozen(cast)
    rows = [f"{line.id},{row}" for line, row in zip((more, less), torn, strict=False)]
    with pytest.raises(Faulty) as faulty:
        upload(cast.fay, batch, csv("reward,amount,result,reference,reason", *rows))
    assert [(p.line, str(p.text).split(",")[0]) for p in faulty.value.problems] == [(2, f"Lines {more.id}")]
    assert "are one payment" in str(faulty.value.problems[0].text)


# -- come back from the bank ----------------------------------------------------------------------


def came_back(cast: Cast) -> tuple[Reward, Reward]:
    batch, more, less, _other = frozen(cast)
    apply(cast.fay, upload(cast.fay, batch, csv("handle,amount,result,reason", "dora,300.00,returned,Account closed")))
    return more, less


def anew(line: Reward) -> Reward:
    return db.session.query(Reward).filter_by(reissues_id=line.id).filter(Reward.state != "cancelled").one()


def test_what_came_back_is_paid_anew_together(cast: Cast, client: Client) -> None:
    more, less = came_back(cast)
    assert f"Lines {more.id}, {less.id} were one payment" in client.sign_in(cast.mona).get(more.path).text
    again = reissue(cast.mona, more)
    assert (again.reissues_id, again.amount, anew(less).amount) == (more.id, 50000, -20000)
    with pytest.raises(Refused, match=f"Line {anew(less).id} pays it anew already"):
        reissue(cast.mona, less)
    approve(cast.max, again)
    for early in (lambda: pay(cast.fay, again), lambda: freeze(cast.fay, [again])):
        with pytest.raises(Refused, match=f"Line {anew(less).id} takes money back"):
            early()
    approve(cast.max, anew(less))
    assert freeze(cast.fay, [again, anew(less)]).amount == 30000


def test_what_is_taken_back_waits_also_after_its_new_line_was_cancelled(cast: Cast) -> None:
    more, less = came_back(cast)
    again = approve(cast.max, reissue(cast.mona, more))
    cancel(cast.max, anew(less))
    with pytest.raises(Refused, match=f"Line {less.id} takes money back"):
        freeze(cast.fay, [again])
    assert reissue(cast.mona, less).amount == -20000
    assert len(db.session.query(Reward).filter(Reward.reissues_id == more.id).all()) == 1
