"""Freezing a batch and cancelling one: what is done, refused and forbidden, and who is told."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from sqlalchemy import select

from tests.batches.stock import approved, bare, cancel, file_of, freeze, give_data, shown, some, states, text_of
from tests.rewards.lines import approve, pay, propose
from tests.rewards.lines import cancel as cancel_line
from tests.support.cast import Cast
from tests.support.statements import statements
from tracker import clock
from tracker.batches import files, queries, service
from tracker.batches.models import BatchFile, BatchLine
from tracker.db import db, transaction
from tracker.errors import Forbidden, Refused
from tracker.events import Event, Notice
from tracker.exports.service import export
from tracker.payees.models import PayeeLook
from tracker.permissions import ANYBODY, SYSTEM
from tracker.rewards.models import PayoutBatch


def test_a_batch_has_a_number_its_lines_and_a_file_in_each_layout(cast: Cast) -> None:
    lines = some(cast)
    batch = freeze(cast.fay, lines, title=" Talks of November ")
    assert batch.number == f"PB-{clock.today('Asia/Shanghai').year}-001" and batch.title == "Talks of November"
    assert (batch.count, batch.amount, batch.currency, batch.state) == (3, 142345, "CNY", "frozen")
    assert states(*lines) == ["in_batch"] * 3 and {line.batch_id for line in lines} == {batch.id}
    kept = db.session.execute(select(BatchLine.position, BatchLine.reward_id, BatchLine.amount)).all()
    assert [tuple(row) for row in kept] == [(n, line.id, line.amount) for n, line in enumerate(lines, 1)]
    assert [file.slug for file in queries.files_of(batch.id)] == ["general", "name-amount", "points"]
    for file in queries.files_of(batch.id):
        data = files.content(file)
        assert (hashlib.sha256(data).hexdigest(), len(data)) == (file.sha256, file.size)
    assert freeze(cast.fay, [approved(cast)]).number.endswith("-002")


def test_the_general_file_says_what_the_rewards_export_says_of_its_lines(cast: Cast) -> None:
    lines = some(cast)
    propose(cast, description="Not yet approved")
    batch = freeze(cast.fay, lines)
    exported = b"".join(export("rewards", cast.fay, {"state": "in_batch"}))
    assert files.content(file_of(batch)) == exported


def test_files_that_show_payee_data_are_sealed_and_their_persons_see_who_looked(cast: Cast) -> None:
    give_data(cast.dora, "张三")
    batch = freeze(cast.fay, some(cast))
    assert text_of(batch, "name-amount") == "姓名,金额(元)\r\n张三,623.45\r\nOtto,800.00\r\n"
    kept = db.session.scalars(select(BatchFile.sealed)).all()
    assert all("张三" not in text and "Otto" not in text for text in kept)
    looks = db.session.execute(select(PayeeLook.user_id, PayeeLook.looker_id, PayeeLook.kind, PayeeLook.reason)).all()
    assert [tuple(look) for look in looks] == [(cast.dora.id, cast.fay.id, "batch", batch.number)]


def test_the_diary_names_the_files_by_their_fingerprints_and_nobody_by_name(cast: Cast) -> None:
    give_data(cast.dora, "张三")
    batch = freeze(cast.fay, some(cast))
    event = db.session.scalars(select(Event).where(Event.name == "batch.frozen")).one()
    assert event.facts["files"] == {file.slug: file.sha256 for file in queries.files_of(batch.id)}
    assert event.facts["sum"] == "CNY\u00a01,423.45" and len(event.facts["lines"]) == 64
    assert "张三" not in str(event.facts) and "Dora" not in str(event.facts)
    told = db.session.scalars(select(Notice.user_id).where(Notice.event_id == event.id)).all()
    assert told == [cast.finn.id]


def test_a_wage_shows_the_figures_of_its_settlement(cast: Cast) -> None:
    """R2CN's own example: 20 carried over, 65 new, 80 converted, 4000 yuan."""
    from tests.batches.wages import settled_may

    line = approve(cast.fay, settled_may(cast))
    batch = freeze(cast.finn, [line])
    assert text_of(batch, "points").splitlines()[1] == "Dora,dora-gh,20,65,80,4000.00"


def test_a_line_that_changed_meanwhile_is_named_with_what_happened(cast: Cast) -> None:
    lines = some(cast)
    seen = {"lines": {line.id: line.version for line in lines}, "count": 3, "amount": 142345, "currency": "CNY"}
    cancel_line(cast.mona, lines[1], reason="Twice")
    with pytest.raises(Refused, match=rf"{lines[1].id}: Mona cancelled a reward: Second talk .*It is now “cancelled”"):
        transaction(lambda: service.freeze_batch(cast.fay, **seen))
    assert states(*lines) == ["approved", "cancelled", "approved"]
    assert not db.session.scalars(select(PayoutBatch.id)).all()


