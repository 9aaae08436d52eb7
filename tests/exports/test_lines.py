"""Exports are written by columns and by the database: the same bytes as cell by cell, whatever the cells hold."""

from __future__ import annotations

import csv
import datetime as dt
import io
import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, MetaData, Table, insert, literal, select, union_all

from tests.support.cast import Cast
from tracker import clock
from tracker.certificates.models import Certificate, CertificateLayout
from tracker.certificates.queries import hash_of
from tracker.db import UTC, db
from tracker.exports import service
from tracker.exports.columns import Written, written
from tracker.exports.headings import headings
from tracker.exports.kinds import EXPORTS, PART, ZONE, table
from tracker.exports.lines import lines
from tracker.ledger.models import LedgerAccount, Transfer
from tracker.meetings.models import ProgressNote
from tracker.permissions import SYSTEM
from tracker.rewards.models import Reward
from tracker.web.csv import Amount, cell, stream

SHANGHAI = ZONE
BLANKS = ("", " ", "\u00a0", "\u3000", "\u200b", "\ufeff", "\u2060")
FIRST = "=+-@|%＝＋－＠﹦﹢﹣﹫｜％\t\r\n\v\x1b\x7f\x85a图1'\"(−😀"
NASTY = [
    *(f"{blank}{first}1, \"b\" 5" for blank, first in itertools.product(BLANKS, FIRST)),
    "", " ", "\u200b", "-5.00", "a,b", 'say "so"', '"', ",", "two\nlines", "two\r\nlines", "\rx", "x\t=1", "a=b", "图算融合",
]  # fmt: skip


def cell_by_cell(kind: str) -> bytes:
    """The file as it was written before: every row an object, every cell by itself."""
    export = EXPORTS[kind]

    def rows() -> Iterator[list[Any]]:
        for row in db.session.execute(export.query(SYSTEM, {})):
            yield [Amount(v) if at in export.money and v is not None else v for at, v in enumerate(row)]

    return b"".join(stream(headings(kind, "en"), rows()))


@pytest.fixture
def nasty(cast: Cast) -> int:
    """Lines, points, notes and roles whose every text is nasty; the number of lines."""
    now = clock.now()
    moments = itertools.cycle(
        dt.datetime(2026, 1, 1, tzinfo=dt.UTC) + dt.timedelta(days=n * 31, hours=n, microseconds=n * 99_999 + 999)
        for n in range(11)
    )
    amounts = itertools.cycle([-10_000_000_000, -100, -99, -5, 5, 99, 100, 123_456_789, 10_000_000_000, None])
    accounts = [
        LedgerAccount(key=key, kind=kind, programme_id=cast.programme.id, user_id=user, unit="points")
        for key, kind, user in (("i", "issued", None), ("e", "earned", cast.dora.id))
    ]
    db.session.add_all(accounts)
    live = cast.make_claim(state="active")
    lines = []
    for number, text in enumerate(NASTY):
        amount, moment = next(amounts), next(moments)
        cast.person(f"p{number}", display_name=text)
        lines.append(
            Reward(
                sig_id=cast.akg.id, programme_id=cast.programme.id, quarter="2026Q4", month="2026-11", user_id=cast.dora.id,
                kind="correction", description=text, task_id=cast.task.id if number % 2 else None, amount=amount,
                points=-7 if amount is None else None, currency="CNY" if amount else "", state="proposed",
                proposed_by_id=cast.mona.id, proposed_at=moment, payment_reference=text, reason=text,
            )
        )  # fmt: skip
        db.session.add(
            ProgressNote(
                claim_id=live.id, author_id=cast.dora.id, percent=number % 101, done=text, next=text[::-1], blockers="",
                links=[[], [text], [text, "b"], ["a", text]][number % 4], written_at=moment, mentor_comment=text,
            )
        )  # fmt: skip
        debit, credit = accounts if number % 3 else accounts[::-1]
        db.session.flush()
        db.session.add(
            Transfer(
                key=f"t{number}", kind="points", debit_id=debit.id, credit_id=credit.id, unit="points", amount=5, at=moment,
                month="2026-11", programme_id=cast.programme.id, sig_id=cast.akg.id, user_id=cast.dora.id,
                by_id=cast.nils.id, reason=text, digest="",
            )
        )  # fmt: skip
    db.session.add_all(lines)
    db.session.flush()
    for line in lines[::3]:
        line.state, line.approved_by_id, line.approved_at, line.approved_amount = (
            "approved",
            cast.max.id,
            now,
            line.amount,
        )
    cast.make_task(
        title='=1+1, or "2"', backends=[], expected_on=None, accept_by=None, area_id=None, difficulty="", hours=None
    )
    cast.make_claim(cast.otto, cast.make_task(title="＝x"), state="released", reason='\u3000-no,\n"why"')
    cast.member(cast.otto, cast.akg, "member", until=dt.date(2030, 2, 28))
    db.session.add(_certificate(cast))
    db.session.commit()
    return len(lines)


def _certificate(cast: Cast) -> Certificate:
    role = cast.member(cast.otto, cast.akg, "contributor", until=dt.date(2030, 2, 28))
    db.session.flush()
    layout = db.session.scalars(select(CertificateLayout.id).where(CertificateLayout.slug == "general")).one()
    return Certificate(
        code="0" * 26, code_hash=hash_of("0" * 26), kind="service", entitlement=f"service-{role.id}", membership_id=role.id, user_id=cast.otto.id,
        sig_id=cast.akg.id, layout_id=layout, name="=Otto", community="MindSpore", sig_name="AKG", sig_name_zh="",
        programme_name="", programme_name_zh="", title="@Maintainer, “AKG”", title_zh="", period_from=dt.date(2024, 3, 1),
        issued_on=dt.date(2026, 11, 1), issued_at=clock.now(), issued_by_id=cast.mona.id, sha256="0" * 64, key_id="0" * 16,
        credential="{}",
    )  # fmt: skip


