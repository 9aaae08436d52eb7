"""What is done about things: where they go, who looked, that they were sent, and that the address is gone again.

Each step on an address changes the version of its line: whoever has the page open from before is told what happened since.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import CursorResult, Row, delete, select

from tracker import clock
from tracker.accounts.models import User
from tracker.db import db, lock
from tracker.errors import Refused
from tracker.events import record
from tracker.payees.looks import note_looks
from tracker.permissions import SYSTEM, Actor, demand
from tracker.permissions import Permission as P
from tracker.rewards.consequences import when_cancelled
from tracker.rewards.holding import hold_all
from tracker.rewards.models import CANCELLED, PAID, Reward
from tracker.rewards.payments import note_payment
from tracker.shipping import queries, rules
from tracker.shipping.address import Address, open_address, put_address
from tracker.shipping.models import ShippingAddress
from tracker.shipping.shelf import Filters
from tracker.text import _l

# -- by who receives it ---------------------------------------------------------------------------


def enter_address(
    actor: Actor, reward: Reward, *, recipient: str, phone: str, country: str, region: str = "", city: str, street: str,
    postcode: str = "",
) -> Reward:  # fmt: skip
    """Say where an approved thing is to be sent, or change that until it is sent; ``country`` as ISO 3166-1 alpha-2.

    Finance is told that there is an address, never which. Raises Forbidden for anybody but the receiver, and Refused at a
    field or when nothing is to be sent.
    """
    reward = _hold(actor, reward)
    if (why := rules.why_no_address(reward.state, is_thing=reward.is_thing)) is not None:
        raise Refused(why)
    values = {
        "recipient": recipient.strip(), "phone": phone.strip(), "country": country, "region": region.strip(),
        "city": city.strip(), "street": street.strip(), "postcode": postcode.strip(),
    }  # fmt: skip
    rules.check_address(values)
    row = queries.find_address(reward.id)
    known = row is not None
    row = row or ShippingAddress(reward_id=reward.id)
    put_address(row, Address(**values))
    row.entered_at = clock.now()
    db.session.add(row)
    reward.version += 1
    record(actor, "reward.address_changed" if known else "reward.address_entered", reward)
    return reward


def remove_address(actor: Actor, reward: Reward) -> Reward:
    """Take one's address away again, before or after the thing was sent. Raises Forbidden, Refused where there is none."""
    reward = _hold(actor, reward)
    if not _deleted(reward.id):
        raise Refused(_l("There is no address of yours here."))
    reward.version += 1
    record(actor, "reward.address_removed", reward)
    return reward


def _hold(actor: Actor, reward: Reward) -> Reward:
    lock(User, reward.user_id)
    reward = lock(Reward, reward.id)
    demand(actor, P.ADDRESS_HOLD, reward)
    return reward


# -- by finance -----------------------------------------------------------------------------------


def look_at_address(actor: Actor, reward: Reward) -> Address:
    """The address of a line, for finance; the look is noted for the receiver. Raises Forbidden, Refused where there is none."""
    demand(actor, P.SHIPPING_READ, reward)
    row = queries.find_address(reward.id)
    if row is None:
        raise Refused(_l("There is no address: its receiver hasn't given one, or it was deleted."))
    address = open_address(row)
    _note_look(actor, reward.id, reward.user_id, reward.description)
    record(actor, "reward.address_seen", reward)
    return address


def export_addresses(actor: Actor, *, filters: Filters) -> list[tuple[Row[Any], Address]]:
    """Every line that is ready to be sent under ``filters`` (its standing aside) with its address; each look is noted.

    Raises Forbidden, and Refused where there is none or one can't be opened: then nothing is given out.
    """
    demand(actor, P.SHIPPING_READ)
    ready = filters.with_value("standing", rules.READY)
    # Held, so that an address that is changed meanwhile doesn't read as taken out.
    held = select(ShippingAddress).where(ShippingAddress.reward_id.in_(queries.to_send(ready)))
    addresses = {
        row.reward_id: row for row in db.session.scalars(held.order_by(ShippingAddress.reward_id).with_for_update())
    }
    rows = [row for row in db.session.execute(queries.rows(ready, actor).order_by(Reward.id)) if row.id in addresses]
    if not rows:
        raise Refused(_l("Nothing is ready to be sent here."))
    lines = {line.id: line for line in db.session.scalars(select(Reward).where(Reward.id.in_(queries.to_send(ready))))}
    found = [(row, open_address(addresses[row.id])) for row in rows]
    for row in rows:
        addresses[row.id].exported_at = clock.now()
        _note_look(actor, row.id, row.user_id, row.description)
        record(actor, "reward.address_exported", lines[row.id])
    return found


def _note_look(actor: Actor, reward_id: int, user_id: int, description: str) -> None:
    note_looks(actor, [user_id], kind="address", reason=f"{reward_id} · {description}"[:300])


def ship_prizes(actor: Actor, *, lines: Mapping[int, int], carrier: str, tracking: Sequence[str]) -> list[Reward]:
    """Note that things were sent: ``lines`` is id → version as they were seen, ``tracking`` their numbers in the same order.

    That pays the lines: by finance alone, neither by who approved nor by who receives one. Each receiver is told carrier and
    number. All or none; raises Refused naming the lines at fault, or at a field.
    """
    rules.check_parcels(list(lines), tracking)
    references = {line: rules.reference(carrier, number) for line, number in zip(lines, tracking, strict=True)}
    numbers = dict(zip(lines, (number.strip() for number in tracking), strict=True))
    held = hold_all(actor, lines, "pay")
    there = set(db.session.scalars(select(ShippingAddress.reward_id).where(ShippingAddress.reward_id.in_(list(lines)))))
    for line in held:
        if not line.is_thing or line.id not in there:
            raise Refused(_l("Nothing was done. Line %(number)s has no address to send it to.", number=line.id))
    for line in held:
        note_payment(actor, line, reference=references[line.id], version=line.version)
        record(actor, "reward.shipped", line, carrier=carrier.strip(), tracking=numbers[line.id])
    return held


# -- the end of an address ------------------------------------------------------------------------


def _deleted(reward_id: int) -> bool:
    gone = db.session.execute(delete(ShippingAddress).where(ShippingAddress.reward_id == reward_id))
    return bool(cast(CursorResult[Any], gone).rowcount)


@when_cancelled
def _with_the_line(actor: Actor, reward: Reward) -> None:
    """A line that is taken back needs no address any more."""
    if _deleted(reward.id):
        record(actor, "reward.address_deleted", reward)


def delete_kept_address(reward_id: int) -> bool:
    """Delete an address that has been kept long enough; False when there is nothing to delete (any more)."""
    reward = lock(Reward, reward_id)
    past = reward.state == PAID and reward.paid_at is not None and rules.deleted_from(reward.paid_at) <= clock.now()
    if not (past or reward.state == CANCELLED) or not _deleted(reward_id):
        return False
    record(SYSTEM, "reward.address_deleted", reward)
    return True
