"""An address in the clear, for as long as a step needs it: sealed on the way in, opened on the way out."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from tracker.shipping.models import ADDRESS, ShippingAddress


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


def put_address(row: ShippingAddress, address: Address) -> None:
    """Keep the address in its row, sealed."""
    ADDRESS.put(row, json.dumps(asdict(address), ensure_ascii=False).encode())


def open_address(row: ShippingAddress) -> Address:
    """The address of a row. Raises sealing.Broken, a refusal. Whoever shows it to finance notes the look."""
    return Address(**json.loads(ADDRESS.read(row)))