@pytest.mark.parametrize("kind", EXPORTS)
def test_it_writes_the_bytes_that_it_wrote_cell_by_cell(nasty: int, kind: str) -> None:
    made = b"".join(service.export(kind, SYSTEM, {}))
    assert made == cell_by_cell(kind)
    assert made.count(b"\r\n") > (nasty if kind in ("rewards", "points", "progress") else 1)


def test_only_what_the_first_character_asks_for_is_made_inert(nasty: int) -> None:
    text = b"".join(service.export("rewards", SYSTEM, {})).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["description"].removeprefix("'") for row in rows] == [text.removeprefix("'") for text in NASTY]
    assert {row["amount"] for row in rows} >= {"-100000000.00", "-1.00", "-0.99", "-0.05", "0.05", ""}


def test_parts_lose_no_row(cast: Cast) -> None:
    db.session.add_all(
        Reward(
            sig_id=cast.akg.id, programme_id=cast.programme.id, quarter="2026Q4", month="2026-11", user_id=cast.dora.id,
            kind="bonus", description=str(number), amount=100, currency="CNY", state="proposed",
            proposed_by_id=cast.mona.id, proposed_at=clock.now(),
        )
        for number in range(PART * 2 + 1)
    )  # fmt: skip
    db.session.commit()
    sizes = [len(part) for part in table("rewards", SYSTEM, {}).parts]
    assert sum(sizes) == PART * 2 + 1 and max(sizes) == PART
    chunks = list(service.export("rewards", SYSTEM, {}))
    assert len(chunks) == 1 + len(sizes) and chunks[0].startswith(b"\xef\xbb\xbfreward,sig,")
    assert b"".join(chunks) == cell_by_cell("rewards")


# -- what the database writes ---------------------------------------------------------------------

MOMENTS = [
    dt.datetime(1992, 1, 1, tzinfo=dt.UTC), dt.datetime(2026, 12, 31, 15, 59, 59, 999_999, tzinfo=dt.UTC),
    dt.datetime(2026, 12, 31, 16, 0, tzinfo=dt.UTC), dt.datetime(2028, 2, 29, 23, 59, 59, 500, tzinfo=dt.UTC),
    dt.datetime(2026, 7, 1, 0, 0, 0, 999_500, tzinfo=dt.UTC), dt.datetime(2099, 12, 31, 23, 59, 59, 999_999, tzinfo=dt.UTC),
]  # fmt: skip


def test_moments_days_flags_and_money_are_written_as_cell_by_cell(cast: Cast) -> None:
    values: list[Any] = [
        (moment, moment.date(), bool(number % 2), -(10**number) + 7) for number, moment in enumerate(MOMENTS)
    ]
    # A table of its own, so that the values go through the columns' types as those of every other.
    from sqlalchemy import Boolean, Date

    kept = Table("written_test", MetaData(), Column("id", Integer, primary_key=True), Column("at", UTC), Column("day", Date),
                 Column("flag", Boolean), Column("fen", Integer), prefixes=["TEMPORARY"])  # fmt: skip
    kept.create(db.session.connection())
    for row in [*values, (None, None, None, None)]:
        db.session.execute(insert(kept).values(dict(zip(("at", "day", "flag", "fen"), row, strict=True))))
    query, holds = written(select(kept.c.at, kept.c.day, kept.c.flag, kept.c.fen).order_by(kept.c.id), frozenset([3]))
    assert holds == [Written.DATE, Written.DATE, Written.TEXT, Written.MONEY]
    found = [["" if v is None else str(v) for v in row] for row in db.session.execute(query)]
    wanted = [[str(cell(v, SHANGHAI)) for v in (*row[:3], Amount(row[3]))] for row in values]
    assert found == [*wanted, ["", "", "", ""]]
    kept.drop(db.session.connection())


def test_clocks_in_shanghai_have_been_eight_hours_ahead_as_long_as_there_is_anything_to_export() -> None:
    hours = (dt.datetime(1992, 1, 1, tzinfo=SHANGHAI) + dt.timedelta(hours=n * 11) for n in range(36_000))
    assert {moment.utcoffset() for moment in hours} == {dt.timedelta(hours=8)}


def test_a_column_of_a_union_is_no_trap(cast: Cast) -> None:
    both = union_all(select(literal(1).label("n")), select(literal(2))).subquery()
    query, holds = written(select(both.c.n).order_by(both.c.n), frozenset())
    assert holds == [Written.NUMBER] and [row[0] for row in db.session.execute(query)] == [1, 2]


# -- lines ----------------------------------------------------------------------------------------

texts = st.one_of(st.none(), st.text(max_size=8), st.sampled_from(NASTY))


@given(st.lists(st.tuples(texts, st.one_of(st.none(), st.integers()), texts), min_size=1, max_size=30))
def test_lines_are_those_of_the_csv_module(rows: list[tuple[Any, ...]]) -> None:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\r\n").writerows([cell(value, SHANGHAI) for value in row] for row in rows)
    assert lines(rows, {0, 2}) == buffer.getvalue()
