"""Shapes, masks and obstacles as tables and properties: pure."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.errors import Refused
from tracker.payees import rules
from tracker.payees.rules import Needed, Wrong

TODAY = dt.date(2026, 11, 27)


def resident(first_17: str) -> str:
    """The number with its check character, computed another way than the rules do: ISO 7064, MOD 11-2."""
    value = 0
    for digit in first_17:
        value = (value + int(digit)) * 2 % 11
    return first_17 + "0123456789X"[(12 - value) % 11]


# -- ID numbers -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("11010519491231002X", "11010519491231002X"),  # the samples of GB 11643-1999
        ("440524188001010014", None),  # born 1880
        ("11010519491231002x", "11010519491231002X"),
        (" 110105 19491231 002X ", "11010519491231002X"),
        ("１１０１０５１９４９１２３１００２Ｘ", "11010519491231002X"),
        ("110105194912310021", None),  # another check character
        ("11010519491231012X", None),
        ("110105194913310028", None),  # a thirteenth month
        (resident("11010520261128001"), None),  # born tomorrow
        (resident("11010520261127001"), resident("11010520261127001")),
        (resident("91010520001231001"), resident("91010520001231001")),  # a permanent residence card
        ("110105491231002", None),  # 15 digits: void since 2013
        ("1101051949123100", None), ("1101051949123100211", None),
        ("E12345678", "E12345678"), ("e1234-5678", "E12345678"), ("P4711 0815", "P47110815"), ("C01X00T47", "C01X00T47"),
        ("H1234567801", "H1234567801"), ("12345", "12345"),
        ("ABCDEFGH", None), ("123", None), ("AB12", None), ("E1234567_", None), ("É12345678", None), ("", None),
        ("E12345678901234", None), ("<script>", None), ("٠١٢٣٤٥٦٧", None),
    ],
)  # fmt: skip
def test_id_numbers(typed: str, read: str | None) -> None:
    if read is None:
        with pytest.raises(Wrong) as wrong:
            rules.id_number(typed, TODAY)
        assert str(wrong.value.message) and (not typed or typed not in f"{wrong.value} {wrong.value.message}")
    else:
        assert rules.id_number(typed, TODAY) == read


@given(
    st.integers(100000, 999999), st.dates(dt.date(1900, 1, 1), TODAY), st.integers(0, 999), st.integers(0, 16),
    st.integers(1, 9),
)  # fmt: skip
def test_one_wrong_digit_of_a_resident_id_is_noticed(
    region: int, born: dt.date, number: int, at: int, off: int
) -> None:
    right = resident(f"{region}{born:%Y%m%d}{number:03d}")
    assert rules.id_number(right, TODAY) == right
    wrong = right[:at] + str((int(right[at]) + off) % 10) + right[at + 1 :]
    with pytest.raises(Wrong):
        rules.id_number(wrong, TODAY)


# -- names, banks, accounts -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("王小明", "王小明"), ("  Dora   Ekström ", "Dora Ekström"), ("O'Neil-Smith, Jr.", "O'Neil-Smith, Jr."),
        ("阿卜杜拉·买买提", "阿卜杜拉·买买提"), ("Đặng Thị", "Đặng Thị"), ("Li", "Li"),
        ("王", None), ("王1", None), ("12", None), ("..", None), ("Dora <b>", None), ("Dora=1", None), ("a\u200bb", None), ("", None),
    ],
)  # fmt: skip
def test_legal_names(typed: str, read: str | None) -> None:
    _same_or_wrong(rules.legal_name, typed, read)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("6200 0000 0000 0005", "6200000000000005"), ("6200-0000-0000-0006", "6200000000000006"),
        ("１２３４５６７８", "12345678"), ("1" * 30, "1" * 30), ("1" * 31, None), ("1234567", None), ("", None),
        ("DE89 3704 0044 0532 0130 00", "DE89370400440532013000"), ("gb82west12345698765432", "GB82WEST12345698765432"),
        ("DE88370400440532013000", None), ("DE89370400440532013001", None), ("DE89", None), ("1234 5678 x", None), ("-12345678.5", None),
        ("1e20", None), ("²²²²²²²²²", "222222222"), ("٠" * 10, None),
    ],
)  # fmt: skip
def test_accounts(typed: str, read: str | None) -> None:
    _same_or_wrong(rules.account, typed, read)


@pytest.mark.parametrize(
    ("typed", "read"),
    [("示例银行 高新支行", "示例银行 高新支行"), ("Example Bank (BIC EXMPDEFF)", "Example Bank (BIC EXMPDEFF)"), ("1", None), ("银", None)],
)  # fmt: skip
def test_banks(typed: str, read: str | None) -> None:
    _same_or_wrong(rules.bank, typed, read)


def _same_or_wrong(shape: object, typed: str, read: str | None) -> None:
    assert callable(shape)
    if read is None:
        with pytest.raises(Wrong):
            shape(typed)
    else:
        assert shape(typed) == read == shape(read)


@pytest.mark.parametrize(
    ("number", "doubtful"),
    [
        ("6200000000000005", False), ("6200000000000006", True), ("6212142222000003", False), ("6212142222000030", True),
        ("4242424242424242", False), ("12345678", False), ("1" * 15, False), ("1" * 20, False), ("DE89370400440532013000", False),
    ],
)  # fmt: skip
def test_a_card_that_fails_luhn_is_worth_a_second_look(number: str, doubtful: bool) -> None:
    assert rules.doubtful(number) is doubtful


@given(st.text("0123456789", min_size=15, max_size=18))
def test_just_one_last_digit_fits_a_card(first: str) -> None:
    assert sum(not rules.doubtful(f"{first}{last}") for last in range(10)) == 1


# -- masks ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mask", "value", "shown"),
    [
        (rules.mask_words, "王小明", "王**"), (rules.mask_words, "王明", "王**"), (rules.mask_words, "Dora Ekström", "D**"),
        (rules.mask_number, "11010519491231002X", "****002X"), (rules.mask_number, "6200000000000005", "****0005"),
        (rules.mask_number, "E12345678", "****78"), (rules.mask_number, "12345", "****45"),
        (rules.mask_number, "123456789012", "****9012"),
    ],
)  # fmt: skip
def test_masks(mask: object, value: str, shown: str) -> None:
    assert callable(mask) and mask(value) == shown


@given(st.text("0123456789X", min_size=5, max_size=34))
def test_a_masked_number_covers_most_of_it(number: str) -> None:
    shown = rules.mask_number(number)
    assert shown.startswith("****") and len(shown) - 4 < len(number) / 2 and number.endswith(shown[4:])


# -- reasons --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reason", "kept"),
    [
        ("First payment", "First payment"), ("  a  b  c ", "a b c"), ("abcde", "abcde"), ("核对账号信息", "核对账号信息"),
        ("abcd", None), ("    ", None), ("x" * 301, None),
        ("Account 6200 0000 0000 0005 was wrong", None), ("账号 ６２０００００００００００００５", None), ("ask 王小明 why", None),
        ("id 110105-19491231-002x", None), ("Clarify with Li", "Clarify with Li"),
    ],
)  # fmt: skip
def test_reasons_say_something_and_give_nothing_away(reason: str, kept: str | None) -> None:
    secret = ("王小明", "11010519491231002X", "6200000000000005", "Li")
    if kept is None:
        with pytest.raises(Refused) as refused:
            rules.check_reason(reason, secret=secret)
        assert refused.value.field == "reason"
    else:
        assert rules.check_reason(reason, secret=secret) == kept


# -- exclusions, removal --------------------------------------------------------------------------


def _day(number: int | None) -> dt.date | None:
    return None if number is None else TODAY + dt.timedelta(days=number)


@given(
    st.integers(0, 20), st.none() | st.integers(0, 20), st.integers(0, 20), st.none() | st.integers(0, 20)
)  # fmt: skip
def test_spans_overlap_just_where_they_share_a_day(a: int, b: int | None, c: int, d: int | None) -> None:
    first, other = set(range(a, 60 if b is None else b + 1)), set(range(c, 60 if d is None else d + 1))
    if first and other:
        taken = rules.overlap(TODAY + dt.timedelta(days=a), _day(b), [(TODAY + dt.timedelta(days=c), _day(d))])
        assert (taken is not None) == bool(first & other)


NOW = dt.datetime(2026, 11, 27, 4, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("on_the_way", "paid_days_ago", "retention", "obstacles"),
    [
        (0, None, 365, 0),  # nothing was ever paid
        (0, None, 0, 0),
        (1, None, 365, 1),
        (0, 364, 365, 1), (0, 365, 365, 0), (0, 366, 365, 0),
        (0, 0, 0, 0), (0, 1, 0, 0),
        (2, 10, 365, 2), (1, 400, 365, 1), (1, 400, 0, 1),
    ],
)  # fmt: skip
def test_what_holds_removal_up(on_the_way: int, paid_days_ago: int | None, retention: int, obstacles: int) -> None:
    paid = None if paid_days_ago is None else NOW - dt.timedelta(days=paid_days_ago)
    found = rules.holds_removal_up(Needed(on_the_way=on_the_way, last_paid_at=paid), now=NOW, retention_days=retention)
    assert len(found) == obstacles


def test_it_says_until_when() -> None:
    paid = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)
    [why] = rules.holds_removal_up(Needed(on_the_way=0, last_paid_at=paid), now=NOW, retention_days=365)
    assert "1 November 2026" in str(why) and "1 November 2027" in str(why) and "365 days" in str(why)
