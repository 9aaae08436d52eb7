"""Where a thing goes: given by its receiver, read by finance, sent once, and gone again."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError

from tests.rewards.lines import cancel, pay, propose
from tests.shipping.conftest import ADDRESS, do, enter, events, refused, reload, ship, told
from tests.support.cast import Cast
from tracker import clock, nightly, sealing
from tracker.db import db
from tracker.errors import Forbidden, Refused
from tracker.events import Event
from tracker.payees.models import PayeeLook
from tracker.permissions import ANYBODY, SYSTEM
from tracker.rewards import service as rewards
from tracker.rewards.models import Reward
from tracker.shipping import queries, service
from tracker.shipping.address import open_address
from tracker.shipping.models import ADDRESS as COLUMN
from tracker.shipping.models import ShippingAddress
from tracker.shipping.shelf import Filters


def kept() -> int:
    return db.session.scalar(select(func.count()).select_from(ShippingAddress)) or 0


def looks() -> list[tuple[int, int, str]]:
    query = select(PayeeLook.user_id, PayeeLook.looker_id, PayeeLook.kind).order_by(PayeeLook.id)
    return [tuple(row) for row in db.session.execute(query)]


# -- giving an address ----------------------------------------------------------------------------


def test_the_receiver_is_asked_when_it_is_approved_and_finance_told_when_there_is_one(cast: Cast, thing: Any) -> None:
    line = thing()
    assert told("reward.thing_approved") == {cast.dora.id, cast.fay.id, cast.finn.id} and not told("reward.approved")
    version = line.version
    enter(cast, line)
    assert told("reward.address_entered") == {cast.fay.id, cast.finn.id}
    row = queries.find_address(line.id)
    assert row and open_address(row).street == ADDRESS["street"] and reload(line).version == version + 1


def test_money_and_points_are_approved_as_before(cast: Cast, thing: Any) -> None:
    line = thing(amount=100, currency="CNY")
    assert events(line)[-1] == "reward.approved"
    assert "need no address" in refused(service.enter_address, cast.dora, line, **ADDRESS)[0]


def test_the_prize_of_a_task_is_such_a_thing(cast: Cast) -> None:
    task = cast.make_task(prize="A development board")
    claim = cast.make_claim(task=task, state="submitted")
    do(rewards.accept_claim, cast.nils, claim, points=20)
    [line] = db.session.scalars(select(Reward))
    do(rewards.approve_reward, cast.max, line, version=line.version)
    assert line.is_thing and enter(cast, line)


def test_only_the_receiver_gives_changes_and_removes_it(cast: Cast, thing: Any) -> None:
    line = thing()
    for other in (cast.otto, cast.mona, cast.fay, cast.admin, SYSTEM, ANYBODY):
        with pytest.raises(Forbidden):
            enter(cast, line, actor=other)
    enter(cast, line)
    for other in (cast.otto, cast.mona, cast.fay, cast.admin, SYSTEM):
        with pytest.raises(Forbidden):
            do(service.remove_address, other, line)


def test_it_is_changed_until_it_is_sent(cast: Cast, thing: Any) -> None:
    line = thing()
    enter(cast, line)
    enter(cast, line, street="Another street 2")
    row = queries.find_address(line.id)
    assert row and open_address(row).street == "Another street 2" and kept() == 1
    assert events(line)[-2:] == ["reward.address_entered", "reward.address_changed"]
    ship(cast.fay, reload(line))
    assert "can't be changed any more" in refused(service.enter_address, cast.dora, line, **ADDRESS)[0]


def test_it_isnt_taken_before_approval_or_after_cancelling(cast: Cast, thing: Any) -> None:
    proposed = propose(cast, amount=None, currency="")
    assert "isn't approved yet" in refused(service.enter_address, cast.dora, proposed, **ADDRESS)[0]
    gone = cancel(cast.mona, thing("Another"))
    assert "cancelled" in refused(service.enter_address, cast.dora, gone, **ADDRESS)[0]


def test_a_wrong_shape_is_refused_at_its_field(cast: Cast, thing: Any) -> None:
    line = thing()
    assert refused(service.enter_address, cast.dora, line, **{**ADDRESS, "phone": "none"})[1] == "phone"
    assert kept() == 0


def test_it_can_be_taken_away_and_given_again(cast: Cast, thing: Any) -> None:
    line = thing()
    enter(cast, line)
    do(service.remove_address, cast.dora, line)
    assert kept() == 0 and "no address of yours" in refused(service.remove_address, cast.dora, line)[0]
    enter(cast, line)
    assert kept() == 1


# -- what the database refuses --------------------------------------------------------------------


def test_the_database_takes_an_address_for_an_approved_thing_alone(cast: Cast, thing: Any) -> None:
    money, ready = thing("Money", amount=100, currency="CNY"), thing()
    proposed = propose(cast, description="Not yet", amount=None, currency="")
    for line, fine in ((money, False), (proposed, False), (ready, True)):
        nested = db.session.begin_nested()
        insert = text("INSERT INTO shipping_address (reward_id, sealed, entered_at) VALUES (:id, 'x', :now)")
        try:
            db.session.execute(insert, {"id": line.id, "now": "2026-11-27 00:00:00+00:00"})
            assert fine, line.description
        except DatabaseError:
            assert not fine, line.description
        finally:
            nested.rollback()


def test_it_can_be_sealed_anew_after_it_was_sent_but_not_given_anew(cast: Cast, thing: Any) -> None:
    line = thing()
    enter(cast, line)
    ship(cast.fay, reload(line))
    row = queries.find_address(line.id)
    assert row
    row.sealed = sealing.seal(f"address:{line.id}", COLUMN.read(row))
    db.session.flush()
    assert open_address(row).city == ADDRESS["city"]
    row.entered_at = clock.now()
    with pytest.raises(DatabaseError):
        db.session.flush()
    db.session.rollback()


def test_an_address_of_another_line_is_not_opened(cast: Cast, thing: Any) -> None:
    one, other = thing("One"), thing("Other")
    enter(cast, one)
    enter(cast, other)
    first, second = queries.find_address(one.id), queries.find_address(other.id)
    assert first and second
    first.sealed = second.sealed
    db.session.commit()
    assert "can't be opened" in refused(service.look_at_address, cast.fay, one)[0]
    assert looks() == []


# -- looks ----------------------------------------------------------------------------------------


def test_finance_alone_looks_and_each_look_is_noted(cast: Cast, thing: Any) -> None:
    line = thing()
    assert "no address" in refused(service.look_at_address, cast.fay, line)[0]
    enter(cast, line)
    for other in (cast.otto, cast.mona, cast.nils, cast.admin, SYSTEM, ANYBODY):
        with pytest.raises(Forbidden):
            do(service.look_at_address, other, line)
    assert looks() == []
    assert do(service.look_at_address, cast.fay, line).recipient == ADDRESS["recipient"]
    do(service.look_at_address, cast.fay, line)
    assert looks() == [(cast.dora.id, cast.fay.id, "address")] * 2
    assert events(line)[-2:] == ["reward.address_seen"] * 2 and not told("reward.address_seen")


def test_an_export_is_a_look_at_each(cast: Cast, thing: Any) -> None:
    assert "Nothing is ready" in refused(service.export_addresses, cast.fay, filters=Filters())[0]
    one, other, waiting = thing("One"), thing("Other", user=cast.otto), thing("Waiting")
    enter(cast, one)
    enter(cast, other, actor=cast.otto, recipient="Otto")
    with pytest.raises(Forbidden):
        do(service.export_addresses, cast.mona, filters=Filters())
    found = do(service.export_addresses, cast.finn, filters=Filters(standing="waiting"))
    assert [(row.id, address.recipient) for row, address in found] == [
        (one.id, ADDRESS["recipient"]),
        (other.id, "Otto"),
    ]
    assert looks() == [(cast.dora.id, cast.finn.id, "address"), (cast.otto.id, cast.finn.id, "address")]
    assert events(one)[-1] == "reward.address_exported" and "reward.address_exported" not in events(waiting)
    assert "Nothing is ready" in refused(service.export_addresses, cast.fay, filters=Filters(sig="ge"))[0]


def test_one_that_cant_be_opened_stops_the_export_and_notes_nothing(cast: Cast, thing: Any) -> None:
    one, other = thing("One"), thing("Other")
    enter(cast, one)
    enter(cast, other)
    row = queries.find_address(other.id)
    assert row
    row.sealed = "nonsense"
    db.session.commit()
    assert "can't be opened" in refused(service.export_addresses, cast.fay, filters=Filters())[0]
    assert looks() == [] and queries.find_address(one.id).exported_at is None  # type: ignore[union-attr]


def test_an_address_that_changed_after_it_was_taken_out_can_be_told(cast: Cast, thing: Any) -> None:
    line = thing()
    enter(cast, line)
    do(service.export_addresses, cast.fay, filters=Filters())
    do(service.enter_address, cast.dora, line, later=1, **ADDRESS)
    row = queries.find_address(line.id)
    assert row and row.exported_at and row.exported_at < row.entered_at


# -- sending --------------------------------------------------------------------------------------


def test_sending_pays_the_line_and_tells_the_number(cast: Cast, thing: Any) -> None:
    line = thing()
    enter(cast, line)
    ship(cast.fay, reload(line), tracking=[" SF1029384756 "])
    line = reload(line)
    assert (line.state, line.paid_by_id, line.payment_reference) == ("paid", cast.fay.id, "SF Express SF1029384756")
    assert told("reward.shipped") == {cast.dora.id} and not told("reward.paid")
    event = db.session.scalars(select(Event).where(Event.name == "reward.shipped")).one()
    assert (event.facts["carrier"], event.facts["tracking"]) == ("SF Express", "SF1029384756")


def test_who_approved_or_receives_doesnt_send(cast: Cast, thing: Any) -> None:
    by_fay, to_finn = thing(approver=cast.fay), thing("For finn", user=cast.finn)
    enter(cast, by_fay)
    enter(cast, to_finn, actor=cast.finn)
    with pytest.raises(Refused, match="You approved it"):
        ship(cast.fay, reload(by_fay))
    with pytest.raises(Refused, match="You receive it"):
        ship(cast.finn, reload(to_finn))
    for other in (cast.mona, cast.dora, cast.admin):
        with pytest.raises(Refused, match="Finance pays"):
            ship(other, reload(by_fay))
    ship(cast.finn, reload(by_fay))


def test_all_are_sent_or_none(cast: Cast, thing: Any) -> None:
    ready, waiting, money = thing("Ready"), thing("Waiting"), thing("Money", amount=100, currency="CNY")
    enter(cast, ready)
    for other in (waiting, money):
        with pytest.raises(Refused, match=f"Line {other.id} has no address"):
            ship(cast.fay, reload(ready), other)
    assert reload(ready).state == "approved"
    second = enter(cast, thing("Second"))
    ship(cast.fay, reload(ready), second, tracking=["SF-0001", "SF-0001"])
    assert reload(ready).state == reload(second).state == "paid"


def test_numbers_belong_to_their_lines_in_any_order(cast: Cast, thing: Any) -> None:
    one, other = enter(cast, thing("One")), enter(cast, thing("Other"))
    ship(cast.fay, other, one, tracking=["OTHER-1", "ONE-1"])
    assert reload(one).payment_reference.endswith(" ONE-1") and reload(other).payment_reference.endswith(" OTHER-1")


def test_an_address_that_changed_since_the_page_was_opened_stops_the_parcel(cast: Cast, thing: Any) -> None:
    line = enter(cast, thing())
    seen = {line.id: line.version}
    enter(cast, line, city="Elsewhere")
    said, _field = refused(service.ship_prizes, cast.fay, lines=seen, carrier="SF", tracking=["SF1234"])
    assert "Dora changed the address for A development board" in said and "Elsewhere" not in said


@pytest.mark.parametrize(
    ("carrier", "tracking", "field"),
    [("", "SF1234", "carrier"), ("x" * 41, "SF1234", "carrier"), ("SF\x00", "SF1234", "carrier"), ("SF", "", "tracking"),
     ("SF", "SF", "tracking"), ("SF", "=HYPERLINK()", "tracking"), ("SF", "x" * 41, "tracking")],
)  # fmt: skip
def test_a_parcel_without_carrier_or_number_is_refused(
    cast: Cast, thing: Any, carrier: str, tracking: str, field: str
) -> None:
    line = enter(cast, thing())
    seen = {line.id: line.version}
    assert refused(service.ship_prizes, cast.fay, lines=seen, carrier=carrier, tracking=[tracking])[1] == field
    assert refused(service.ship_prizes, cast.fay, lines={}, carrier="SF", tracking=[])[1] == "lines"
    assert refused(service.ship_prizes, cast.fay, lines=seen, carrier="SF", tracking=[])[1] == "tracking"


# -- the end of an address ------------------------------------------------------------------------


def night(later: float) -> Any:
    with clock.pretend(clock.now() + dt.timedelta(days=later)):
        run = nightly.run_by_hand()
    db.session.expire_all()
    return run


def test_it_is_deleted_thirty_days_after_sending_exactly_once(cast: Cast, thing: Any) -> None:
    sent, other = enter(cast, thing()), enter(cast, thing("Still here"))
    ship(cast.fay, sent)
    assert night(29.9).counts.get("delete_address", 0) == 0 and kept() == 2
    assert night(30.1).counts["delete_address"] == 1
    assert night(30.2).counts.get("delete_address", 0) == 0 and kept() == 1 and queries.find_address(other.id)
    assert events(sent).count("reward.address_deleted") == 1
    assert not service.delete_kept_address(other.id) and kept() == 1


def test_so_is_that_of_a_thing_that_was_handed_over(cast: Cast, thing: Any) -> None:
    line = enter(cast, thing())
    pay(cast.fay, line, reference="Handed over at the seminar")
    assert night(31).counts["delete_address"] == 1 and kept() == 0


def test_it_goes_at_once_with_a_line_that_is_cancelled(cast: Cast, thing: Any) -> None:
    line = enter(cast, thing())
    cancel(cast.mona, line)
    assert kept() == 0 and events(line)[-2:] == ["reward.cancelled", "reward.address_deleted"]
    bare = thing("Without")
    cancel(cast.mona, bare)
    assert "reward.address_deleted" not in events(bare)


def test_it_can_be_removed_earlier_by_its_owner(cast: Cast, thing: Any) -> None:
    line = enter(cast, thing())
    ship(cast.fay, line)
    do(service.remove_address, cast.dora, line)
    assert kept() == 0 and night(31).counts.get("delete_address", 0) == 0
