"""Codes that nobody can guess and everybody can type."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.certificates.codes import ALPHABET, grouped, new_code, read_code

NUMBERS = st.integers(0, 2**128 - 1)


def _code(number: int) -> str:
    return "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(26)))


def test_a_new_code_has_26_characters_and_none_that_is_mistaken() -> None:
    made = {new_code() for _ in range(500)}
    assert len(made) == 500
    assert all(len(code) == 26 and not set(code) & set("ILOU") and read_code(code) == code for code in made)


def test_every_bit_of_128_is_used() -> None:
    numbers = [
        sum(ALPHABET.index(letter) << 5 * place for place, letter in enumerate(reversed(new_code())))
        for _ in range(300)
    ]
    for bit in range(128):
        assert {number >> bit & 1 for number in numbers} == {0, 1}, bit
    assert max(numbers) < 2**128


@given(NUMBERS, st.sampled_from(["", "-", " ", "–"]), st.booleans())
def test_it_is_read_in_any_groups_and_case(number: int, between: str, lower: bool) -> None:
    typed = grouped(_code(number)).replace("-", between)
    assert read_code(f" {typed.lower() if lower else typed}\n") == _code(number)


@given(NUMBERS)
def test_what_looks_alike_is_read_alike(number: int) -> None:
    code = _code(number)
    assert (
        read_code(code.replace("0", "O").replace("1", "l"))
        == read_code(code.replace("0", "o").replace("1", "I"))
        == code
    )


def test_groups_are_five_by_five() -> None:
    assert grouped("5HWTK8PN3JZC61QE7B2M4XRDVA") == "5HWTK-8PN3J-ZC61Q-E7B2M-4XRDVA"


def test_full_width_characters_of_an_input_method_are_read() -> None:
    assert read_code("５ＨＷＴＫ－8PN3J-ZC61Q-E7B2M-4XRDVA") == "5HWTK8PN3JZC61QE7B2M4XRDVA"


@pytest.mark.parametrize(
    "typed", ["", "0" * 25, "0" * 27, "8" + "0" * 25, "U" * 26, "0" * 25 + "é", "0" * 10_000, "ﷺ" * 26]
)
def test_what_cant_be_a_code_is_none(typed: str) -> None:
    assert read_code(typed) is None


@given(st.text())
def test_no_text_is_too_strange(typed: str) -> None:
    found = read_code(typed)
    assert found is None or read_code(grouped(found)) == found
