"""What is fair about sending things: pure functions over plain facts."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping, Sequence

from tracker.errors import Refused
from tracker.text import LazyString, _l

#: An address is kept for so long after its thing was sent: complaints about a parcel come within days.
KEPT = dt.timedelta(days=30)

#: So many things are noted as sent in one step: the database takes no other step meanwhile.
MOST_AT_ONCE = 500

WAITING, READY, SENT = "waiting", "ready", "sent"
#: How a thing stands, computed from its line and whether there is an address.
STANDINGS: dict[str, LazyString] = {
    WAITING: _l("Waiting for the address"),
    READY: _l("To be sent"),
    SENT: _l("Sent"),
}

#: Field → the most characters. What has a pattern below is matched as a whole.
LONGEST: dict[str, int] = {
    "recipient": 80, "phone": 25, "country": 2, "region": 80, "city": 80, "street": 200, "postcode": 12,
}  # fmt: skip
NEEDED = ("recipient", "phone", "country", "city", "street")
PHONE = r"\+?[0-9][0-9 ()\-]{4,23}"
POSTCODE = r"[A-Za-z0-9][A-Za-z0-9 \-]{1,11}"
CARRIER_LONGEST, TRACKING_LONGEST = 40, 40
TRACKING = r"[A-Za-z0-9][A-Za-z0-9\-]{3,39}"


def deleted_from(sent_at: dt.datetime) -> dt.datetime:
    """The moment from which the address is removed by the next nightly job."""
    return sent_at + KEPT


def standing(state: str, *, has_address: bool) -> str:
    """How a thing stands; empty for a line that isn't approved, or is cancelled."""
    if state == "paid":
        return SENT
    return "" if state != "approved" else READY if has_address else WAITING


def why_no_address(state: str, *, is_thing: bool) -> LazyString | None:
    """Why no address is taken for a line; None when one is."""
    if not is_thing:
        return _l("Money and points need no address.")
    if state == "proposed":
        return _l("It isn't approved yet. You are told when it is, and give the address then.")
    if state == "paid":
        return _l("It was sent or handed over: the address can't be changed any more.")
    return None if state == "approved" else _l("The line is cancelled: nothing is sent.")


def check_address(values: Mapping[str, str]) -> None:
    """Raises Refused at the first field that isn't in shape."""
    for name, longest in LONGEST.items():
        value = values[name]
        if name in NEEDED and not value.strip():
            raise Refused(_l("This field is needed."), field=name)
        _check_line(value, longest, name)
    if not re.fullmatch(PHONE, values["phone"], re.ASCII):
        raise Refused(_l("Digits, blanks and + ( ) - are fine here."), field="phone")
    if not re.fullmatch(r"[A-Z]{2}", values["country"], re.ASCII):
        raise Refused(_l("Choose a country or region."), field="country")
    if values["postcode"] and not re.fullmatch(POSTCODE, values["postcode"], re.ASCII):
        raise Refused(_l("Letters, digits, blanks and - are fine here."), field="postcode")


def _check_line(value: str, longest: int, field: str) -> None:
    if len(value) > longest:
        raise Refused(_l("At most %(longest)s characters.", longest=longest), field=field)
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in value):
        raise Refused(_l("There is a character here that can't be stored."), field=field)


def reference(carrier: str, tracking: str) -> str:
    """The payment's reference of a thing: ``SF Express SF1234567890``. Raises Refused at the field."""
    carrier, tracking = carrier.strip(), tracking.strip()
    if not carrier:
        raise Refused(_l("Name the carrier."), field="carrier")
    _check_line(carrier, CARRIER_LONGEST, "carrier")
    if not re.fullmatch(TRACKING, tracking, re.ASCII):
        raise Refused(
            _l("A tracking number has 4 to %(longest)s letters, digits or -.", longest=TRACKING_LONGEST),
            field="tracking",
        )
    return f"{carrier} {tracking}"


def check_count(lines: int) -> None:
    """Raises Refused for more lines than one step takes."""
    if lines > MOST_AT_ONCE:
        raise Refused(_l("At most %(most)s lines in one step. Narrow the list down.", most=MOST_AT_ONCE), field="lines")


def check_parcels(lines: Sequence[int], tracking: Sequence[str]) -> None:
    """Every line that is sent has its tracking number. Raises Refused."""
    if not lines:
        raise Refused(_l("Pick at least one line."), field="lines")
    check_count(len(lines))
    if len(lines) != len(tracking):
        raise Refused(_l("Each line needs its tracking number."), field="tracking")
