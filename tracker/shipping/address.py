"""An address in the clear, for as long as a step needs it: sealed on the way in, opened on the way out."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from tracker.errors import Refused
from tracker.sealing import Broken, seal, unseal
from tracker.shipping.models import ShippingAddress
from tracker.text import _l


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a parcel goes; ``country`` as ISO 3166-1 alpha-2. None of it is ever logged, noted in the diary or mailed."""

    recipient: str
    phone: str
    country: str
    region: str
    city: str
    street: str
    postcode: str


def context(reward_id: int) -> str:
    """What the address of a line is sealed for."""
    return f"address:{reward_id}"


def sealed(reward_id: int, address: Address) -> str:
    """The address as the row keeps it."""
    return seal(context(reward_id), json.dumps(asdict(address), ensure_ascii=False).encode())


def open_address(row: ShippingAddress) -> Address:
    """The address of a row. Raises Refused where it can't be opened. Whoever shows it to finance notes the look."""
    try:
        return Address(**json.loads(unseal(context(row.reward_id), row.sealed)))
    except Broken as broken:
        raise Refused(
            _l(
                "The address of line %(number)s can't be opened: its key is missing. Tell an administrator.",
                number=row.reward_id,
            )
        ) from broken
