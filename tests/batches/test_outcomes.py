"""Results of the bank through the services: looked at, applied once and as a whole, or not at all."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from tests.batches.stock import apply, approved, bare, cancel, csv, freeze, give_data, some, states, text_of, upload
from tests.rewards.lines import approve, pay
from tests.support.cast import Cast
from tests.support.statements import statements
from tracker.batches import files, outcomes, service
from tracker.batches.bank_files import Faulty
from tracker.batches.models import ResultFile
from tracker.db import db, transaction
from tracker.errors import Forbidden, Refused
from tracker.events import Event, Notice
from tracker.events.diary import first_broken
from tracker.ledger import audit
from tracker.ledger.models import Transfer
from tracker.ledger.queries import balances
from tracker.payees.models import PayeeLook
from tracker.permissions import ANYBODY, SYSTEM
from tracker.rewards import service as rewards
from tracker.rewards.models import Reward
from tracker.sealing import Broken

HEAD = "reward,amount,result,reference,reason"


def good(lines: list[Reward], returned: int = 1) -> bytes:
    """All but the last ``returned`` are paid."""
    rows = [f"{line.id},{line.amount // 100}.{line.amount % 100:02d}" for line in lines if line.amount]
    said = [f"{row},paid,B-{n}," for n, row in enumerate(rows[: len(rows) - returned])]
    return csv(HEAD, *said, *(f"{row},returned,,Account closed" for row in rows[len(rows) - returned :]))


def test_a_result_is_kept_first_and_changes_nothing(cast: Cast) -> None:
    lines = some(cast)
    batch = freeze(cast.fay, lines)
    result = upload(cast.finn, batch, good(lines))
    assert states(*lines) == ["in_batch"] * 3
    assert (result.paid, result.returned, result.amount, result.encoding, result.applied_at) == (
        2,
        1,
        62345,
        "utf-8",
        None,
    )
    assert files.content(result) == good(lines) and "Account" not in result.sealed
    assert outcomes.look_at(cast.finn, result).problems == []


def test_applied_it_pays_and_returns_line_by_line(cast: Cast) -> None:
    lines = some(cast)
    batch = freeze(cast.fay, lines)
    result = apply(cast.finn, upload(cast.fay, batch, good(lines)))
    assert states(*lines) == ["paid", "paid", "returned"]
    assert (lines[0].payment_reference, lines[0].paid_by_id, lines[2].reason) == ("B-0", cast.finn.id, "Account closed")
    assert {line.version for line in lines} == {4} and result.applied_by_id == cast.finn.id
    assert [row.balance for row in balances("payable")] == [0, 0]
    assert [row.balance for row in balances("bank")] == [62345]
    assert audit.first_broken() is None and first_broken(db.session()) is None


def test_everybody_is_told_of_their_lines(cast: Cast) -> None:
    lines = some(cast)
    apply(cast.finn, upload(cast.finn, freeze(cast.fay, lines), good(lines)))
    told: dict[str, list[int]] = {}
    for name, user_id in db.session.execute(select(Event.name, Notice.user_id).join(Notice.event).order_by(Notice.id)):
        told.setdefault(name, []).append(user_id)
    assert told["reward.paid"] == [cast.dora.id, cast.dora.id]
    assert cast.otto.id in told["reward.returned"] and cast.max.id in told["reward.returned"]
    assert "batch.result_applied" not in told
    event = db.session.scalars(select(Event).where(Event.name == "batch.result_applied")).one()
    assert (event.facts["paid"], event.facts["returned"], event.facts["amount"]) == (2, 1, 62345)


def test_the_same_bytes_again_change_nothing(cast: Cast) -> None:
    lines = some(cast)
    batch = freeze(cast.fay, lines)
    result = upload(cast.finn, batch, good(lines))
    assert upload(cast.fay, batch, good(lines)).id == result.id
    apply(cast.finn, result)
    applied_at, count = result.applied_at, db.session.query(Event).count()
    assert upload(cast.fay, batch, good(lines)).id == result.id
    again = apply(cast.fay, result)
    assert (again.applied_at, again.applied_by_id) == (applied_at, cast.finn.id)
    assert db.session.query(Event).count() == count and len(db.session.scalars(select(ResultFile)).all()) == 1
    assert len(db.session.scalars(select(Transfer.id).where(Transfer.kind == "paid")).all()) == 2


def test_other_bytes_that_say_the_same_change_nothing(cast: Cast) -> None:
    lines = some(cast)
    batch = freeze(cast.fay, lines)
    apply(cast.finn, upload(cast.finn, batch, good(lines)))
    before = [(line.version, line.paid_at, line.returned_at) for line in lines]
    apply(cast.fay, upload(cast.fay, batch, good(lines) + b"\r\n"))
    db.session.expire_all()
    assert [(line.version, line.paid_at, line.returned_at) for line in lines] == before


def test_a_line_that_was_paid_under_another_reference_is_a_fault(cast: Cast) -> None:
    lines = some(cast)
    batch = freeze(cast.fay, lines)
    apply(cast.finn, upload(cast.finn, batch, good(lines)))
    with pytest.raises(Faulty) as faulty:
        upload(cast.finn, batch, good(lines).replace(b"B-1", b"B-8"))
    assert [(problem.line, str(problem.text)) for problem in faulty.value.problems] == [
        (3, f"Line {lines[1].id} of the batch: It is paid.")
    ]


def test_a_line_that_was_noted_by_hand_before_is_passed_over(cast: Cast) -> None:
    lines = some(cast)
    batch = freeze(cast.fay, lines)
    pay(cast.fay, lines[1], reference="B-1")
    apply(cast.finn, upload(cast.finn, batch, good(lines)))
    assert states(*lines) == ["paid", "paid", "returned"]
    assert [line.paid_by_id for line in lines[:2]] == [cast.finn.id, cast.fay.id]


def test_what_is_missing_stays_open_for_another_file(cast: Cast) -> None:
    lines = some(cast)
    batch = freeze(cast.fay, lines)
    first = upload(cast.finn, batch, good(lines[:1], 0))
    assert [line.id for line in outcomes.look_at(cast.finn, first).missing] == [line.id for line in lines[1:]]
    apply(cast.finn, first)
    assert states(*lines) == ["paid", "in_batch", "in_batch"]
    apply(cast.finn, upload(cast.finn, batch, good(lines[1:])))
    assert states(*lines) == ["paid", "paid", "returned"]


def test_a_file_with_one_fault_is_not_applied_in_part(cast: Cast) -> None:
    lines = some(cast)
    batch = freeze(cast.fay, lines)
    with pytest.raises(Faulty, match="has a fault"):
        upload(cast.finn, batch, good(lines).replace(b"800.00", b"800.01"))
    assert states(*lines) == ["in_batch"] * 3 and not db.session.scalars(select(ResultFile)).all()


def test_what_happened_between_the_page_and_the_step_is_told(cast: Cast) -> None:
    lines = some(cast)
    batch = freeze(cast.fay, lines)
    result = upload(cast.finn, batch, good(lines))
    pay(cast.fay, lines[1])
    with pytest.raises(Faulty) as faulty:
        apply(cast.finn, result)
    assert [problem.line for problem in faulty.value.problems] == [3]
    assert states(*lines) == ["in_batch", "paid", "in_batch"]


def test_whoever_approved_or_receives_a_line_applies_no_file_with_it(cast: Cast) -> None:
    cast.dora.is_finance = True
    db.session.commit()
    lines = some(cast)
    by_fay = approve(cast.fay, approved_not(cast))
    batch = freeze(cast.finn, [*lines, by_fay])
    with pytest.raises(Faulty) as faulty:
        upload(cast.fay, batch, good([*lines, by_fay], 0))
    assert [(problem.line, "approved it" in str(problem.text)) for problem in faulty.value.problems] == [(5, True)]
    with pytest.raises(Faulty) as faulty:
        upload(cast.dora, batch, good(lines, 0))
    assert [problem.line for problem in faulty.value.problems] == [2, 3]
    result = upload(cast.finn, batch, good([*lines, by_fay], 0))
    with pytest.raises(Faulty):
        apply(cast.fay, result)
    apply(cast.finn, result)
    assert set(states(*lines, by_fay)) == {"paid"}


def approved_not(cast: Cast) -> Reward:
    from tests.rewards.lines import propose

    return propose(cast, description="A review", user=cast.otto)


def test_who_may_not(cast: Cast) -> None:
    lines = some(cast)
    batch = freeze(cast.fay, lines)
    result = upload(cast.finn, batch, good(lines))
    for nobody in (cast.mona, cast.admin, cast.dora, ANYBODY, SYSTEM):
        with pytest.raises(Forbidden):
            upload(nobody, batch, good(lines))
        with pytest.raises(Forbidden):
            apply(nobody, result)
        with pytest.raises(Forbidden):
            transaction(lambda nobody=nobody: service.open_result(nobody, result))


def test_a_cancelled_batch_takes_no_result(cast: Cast) -> None:
    lines = some(cast)
    batch = freeze(cast.fay, lines)
    result = upload(cast.finn, batch, good(lines))
    cancel(cast.fay, batch)
    with pytest.raises(Refused, match="cancelled"):
        upload(cast.finn, batch, good(lines[:2]))
    with pytest.raises(Refused, match="cancelled"):
        apply(cast.finn, result)


def test_the_file_that_the_bank_got_comes_back_with_two_columns_more(cast: Cast) -> None:
    """In GBK, as Excel in China saves it, after a person took another name."""
    give_data(cast.dora, "张三")
    lines = some(cast)
    batch = freeze(cast.fay, lines)
    rows = text_of(batch, "points").splitlines()
    cast.dora.display_name, cast.otto.display_name = "Dorothea", "Ottokar"
    db.session.commit()
    data = "\r\n".join([rows[0] + ",结果,流水号", rows[1] + ",成功,B-1", rows[2] + ",成功,B-2"]).encode("gbk")
    result = upload(cast.finn, batch, data)
    assert (result.encoding, result.paid, result.amount) == ("gb18030", 3, 142345)
    looks = select(PayeeLook.user_id).where(PayeeLook.looker_id == cast.finn.id)
    assert set(db.session.scalars(looks)) == {cast.dora.id}, "otto gave no payee data: there was nothing to see"
    apply(cast.finn, result)
    assert set(states(*lines)) == {"paid"} and {line.payment_reference for line in lines} == {"B-1", "B-2"}


def test_the_general_file_comes_back_with_a_column_more(cast: Cast) -> None:
    lines = some(cast)
    batch = freeze(cast.fay, lines)
    head, *rows = text_of(batch, "general").splitlines()
    data = "\r\n".join([head + ",result", *(f"{row}B-{n},paid" for n, row in enumerate(rows))]).encode()
    apply(cast.finn, upload(cast.finn, batch, data))
    assert set(states(*lines)) == {"paid"} and lines[2].payment_reference == "B-2"


def test_a_person_with_a_negative_line_is_paid_the_difference(cast: Cast) -> None:
    lines = [approved(cast), approved(cast, kind="correction", description="Less", amount=-20000)]
    batch = freeze(cast.fay, lines)
    apply(cast.finn, upload(cast.finn, batch, csv("handle,amount,result,reference", "dora,300.00,paid,B-1")))
    assert states(*lines) == ["paid", "paid"] and [row.balance for row in balances("bank")] == [30000]


def test_a_returned_line_is_paid_anew_by_a_line_of_another_batch(cast: Cast) -> None:
    lines = some(cast)
    apply(cast.finn, upload(cast.finn, freeze(cast.fay, lines), good(lines)))
    version = lines[2].version
    again = transaction(lambda: rewards.reissue_reward(cast.mona, lines[2], version=version))
    second = freeze(cast.fay, [approve(cast.max, again)])
    apply(cast.finn, upload(cast.finn, second, csv(HEAD, f"{again.id},800.00,paid,B-9,")))
    assert states(lines[2], again) == ["returned", "paid"]
    assert [row.balance for row in balances("bank")] == [142345]


def test_a_payment_that_came_back_later_is_returned_by_a_file(cast: Cast) -> None:
    lines = some(cast)
    batch = freeze(cast.fay, lines)
    apply(cast.finn, upload(cast.finn, batch, good(lines, 0)))
    apply(cast.finn, upload(cast.finn, batch, csv(HEAD, f"{lines[0].id},500.00,returned,,Account closed")))
    assert states(*lines) == ["returned", "paid", "paid"]


def test_a_forged_file_is_not_read(cast: Cast) -> None:
    """What is sealed for one result isn't taken for another's."""
    lines = some(cast)
    batch = freeze(cast.fay, lines)
    first = upload(cast.finn, batch, good(lines))
    other = upload(cast.finn, batch, good(lines).replace(b"B-0", b"B-7"))
    swap = text("UPDATE payout_result SET sealed = (SELECT sealed FROM payout_result WHERE id = :other) WHERE id = :id")
    db.session.execute(swap, {"other": other.id, "id": first.id})
    db.session.commit()
    with pytest.raises(Broken):
        files.content(first)
    with pytest.raises(Broken):
        apply(cast.finn, first)
    assert states(*lines) == ["in_batch"] * 3


@pytest.mark.parametrize("returned", [0, 1])
def test_applying_asks_no_more_for_many_lines_than_for_few(cast: Cast, returned: int) -> None:
    """What is written of each line (a transfer, an event) is written in one statement where the database can."""

    def applied(count: int) -> int:
        lines = bare(cast, count)
        result = upload(cast.finn, freeze(cast.fay, lines), good(lines, returned))
        with statements() as seen:
            transaction(lambda: service.apply_result(cast.finn, result))
        return len([statement for statement in seen if not statement.startswith("INSERT")])

    applied(2)  # accounts of the ledger that aren't there yet are made
    few = applied(3)
    assert applied(60) == few <= 30
