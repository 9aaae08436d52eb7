"""The ranking: sums of the ledger, ties, who opted out, and whose row is whose."""

from __future__ import annotations

import csv
import datetime as dt
import io
import itertools
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import settings_for
from tests.support.cast import Cast
from tests.support.client import Client
from tests.support.statements import statements
from tracker import clock
from tracker.app import create_app
from tracker.cycles.quarters import next_quarter
from tracker.db import db, transaction
from tracker.ledger.booking import Posting, book
from tracker.programmes.models import Programme
from tracker.rankings import queries
from tracker.web import paging

_keys = itertools.count()
SHANGHAI = ZoneInfo("Asia/Shanghai")


def earn(cast: Cast, user: Any, points: int, programme: Any = None, at: dt.datetime | None = None) -> None:
    posting = Posting(
        key=f"test:{next(_keys)}", kind="points", amount=points, programme=programme or cast.programme, sig_id=cast.akg.id,
        user_id=user.id,
    )  # fmt: skip
    db.session.commit()
    with clock.pretend(at or clock.now()):
        transaction(lambda: book(cast.mona, [posting]))


def ranked(cast: Cast, quarter: str = "") -> list[tuple[int, str, int]]:
    found = queries.ranking(cast.programme.id, quarter or cast.cycle.quarter)
    rows = db.session.execute(found.rows.order_by(*(key.desc() for key in found.keys)))
    return [(row.rank, row.handle, row.points) for row in rows]


def said(page: Any) -> str:
    return str(page.text).replace("&#39;", "'").replace("&amp;", "&")


def listed(page: Any) -> str:
    """The table of a page."""
    return said(page).split("<table", 1)[-1].split("</table>")[0] if "<table" in page.text else ""


@pytest.fixture
def as_(app: Flask) -> Any:
    return lambda person: Client(app).sign_in(person)


# -- ranks ----------------------------------------------------------------------------------------


def test_points_are_summed_and_ties_share_a_rank(cast: Cast) -> None:
    for user, points in ((cast.dora, 20), (cast.dora, 10), (cast.otto, 30), (cast.nils, 40), (cast.fay, 5)):
        earn(cast, user, points)
    assert ranked(cast) == [(1, "nils", 40), (2, "dora", 30), (2, "otto", 30), (4, "fay", 5)]


def test_corrections_count_and_who_is_left_with_nothing_isnt_ranked(cast: Cast) -> None:
    for user, points in ((cast.dora, 20), (cast.dora, -5), (cast.otto, 20), (cast.otto, -20), (cast.fay, -3)):
        earn(cast, user, points)
    assert ranked(cast) == [(1, "dora", 15)]
    found = queries.totals(cast.programme.id, cast.cycle.quarter)
    assert (found.points, found.people, found.hidden) == (12, 1, 0)
    own = queries.own_row(cast.programme.id, cast.cycle.quarter, cast.fay.id)
    assert own is not None and (own.points, own.rank) == (-3, None)


def test_quarters_are_cut_in_the_programmes_zone(cast: Cast) -> None:
    earn(cast, cast.dora, 20, at=dt.datetime(2026, 12, 31, 23, 30, tzinfo=SHANGHAI))
    earn(cast, cast.otto, 10, at=dt.datetime(2027, 1, 1, 0, 30, tzinfo=SHANGHAI))
    assert ranked(cast, "2026Q4") == [(1, "dora", 20)]
    assert ranked(cast, "2027Q1") == [(1, "otto", 10)]


def test_another_programme_is_another_ranking(cast: Cast) -> None:
    other = Programme(slug="other", name="Other", time_zone="Asia/Shanghai")
    db.session.add(other)
    db.session.commit()
    earn(cast, cast.dora, 20)
    earn(cast, cast.otto, 10, programme=other)
    assert ranked(cast) == [(1, "dora", 20)]
    assert queries.own_row(other.id, cast.cycle.quarter, cast.dora.id) is None


