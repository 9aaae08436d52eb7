"""Stars of the year: awarded, shown, withdrawn."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from tests.honours.conftest import do, refused, said, told
from tests.support.cast import Cast
from tests.support.client import Client
from tracker import clock
from tracker.db import db, transaction
from tracker.errors import Forbidden, Refused
from tracker.events import Event
from tracker.honours import rules, service
from tracker.honours.erasure import erase_honours
from tracker.honours.models import STARS_A_YEAR, Star
from tracker.honours.rules import Facts

YEAR = 2026
WORDS = "Wrote the loops that everybody builds on."


@pytest.fixture
def star(cast: Cast) -> Star:
    """Mona makes dora, who has an accepted task, a star of AKG."""
    cast.make_claim(cast.dora, state="accepted")
    made: Star = do(service.award_star, cast.mona, cast.akg, user=" @Dora ", year=this_year(), citation=f" {WORDS} ")
    return made


def this_year() -> int:
    return clock.today("Asia/Shanghai").year


# -- the rules ------------------------------------------------------------------------------------


def facts(**more: Any) -> Facts:
    return Facts(**{"known": True, "year": YEAR, "this_year": YEAR, "sig": "AKG", **more})


@pytest.mark.parametrize(
    ("more", "field", "words"),
    [
        ({"known": False}, "user", "Nobody has this handle"), ({"suspended": True}, "user", "Nobody has this handle"),
        ({"myself": True}, "user", "to themselves"), ({"belongs": False}, "user", "neither a role in AKG"),
        ({"year": YEAR + 1}, "year", "2025 or 2026"), ({"year": YEAR - 2}, "year", "2025 or 2026"),
        ({"has_it": True, "year": YEAR - 1}, "user", f"for {YEAR - 1} already"), ({"taken": {1, 2, 3}}, None, "has awarded its 3 titles of 2026"),
    ],
)  # fmt: skip
def test_an_award_is_refused_with_the_reason(more: dict[str, Any], field: str | None, words: str) -> None:
    with pytest.raises(Refused, match=words) as caught:
        rules.check_award(facts(**more))
    assert caught.value.field == field


@pytest.mark.parametrize(("taken", "place"), [((), 1), ({1}, 2), ({2, 3}, 1), ({1, 3}, 2)])
def test_it_takes_the_first_free_place(taken: Any, place: int) -> None:
    assert rules.check_award(facts(taken=taken)) == place
    assert rules.check_award(facts(year=YEAR - 1)) == 1


# -- the services ---------------------------------------------------------------------------------


def test_the_person_is_told_and_the_words_stay_out_of_the_diary(cast: Cast, star: Star) -> None:
    assert (star.user_id, star.citation, star.place) == (cast.dora.id, WORDS, 1)
    assert told("star.awarded") == {cast.dora.id}
    do(service.withdraw_star, cast.max, star, reason="It was somebody else.")
    assert told("star.withdrawn") == {cast.dora.id}
    kept = str(db.session.scalars(select(Event.facts)).all())
    assert "everybody builds on" not in kept and "somebody else" not in kept


@pytest.mark.parametrize("who", ["nils", "dora", "admin", "fay"])
def test_only_the_sigs_maintainers_award(cast: Cast, who: str) -> None:
    cast.make_claim(cast.otto, state="accepted")
    with pytest.raises(Forbidden):
        do(service.award_star, getattr(cast, who), cast.akg, user="otto", year=this_year(), citation=WORDS)


@pytest.mark.parametrize("handle", ["mona", "nobody", "dora@example.org", "fay", "otto"])
def test_not_to_oneself_nor_to_strangers(cast: Cast, handle: str) -> None:
    _said, field = refused(service.award_star, cast.mona, cast.akg, user=handle, year=this_year(), citation=WORDS)
    assert field == "user"


def test_a_year_has_so_many_titles_and_a_withdrawn_one_frees_its_place(cast: Cast, star: Star) -> None:
    for number in range(STARS_A_YEAR - 1):
        cast.member(cast.person(f"star{number}"), cast.akg, "contributor")
        do(service.award_star, cast.mona, cast.akg, user=f"star{number}", year=this_year(), citation=WORDS)
    more: dict[str, Any] = {"user": "max", "year": this_year(), "citation": WORDS}
    assert "has awarded its 3 titles" in refused(service.award_star, cast.mona, cast.akg, **more)[0]
    do(service.award_star, cast.mona, cast.akg, **{**more, "year": this_year() - 1})
    do(service.withdraw_star, cast.mona, star, reason="A mistake.")
    assert do(service.award_star, cast.mona, cast.akg, **more).place == 1
    assert "already" in refused(service.award_star, cast.mona, cast.akg, **more)[0]


@pytest.mark.parametrize(
    ("who", "may"), [("mona", True), ("max", True), ("admin", True), ("dora", True), ("nils", False), ("otto", False)]
)
def test_who_withdraws_it(cast: Cast, star: Star, who: str, may: bool) -> None:
    """Whoever has it may give it back."""
    if not may:
        with pytest.raises(Forbidden):
            do(service.withdraw_star, getattr(cast, who), star, reason="No.")
        return
    do(service.withdraw_star, getattr(cast, who), star, reason="No.")
    assert "withdrawn already" in refused(service.withdraw_star, cast.mona, star, reason="Again.")[0]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE star SET citation = 'other'", "UPDATE star SET user_id = user_id + 1", "UPDATE star SET year = year - 1",
        "UPDATE star SET place = 4", "DELETE FROM star", "UPDATE star SET withdrawn_at = awarded_at",
        "INSERT INTO star (sig_id, year, place, user_id, citation, awarded_at, awarded_by_id, reason)"
        " SELECT sig_id, year, 2, awarded_by_id, 'x', awarded_at, awarded_by_id, '' FROM star",
        "INSERT INTO star (sig_id, year, place, user_id, citation, awarded_at, awarded_by_id, reason)"
        " SELECT sig_id, year, 2, user_id, 'x', awarded_at, awarded_by_id, '' FROM star",
        "INSERT INTO star (sig_id, year, place, user_id, citation, awarded_at, awarded_by_id, reason)"
        " SELECT sig_id, year, place, user_id + 1, 'x', awarded_at, awarded_by_id, '' FROM star",
    ],
)  # fmt: skip
def test_the_database_holds_it(star: Star, statement: str) -> None:
    with pytest.raises((Refused, DBAPIError)):
        transaction(lambda: db.session.execute(text(statement)))


def test_an_erased_account_takes_the_words_along(cast: Cast, star: Star) -> None:
    transaction(lambda: erase_honours(cast.dora))
    db.session.expire_all()
    assert (star.citation, cast.dora.in_hall) == ("", False)
    assert db.session.scalars(select(Star)).all() == [star]


# -- the pages ------------------------------------------------------------------------------------


def test_everybody_reads_it(cast: Cast, star: Star, client: Client) -> None:
    for path in ("/hall-of-honour/stars", star.path, "/hall-of-honour/", "/hall-of-honour/?sig=akg",
                 f"/hall-of-honour/stars?sig=akg&year={star.year}", "/hall-of-honour/people/dora/"):  # fmt: skip
        assert WORDS in said(client.get(path))
    for path in ("/hall-of-honour/stars?sig=ge", "/hall-of-honour/stars?year=2001", "/hall-of-honour/?sig=ge"):
        assert WORDS not in said(client.get(path))
    rows = said(client.get("/hall-of-honour/stars.csv")).splitlines()
    assert len(rows) == 2 and rows[1].startswith(f"{star.year},akg,dora,Dora,{WORDS},")
    assert len(said(client.get("/hall-of-honour/stars.csv?sig=ge")).splitlines()) == 1
    for page in ("stars", "stars.csv"):
        assert "no year such as" in said(client.get(f"/hall-of-honour/{page}?year=x", 422))
        assert "There is no SIG" in said(client.get(f"/hall-of-honour/{page}?sig=x", 422))


def test_a_withdrawn_one_is_for_its_parties(cast: Cast, star: Star, client: Client, as_: Any) -> None:
    page = said(as_(cast.dora).post(f"{star.path}withdraw", 422, reason=""))
    assert "Give the title back" in page and 'aria-invalid="true"' in page
    as_(cast.otto).post(f"{star.path}withdraw", 403, reason="No.")
    as_(cast.mona).post(f"{star.path}withdraw", reason="It was somebody else.")
    as_(cast.mona).post(f"{star.path}withdraw", 409, reason="It was somebody else.")
    for person in (cast.dora, cast.mona, cast.max, cast.admin):
        assert "It was somebody else." in said(as_(person).get(star.path))
    client.get(star.path, 404)
    as_(cast.otto).get(star.path, 404)
    for path in ("/hall-of-honour/stars", "/hall-of-honour/stars.csv", "/hall-of-honour/"):
        assert WORDS not in said(client.get(path))


def test_maintainers_award_on_a_page(cast: Cast, as_: Any) -> None:
    cast.make_claim(cast.otto, state="accepted")
    client = as_(cast.mona)
    assert "No star yet" in said(client.get("/sigs/akg/stars"))
    page = said(client.post("/sigs/akg/stars", 422, user="otto", year="next", citation=""))
    assert "Say what for" in page and "A whole number" in page and 'value="otto"' in page
    assert "to themselves" in said(client.post("/sigs/akg/stars", 422, user="mona", year=this_year(), citation=WORDS))
    client.post("/sigs/akg/stars", user="otto", year=this_year(), citation=WORDS)
    page = said(client.get("/sigs/akg/stars"))
    assert "Otto is a star of the year" in page and "In the hall" in page
    as_(cast.nils).get("/sigs/akg/stars", 403)
    as_(cast.nils).post("/sigs/akg/stars", 403, user="otto", year=this_year(), citation=WORDS)
    for number in range(STARS_A_YEAR - 1):
        cast.member(cast.person(f"star{number}"), cast.akg, "contributor")
        client.post("/sigs/akg/stars", user=f"star{number}", year=this_year(), citation=WORDS)
    page = said(client.post("/sigs/akg/stars", 409, user="max", year=this_year(), citation=WORDS))
    assert "has awarded its 3 titles" in page


def test_no_markup_gets_through(cast: Cast, client: Client) -> None:
    cast.make_claim(cast.otto, state="accepted")
    hostile = "<script>alert(1)</script>"
    star = do(service.award_star, cast.mona, cast.akg, user="otto", year=this_year(), citation=hostile)
    for path in ("/hall-of-honour/stars", star.path, "/hall-of-honour/people/otto/"):
        assert hostile not in client.get(path).text
