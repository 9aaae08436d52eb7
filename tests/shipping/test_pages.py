"""Pages of things that are sent, and each of their POST routes: taken, invalid, refused, forbidden, invisible, signed out."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from flask import Flask

from tests.rewards.lines import propose
from tests.shipping.conftest import ADDRESS, enter, events, reload, ship
from tests.support.cast import Cast
from tests.support.client import Client
from tests.support.statements import statements
from tracker.db import db
from tracker.shipping import queries
from tracker.web import paging


def said(page: Any) -> str:
    return str(page.text).replace("&#39;", "'").replace("&amp;", "&")


def table(answer: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))


# -- the receiver ---------------------------------------------------------------------------------


def test_the_receiver_gives_and_changes_the_address(cast: Cast, thing: Any, as_: Any) -> None:
    line = thing()
    client = as_(cast.dora)
    assert "Give the address" in said(client.get(line.path))
    assert f"/rewards/{line.id}/address" in said(client.get("/rewards/mine"))
    page = said(client.get(f"{line.path}address"))
    assert "deleted 30 days after" in page and "goes to 2 people" in page and "China" in page
    answer = client.post(f"{line.path}address", **ADDRESS)
    page = said(client.get(answer.location))
    assert "Finance is told that there is one" in page and "See or change the address" in page
    assert ADDRESS["street"] not in page
    page = said(client.get(f"{line.path}address"))
    assert ADDRESS["street"] in page and ADDRESS["phone"] in page
    client.post(f"{line.path}address", **{**ADDRESS, "city": "Elsewhere"})
    assert "Elsewhere" in said(client.get(f"{line.path}address"))


def test_what_is_out_of_shape_is_kept_on_the_page(cast: Cast, thing: Any, as_: Any) -> None:
    line = thing()
    client = as_(cast.dora)
    page = said(client.post(f"{line.path}address", 422, **{**ADDRESS, "phone": "call me"}))
    assert "call me" in page and ADDRESS["street"] in page and 'aria-invalid="true"' in page
    for wrong in (
        {"country": "XX"}, {"country": "ZZ"}, {"recipient": ""}, {"street": "x" * 201}, {"city": "a\x07b"},
        {"postcode": "=1+1"}, {"region": "x" * 81}, {"recipient": ["a", "b"]},
    ):  # fmt: skip
        client.post(f"{line.path}address", 422, **{**ADDRESS, **wrong})
    client.post(f"{line.path}address", 422)


HOSTILE = (
    '"><script>alert(1)</script>',
    "{{ 7 * 7 }}",
    "'; DROP TABLE reward; --",
    "=HYPERLINK(1)",
    "\u202eevil",
    "%s%n",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(cast: Cast, thing: Any, as_: Any, text: str) -> None:
    line = thing()
    as_(cast.dora).post(f"{line.path}address", **{**ADDRESS, "street": text, "recipient": text})
    page = as_(cast.fay).post(f"{line.path}address/look", 200).text
    assert "<script>alert" not in page and "49" not in page.split("<main", 1)[1].split("</dl>")[0]
    [row] = table(as_(cast.fay).post("/rewards/shipping/addresses.csv", 200))
    assert row["street"] == (f"'{text}" if text[0] in "=%" else text)


def test_it_is_refused_once_it_was_sent(cast: Cast, thing: Any, as_: Any) -> None:
    line = enter(cast, thing())
    ship(cast.fay, line)
    client = as_(cast.dora)
    page = said(client.get(f"{line.path}address"))
    assert ADDRESS["street"] in page and "It is deleted on" in page and "<form" not in page.split("<main", 1)[1]
    assert "can't be changed any more" in said(client.post(f"{line.path}address", 409, **ADDRESS))
    page = said(client.get(line.path))
    assert "30 days after it was sent" in page and "Delete it now" in page
    client.post(f"{line.path}address/remove")
    client.post(f"{line.path}address/remove", 409)
    assert "No address is kept any more" in said(client.get(line.path))


def test_an_address_that_cant_be_opened_can_be_typed_anew(cast: Cast, thing: Any, as_: Any) -> None:
    line = enter(cast, thing())
    queries.find_address(line.id).sealed = "lost"  # type: ignore[union-attr]
    db.session.commit()
    client = as_(cast.dora)
    client.get(f"{line.path}address")
    client.post(f"{line.path}address", **ADDRESS)
    assert ADDRESS["street"] in said(client.get(f"{line.path}address"))


def test_money_and_what_isnt_approved_says_why(cast: Cast, as_: Any) -> None:
    client = as_(cast.dora)
    money = propose(cast)
    assert "need no address" in said(client.get(f"{money.path}address"))
    client.post(f"{money.path}address", 409, **ADDRESS)
    proposed = propose(cast, amount=None, currency="", description="Soon")
    assert "isn't approved yet" in said(client.get(f"{proposed.path}address"))
    assert "once the line is approved" in said(client.get(proposed.path))


def test_it_is_there_for_its_receiver_alone(cast: Cast, thing: Any, app: Flask, as_: Any) -> None:
    line = enter(cast, thing())
    for path, typed in ((f"{line.path}address", ADDRESS), (f"{line.path}address/remove", {})):
        as_(cast.mona).post(path, 403, **typed)
        as_(cast.fay).post(path, 403, **typed)
        as_(cast.otto).post(path, 404, **typed)
        Client(app).post(path, 404, **typed)
        as_(cast.dora).post(path, 400, token=False, **typed)
    as_(cast.dora).get("/rewards/99999999999999/address", 404)


# -- finance --------------------------------------------------------------------------------------


def test_finance_looks_and_the_receiver_sees_it(cast: Cast, thing: Any, app: Flask, as_: Any) -> None:
    line = enter(cast, thing())
    page = said(as_(cast.fay).get(line.path))
    assert "Look at the address" in page and ADDRESS["street"] not in page
    page = said(as_(cast.fay).post(f"{line.path}address/look", 200))
    assert ADDRESS["street"] in page and "This look is noted, and Dora sees it" in page
    assert "Fay looked at the address for A development board" in said(as_(cast.dora).get(line.path))
    for other, status in ((cast.mona, 403), (cast.admin, 403), (cast.dora, 403), (cast.otto, 404)):
        as_(other).post(f"{line.path}address/look", status)
    Client(app).post(f"{line.path}address/look", 404)
    as_(cast.fay).post(f"{line.path}address/look", 400, token=False)
    as_(cast.fay).post(f"{thing('Bare').path}address/look", 409)
    assert events(line).count("reward.address_seen") == 1


def test_the_list_shows_what_waits_what_is_ready_and_what_was_sent(cast: Cast, thing: Any, as_: Any) -> None:
    waiting, ready, sent = thing("Waiting"), enter(cast, thing("Ready")), enter(cast, thing("Was sent"))
    mine = enter(cast, thing("Approved by fay", approver=cast.fay))
    thing("Money", amount=100, currency="CNY")
    ship(cast.finn, sent)
    client = as_(cast.fay)
    page = said(client.get("/rewards/shipping/"))
    assert "Ready" in page and "Waiting<" not in page and "Was sent" not in page and "Money" not in page
    assert f'value="{ready.id}.{ready.version}"' in page and f'value="{mine.id}.' not in page
    assert "You approved it: another person pays" in page
    assert "Waiting" in said(client.get("/rewards/shipping/?standing=waiting"))
    assert f"SF Express SF10000{sent.id}" in said(client.get("/rewards/shipping/?standing=sent"))
    assert "Nothing here" in said(client.get("/rewards/shipping/?sig=ge"))
    assert f"/rewards/{waiting.id}/" not in said(client.get(f"/rewards/shipping/?quarter={ready.quarter}&sig=akg"))
    for wrong in ("standing=lost", "sig=..", "quarter=2026Q5", "after=x", "after=0", "programme=%F0%9F%99%82"):
        client.get(f"/rewards/shipping/?{wrong}", 422)


def test_the_lists_file_has_no_address(cast: Cast, thing: Any, as_: Any) -> None:
    line = enter(cast, thing())
    thing("Waiting")
    client = as_(cast.fay)
    [row] = table(client.get("/rewards/shipping.csv?standing=ready"))
    assert (row["reward"], row["handle"], row["state"]) == (str(line.id), "dora", "ready")
    assert ADDRESS["street"] not in str(row) and events(line)[-1] == "reward.address_entered"
    assert [row["prize"] for row in table(client.get("/rewards/shipping.csv?standing=waiting"))] == ["Waiting"]
    client.get("/rewards/shipping.csv?standing=lost", 422)


def test_addresses_are_taken_out_as_a_file(cast: Cast, thing: Any, app: Flask, as_: Any) -> None:
    line = enter(cast, thing())
    answer = as_(cast.fay).post("/rewards/shipping/addresses.csv?standing=ready&sig=akg", 200)
    [row] = table(answer)
    assert {name: row[name] for name in ADDRESS} == {**ADDRESS, "country": "China", "phone": "'+86 139 1234 5678"}
    assert "attachment" in answer.headers["Content-Disposition"] and "no-store" in answer.headers["Cache-Control"]
    assert events(line)[-1] == "reward.address_exported"
    as_(cast.fay).post("/rewards/shipping/addresses.csv?sig=ge", 409)
    as_(cast.fay).post("/rewards/shipping/addresses.csv?sig=..", 422)
    as_(cast.fay).post("/rewards/shipping/addresses.csv", 400, token=False)
    as_(cast.fay).get("/rewards/shipping/addresses.csv", 405)
    for other in (cast.mona, cast.dora, cast.admin):
        as_(other).post("/rewards/shipping/addresses.csv", 403)
    Client(app).post("/rewards/shipping/addresses.csv", 302)


def test_picked_things_are_sent_after_their_numbers_are_typed(cast: Cast, thing: Any, as_: Any) -> None:
    one, other = enter(cast, thing("One")), enter(cast, thing("Other", user=cast.otto), actor=cast.otto)
    client = as_(cast.fay)
    picked = [f"{one.id}.{one.version}", f"{other.id}.{other.version}"]
    page = said(client.post("/rewards/shipping/ship", 200, lines=picked))
    assert "Note 2 things as sent" in page and page.count('name="tracking"') == 2
    page = said(client.post("/rewards/shipping/ship", 422, lines=picked, carrier="SF", tracking=["ONE-1", ""]))
    assert 'value="ONE-1"' in page and "A tracking number has" in page and reload(one).state == "approved"
    client.post("/rewards/shipping/ship", 422, lines=picked, carrier="", tracking=["ONE-1", "OTHER-1"])
    client.post("/rewards/shipping/ship", lines=picked, carrier="SF", tracking=["ONE-1", "OTHER-1"])
    assert reload(one).payment_reference == "SF ONE-1" and reload(other).payment_reference == "SF OTHER-1"
    page = said(client.post("/rewards/shipping/ship", 409, lines=picked, carrier="SF", tracking=["ONE-1", "OTHER-1"]))
    assert "Nothing is left to send" in page and "2 picked lines are left out" in page
    client.post("/rewards/shipping/ship", 409, lines=picked)


def test_what_isnt_a_pick_is_refused(cast: Cast, thing: Any, app: Flask, as_: Any) -> None:
    line = enter(cast, thing())
    client = as_(cast.fay)
    for wrong in ("x", "1", "1.x", "99999999999.1", "-1.1"):
        client.post("/rewards/shipping/ship", 422, lines=wrong)
    client.post("/rewards/shipping/ship", 409)
    many = [f"{number}.1" for number in range(1, 40_000)]
    client.post("/rewards/shipping/ship", 422, lines=many)
    client.post("/rewards/shipping/ship", 422, lines=many, carrier="SF", tracking=["SF1234"] * len(many))
    pick = f"{line.id}.{line.version}"
    client.post("/rewards/shipping/ship", 422, lines=pick, carrier="SF", tracking=["SF1234", "SF5678"])
    client.post("/rewards/shipping/ship", 409, lines=f"{line.id}.1", carrier="SF", tracking="SF1234")
    client.post("/rewards/shipping/ship", 400, token=False, lines=pick)
    for other in (cast.mona, cast.dora, cast.admin):
        as_(other).post("/rewards/shipping/ship", 403, lines=pick)
    Client(app).post("/rewards/shipping/ship", 302, lines=pick)
    assert reload(line).state == "approved"


def test_one_is_sent_from_its_own_page(cast: Cast, thing: Any, as_: Any) -> None:
    line = enter(cast, thing())
    page = said(as_(cast.fay).get(line.path))
    assert "Note it as sent" in page and "Handed over without a parcel" in page
    answer = as_(cast.fay).post(
        f"/rewards/shipping/ship?back={line.path}", lines=f"{line.id}.{line.version}", carrier="SF", tracking="SF1234"
    )
    assert answer.location == line.path
    assert "Reference SF SF1234" in said(as_(cast.dora).get(line.path))
    assert "Note it as sent" not in said(as_(cast.mona).get(enter(cast, thing("Another")).path))


def test_the_list_takes_as_many_statements_however_long_it_is(cast: Cast, thing: Any, as_: Any) -> None:
    client = as_(cast.fay)
    enter(cast, thing("First"))
    client.get("/rewards/shipping/")
    with statements() as few:
        client.get("/rewards/shipping/")
    for number in range(5):
        enter(cast, thing(f"Thing {number}"))
    client.get("/rewards/shipping/")
    with statements() as many:
        client.get("/rewards/shipping/")
    assert len(few) == len(many) <= 12


def test_a_long_list_goes_on(cast: Cast, thing: Any, as_: Any) -> None:
    for number in range(paging.SIZE + 1):
        thing(f"Thing {number:03d}")
    client = as_(cast.fay)
    page = said(client.get("/rewards/shipping/?standing=waiting"))
    assert "Thing 050" in page and "Thing 000" not in page
    after = page.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0]
    rest = said(client.get(f"/rewards/shipping/{after}"))
    assert "Thing 000" in rest and "Thing 050" not in rest