def test_who_opted_out_isnt_shown_and_nobody_moves_up(cast: Cast) -> None:
    for user, points in ((cast.dora, 30), (cast.otto, 20), (cast.fay, 20)):
        earn(cast, user, points)
    cast.dora.in_ranking = cast.fay.in_ranking = False
    db.session.commit()
    assert ranked(cast) == [(2, "otto", 20)]
    found = queries.totals(cast.programme.id, cast.cycle.quarter)
    assert (found.points, found.people, found.hidden) == (70, 3, 2)
    own = queries.own_row(cast.programme.id, cast.cycle.quarter, cast.fay.id)
    assert own is not None and (own.points, own.rank) == (20, 2)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(-9, 20).filter(bool)), max_size=12), st.sets(st.integers(0, 4))
)
def test_it_equals_the_ranking_computed_plainly(cast: Cast, entries: list[tuple[int, int]], out: set[int]) -> None:
    people = [cast.dora, cast.otto, cast.nils, cast.fay, cast.finn]
    nested = db.session.begin_nested()
    sums: dict[int, int] = {}
    for who, points in entries:
        sums[who] = sums.get(who, 0) + points
        book(cast.mona, [Posting(key=f"test:{next(_keys)}", kind="points", amount=points, programme=cast.programme,
                                 sig_id=cast.akg.id, user_id=people[who].id)])  # fmt: skip
    for number, person in enumerate(people):
        person.in_ranking = number not in out
    db.session.flush()
    with_points = {who: points for who, points in sums.items() if points > 0}
    expected = sorted(
        (1 + sum(other > points for other in with_points.values()), people[who].handle, points)
        for who, points in with_points.items() if who not in out
    )  # fmt: skip
    assert sorted(ranked(cast)) == expected
    found = queries.totals(cast.programme.id, cast.cycle.quarter)
    assert (found.points, found.people) == (sum(sums.values()), len(with_points))
    assert found.hidden == len(out & set(with_points))
    nested.rollback()


# -- pages ----------------------------------------------------------------------------------------


def test_everybody_reads_it_by_handle(cast: Cast, client: Client) -> None:
    cast.dora.display_name = "Dora Secretname"
    db.session.commit()
    earn(cast, cast.dora, 20)
    page = said(client.get("/rewards/ranking"))
    assert "dora" in listed(client.get("/rewards/ranking")) and "Secretname" not in page and ">you<" not in page
    assert "/rewards/ranking?programme=mindspore-internship" in said(client.get(cast.programme.path))
    assert "/rewards/ranking" in said(client.sign_in(cast.dora).get("/rewards/mine"))


def test_ones_own_row_is_marked(cast: Cast, as_: Any) -> None:
    for user, points in ((cast.dora, 20), (cast.otto, 30)):
        earn(cast, user, points)
    page = said(as_(cast.dora).get("/rewards/ranking"))
    assert page.count(">you<") == 1 and "Rank 2" in page and "Opt out in your profile" in page
    assert ">you<" not in said(as_(cast.fay).get("/rewards/ranking"))


def test_opting_out_in_the_profile_hides_one_from_others(cast: Cast, client: Client, as_: Any) -> None:
    for user, points in ((cast.dora, 20), (cast.otto, 30)):
        earn(cast, user, points)
    dora = as_(cast.dora)
    assert 'name="in_ranking"' in said(dora.get("/account/")) and cast.dora.in_ranking
    typed = {"display_name": "Dora", "affiliation": "", "language": "en", "time_zone": "Asia/Shanghai"}
    dora.post("/account/", **typed)
    for reader in (client, as_(cast.otto), as_(cast.admin)):
        answer = reader.get("/rewards/ranking")
        assert "dora" not in listed(answer) and "50" in said(answer) and "1 of them isn't shown" in said(answer)
        assert "only you see this" not in said(answer)
    page = dora.get("/rewards/ranking")
    assert "With 20 points you would stand at rank 2" in said(page) and "dora" not in listed(page)
    assert "You have no points in this quarter" in said(dora.get("/rewards/ranking?quarter=2020Q1"))
    dora.post("/account/", **typed, in_ranking="1")
    assert "dora" in listed(client.get("/rewards/ranking"))


def test_the_file_has_what_is_shown(cast: Cast, client: Client, as_: Any) -> None:
    for user, points in ((cast.dora, 20), (cast.otto, 30), (cast.fay, 20)):
        earn(cast, user, points)
    cast.fay.in_ranking = False
    db.session.commit()
    for reader in (client, as_(cast.fay)):
        answer = reader.get(f"/rewards/ranking.csv?programme={cast.programme.slug}&quarter={cast.cycle.quarter}")
        rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
        assert rows == [
            {"rank": "1", "handle": "otto", "points": "30"},
            {"rank": "2", "handle": "dora", "points": "20"},
        ]
        assert f"ranking-mindspore-internship-{cast.cycle.quarter}.csv" in answer.headers["Content-Disposition"]
    client.get("/rewards/ranking.csv?quarter=x", 422)


