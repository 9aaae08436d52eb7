"""What an address and a parcel may look like, and how a thing stands."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.shipping.conftest import ADDRESS
from tracker.errors import Refused
from tracker.shipping import rules


def refused_at(rule: Any, *facts: Any) -> str | None:
    """The field that the rule names; None when it takes the facts."""
    try:
        rule(*facts)
    except Refused as refused:
        return refused.field
    return None


@pytest.mark.parametrize(
    ("state", "has_address", "standing"),
    [
        ("proposed", False, ""), ("approved", False, "waiting"), ("approved", True, "ready"), ("paid", True, "sent"),
        ("paid", False, "sent"), ("cancelled", False, ""), ("cancelled", True, ""),
    ],
)  # fmt: skip
def test_how_a_thing_stands(state: str, has_address: bool, standing: str) -> None:
    assert rules.standing(state, has_address=has_address) == standing


@pytest.mark.parametrize(
    ("state", "is_thing", "said"),
    [
        ("approved", True, None), ("approved", False, "need no address"), ("proposed", True, "isn't approved yet"),
        ("paid", True, "was sent"), ("cancelled", True, "cancelled"),
    ],
)  # fmt: skip
def test_when_an_address_is_taken(state: str, is_thing: bool, said: str | None) -> None:
    why = rules.why_no_address(state, is_thing=is_thing)
    assert (why is None) if said is None else said in str(why)


def test_an_ordinary_address_is_taken() -> None:
    rules.check_address(ADDRESS)
    rules.check_address({**ADDRESS, "country": "SG", "region": "", "postcode": "", "phone": "6123 4567"})
    rules.check_address({**ADDRESS, "street": "海淀区\u3000中关村大街 1 号", "postcode": "SW1A 1AA"})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("recipient", ""), ("recipient", "  "), ("recipient", "x" * 81), ("recipient", "a\nb"), ("recipient", "a\x00b"),
        ("phone", ""), ("phone", "call me"), ("phone", "12"), ("phone", "1" * 26), ("phone", "１３９１２３４５６７８"),
        ("country", ""), ("country", "cn"), ("country", "China"), ("country", "C\u0301"), ("region", "x" * 81),
        ("city", ""), ("city", "\ud800"), ("street", ""), ("street", "x" * 201), ("street", "a\u0085b"),
        ("postcode", "x" * 13), ("postcode", "=1+1"), ("postcode", "-"), ("postcode", "١٢٣٤"),
    ],
)  # fmt: skip
def test_what_is_out_of_shape_is_refused_at_its_field(field: str, value: str) -> None:
    with pytest.raises(Refused) as caught:
        rules.check_address({**ADDRESS, field: value})
    assert caught.value.field == field


@given(st.fixed_dictionaries({name: st.text(max_size=250) for name in ADDRESS}))
def test_any_text_is_taken_within_its_bounds_or_refused_at_a_field(values: dict[str, str]) -> None:
    if (field := refused_at(rules.check_address, values)) is not None:
        assert field in ADDRESS
        return
    assert all(len(values[name]) <= longest for name, longest in rules.LONGEST.items())
    assert all(values[name].strip() for name in rules.NEEDED)


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_reference_fits_the_payment_or_is_refused(carrier: str, tracking: str) -> None:
    if (field := refused_at(rules.reference, carrier, tracking)) is not None:
        assert field in ("carrier", "tracking")
        return
    made = rules.reference(carrier, tracking)
    assert made == f"{carrier.strip()} {tracking.strip()}" and len(made) <= 100
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]{3,39}", tracking.strip())


def test_each_line_needs_its_number() -> None:
    rules.check_parcels([1, 2], ["SF1", "SF2"])
    for lines, tracking in (([], []), ([1], []), ([1], ["a", "b"])):
        with pytest.raises(Refused):
            rules.check_parcels(lines, tracking)


def test_an_address_is_kept_for_thirty_days() -> None:
    sent = dt.datetime(2026, 12, 31, 15, 30, tzinfo=dt.UTC)
    assert rules.deleted_from(sent) == dt.datetime(2027, 1, 30, 15, 30, tzinfo=dt.UTC)