def test_many_lines_that_changed_are_counted_and_some_named(cast: Cast) -> None:
    lines = [approved(cast, description=f"Talk {n}") for n in range(8)]
    for line in lines:
        pay(cast.fay, line)
    with pytest.raises(Refused, match="8 lines aren't as the page showed them"):
        freeze(cast.finn, lines)


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"count": 2}, "The page said 2 lines and CNY\u00a01,423.45; the lines are 3"),
        ({"amount": 1}, "CNY\u00a00.01; the lines are 3 and come to CNY\u00a01,423.45"),
        ({"currency": "USD"}, "one currency"),
        ({"lines": {}}, "no line to freeze"),
        ({"lines": {999999: 1}}, "999999: it isn't there"),
        ({"layouts": [("general", 1)]}, "The layouts changed"),
        ({"title": "x" * 121}, "At most 120 characters"),
    ],
)
def test_a_page_that_says_something_else_is_refused(cast: Cast, typed: dict[str, Any], why: str) -> None:
    with pytest.raises(Refused, match=why):
        freeze(cast.fay, some(cast), **typed)


def test_only_approved_lines_of_money_are_frozen(cast: Cast) -> None:
    for line in (
        propose(cast),
        approved(cast, amount=None, currency=""),
        pay(cast.fay, approved(cast, description="Paid")),
    ):
        with pytest.raises(Refused, match=f"{line.id}: "):
            freeze(cast.finn, [line], count=1, amount=50000, currency="CNY")


def test_a_line_is_in_one_batch(cast: Cast) -> None:
    lines = some(cast)
    freeze(cast.fay, lines)
    with pytest.raises(Refused, match="It is now “in a batch”"):
        freeze(cast.finn, [lines[0]])


def test_currencies_are_not_mixed(cast: Cast) -> None:
    lines = [approved(cast), approved(cast, description="Abroad", currency="USD")]
    with pytest.raises(Refused, match="one currency"):
        freeze(cast.fay, lines)
    assert freeze(cast.fay, lines[1:]).currency == "USD"


def test_a_negative_line_goes_in_with_lines_of_its_person(cast: Cast) -> None:
    less = approved(cast, kind="correction", description="Less", amount=-20000)
    with pytest.raises(Refused, match="come to nothing or less"):
        freeze(cast.fay, [less])
    more = approved(cast)
    with pytest.raises(Refused, match=f"Line {less.id} takes money back"):
        freeze(cast.fay, [more])
    batch = freeze(cast.fay, [less, more])
    assert batch.amount == 30000 and text_of(batch, "name-amount").splitlines()[1] == "Dora,300.00"


def test_who_may_not_freeze_or_cancel(cast: Cast) -> None:
    lines = some(cast)
    batch = freeze(cast.fay, [approved(cast, description="Frozen")])
    for nobody in (cast.mona, cast.max, cast.admin, cast.dora, ANYBODY, SYSTEM):
        with pytest.raises(Forbidden):
            freeze(nobody, lines)
        with pytest.raises(Forbidden):
            cancel(nobody, batch)


# -- cancelling -----------------------------------------------------------------------------------


def test_a_cancelled_batch_gives_its_lines_back_and_keeps_number_and_files(cast: Cast) -> None:
    lines = some(cast)
    batch = freeze(cast.fay, lines)
    before = [(file.slug, file.sha256) for file in queries.files_of(batch.id)]
    cancel(cast.finn, batch, " Wrong month ")
    assert states(*lines) == ["approved"] * 3 and {line.batch_id for line in lines} == {None}
    assert (batch.state, batch.reason, batch.cancelled_by_id) == ("cancelled", "Wrong month", cast.finn.id)
    assert [(file.slug, file.sha256) for file in queries.files_of(batch.id)] == before
    again = freeze(cast.fay, lines)
    assert again.number > batch.number and states(*lines) == ["in_batch"] * 3


def test_a_batch_is_cancelled_once_with_a_reason_as_it_was_seen(cast: Cast) -> None:
    batch = freeze(cast.fay, some(cast))
    with pytest.raises(Refused, match="Say why"):
        cancel(cast.fay, batch, "  ")
    with pytest.raises(Refused, match="changed since"):
        transaction(lambda: service.cancel_batch(cast.fay, batch, reason="x", version=7))
    cancel(cast.fay, batch)
    with pytest.raises(Refused, match="cancelled"):
        cancel(cast.fay, batch)


@pytest.mark.parametrize("step", ["paid", "returned"])
def test_a_batch_of_which_something_is_paid_or_came_back_stays(cast: Cast, step: str) -> None:
    from tracker.rewards import service as rewards

    lines = some(cast)
    batch = freeze(cast.fay, lines)
    if step == "paid":
        pay(cast.finn, lines[0])
    else:
        version = lines[0].version
        transaction(lambda: rewards.return_reward(cast.finn, lines[0], reason="Closed", version=version))
    with pytest.raises(Refused, match=rf"Line {lines[0].id} is in the state “{step}”"):
        cancel(cast.fay, batch)
    assert states(*lines) == [step, "in_batch", "in_batch"]


# -- many -----------------------------------------------------------------------------------------


def test_freezing_takes_as_many_statements_for_many_lines_as_for_few(cast: Cast) -> None:
    few, many = shown(bare(cast, 3)), shown(bare(cast, 60))
    with statements() as of_few:
        transaction(lambda: service.freeze_batch(cast.fay, **few))
    with statements() as of_many:
        transaction(lambda: service.freeze_batch(cast.fay, **many))
    assert len(of_many) == len(of_few) <= 30