def test_an_empty_quarter_says_so_and_where_to_go(cast: Cast, client: Client) -> None:
    earn(cast, cast.dora, 20)
    page = said(client.get(f"/rewards/ranking?quarter={next_quarter(cast.cycle.quarter)}"))
    assert "No points in this quarter yet" in page and "To the tasks" in page
    assert client.get("/rewards/ranking.csv?quarter=2020Q1").data.decode("utf-8-sig") == "rank,handle,points\r\n"


@pytest.mark.parametrize(
    "asked",
    ["quarter=2026Q5", "quarter=2026Q0", "quarter=1999Q4", "quarter=2026-Q4", "quarter=第四季度", "quarter=２０２６Q４",
     "quarter=2026q4", "quarter=%27", "programme=mars", "programme=%3Cb%3E", "after=x", "after=1", "after=1~2~3",
     "after=99999999999~1", "after=--1~1", "after=%C2%B2~1"],
)  # fmt: skip
def test_what_isnt_a_quarter_or_a_programme_is_refused_with_words(cast: Cast, client: Client, asked: str) -> None:
    page = said(client.get(f"/rewards/ranking?{asked}", 422))
    assert 'class="note bad"' in page and "<b>" not in page.split("<main", 1)[1]


def test_without_any_programme_it_is_an_empty_page(app: Flask, client: Client) -> None:
    assert "No points in this quarter yet" in said(client.get("/rewards/ranking"))
    client.get("/rewards/ranking.csv")
    client.get("/rewards/ranking?programme=mars", 422)


def test_a_long_ranking_goes_on_without_losing_ties(cast: Cast, client: Client) -> None:
    people = [cast.person(f"p{number:03d}") for number in range(paging.SIZE + 5)]
    for number, person in enumerate(people):
        earn(cast, person, 10 if number < paging.SIZE - 2 else 7)
    answer = client.get("/rewards/ranking")
    first = listed(answer)
    after = answer.text.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    rest = listed(client.get(f"/rewards/ranking{after}"))
    handles = [f"p{number:03d}" for number in range(len(people))]
    assert [handle for handle in handles if f">{handle}<" in first] == handles[: paging.SIZE]
    assert [handle for handle in handles if f">{handle}<" in rest] == handles[paging.SIZE :]
    assert rest.count(f">{paging.SIZE - 1}<") == 5, "a tie over the end of a page keeps its rank"


def test_a_long_file_is_read_to_its_end(fresh_database: str, tmp_path: Path) -> None:
    """Over real connections, where a cursor doesn't outlive the request that opened it."""
    app = create_app(settings_for(fresh_database, tmp_path))
    with app.app_context():
        cast = Cast()
        people = [cast.person(f"p{number}") for number in range(1100)]
        db.session.commit()
        postings = [
            Posting(key=f"t:{person.id}", kind="points", amount=5, programme=cast.programme, sig_id=cast.akg.id,
                    user_id=person.id)
            for person in people
        ]  # fmt: skip
        transaction(lambda: book(cast.mona, postings))
        client = Client(app).sign_in(cast.dora)
        db.session.remove()
    # Without a context around the request: it ends before the file does.
    rows = client.raw.get("/rewards/ranking.csv").data.decode("utf-8-sig").split("\r\n")
    assert len(rows) == 1 + 1100 + 1 and rows[1].startswith("1,p") and rows[-2].startswith("1,p")
    with app.app_context():
        db.engine.dispose()


def test_it_takes_as_many_statements_however_many_there_are(cast: Cast, as_: Any) -> None:
    client = as_(cast.dora)
    earn(cast, cast.dora, 20)
    client.get("/rewards/ranking")
    with statements() as few:
        client.get("/rewards/ranking")
    for number in range(6):
        earn(cast, cast.person(f"p{number}"), number + 1)
    client.get("/rewards/ranking")
    with statements() as many:
        client.get("/rewards/ranking")
    assert len(few) == len(many) <= 9
