"""Pages of public notices: who reads what, and each of their POST routes."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from typing import Any

import pytest
from flask import Flask

from tests.public_notices.conftest import do, reload, seen, told
from tests.rewards.lines import approve, propose
from tests.support.cast import Cast
from tests.support.client import Client
from tests.support.statements import statements
from tracker import clock
from tracker.dashboard import queries as dashboard
from tracker.db import db
from tracker.public_notices import service, views
from tracker.public_notices.models import Objection, PublicNotice
from tracker.sigs import service as sigs


def said(page: Any) -> str:
    return str(page.text).replace("&#39;", "'").replace("&amp;", "&")


def table(answer: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))


@pytest.fixture
def opening(cast: Cast) -> str:
    return f"{cast.cycle.path}public-notice"


# -- opening --------------------------------------------------------------------------------------


def test_a_maintainer_sees_rows_and_mail_and_publishes(cast: Cast, accepted: Any, opening: str, as_: Any) -> None:
    for person in (cast.fay, cast.otto):
        do(sigs.follow, person, cast.akg)
    approve(cast.max, propose(cast))
    propose(cast, description="Still proposed")
    client = as_(cast.mona)
    assert "Publish the results" in said(client.get(cast.cycle.path))
    page = said(client.get(opening))
    assert cast.task.reference in page and "goes to 3 people" in page
    # As it will be published: without the amounts, unless they are asked for.
    assert "500.00" not in page and "CNY\u00a0500.00" in said(client.get(f"{opening}?with_amounts=1"))
    assert (
        "1 reward line waits for approval" in page and "The quarter isn't over" in page and "Still proposed" not in page
    )
    answer = client.post(opening, days="5", note="**Welcome**", seen=seen(cast))
    page = said(client.get(answer.location))
    assert "<strong>Welcome</strong>" in page and "Amounts of money aren't shown" in page and "500.00" not in page
    assert told("public_notice.opened") == {cast.fay.id, cast.otto.id, cast.dora.id}


def test_amounts_are_shown_by_choice(cast: Cast, accepted: Any, opening: str, as_: Any, client: Client) -> None:
    approve(cast.max, propose(cast))
    answer = as_(cast.mona).post(opening, days="3", with_amounts="1", seen=seen(cast))
    page = said(client.get(answer.location))
    assert "CNY\u00a0500.00" in page and "aren't shown" not in page
    rows = table(client.get(f"{answer.location.rstrip('/')}.csv"))
    assert [(row["kind"], row["points"], row["amount"], row["currency"]) for row in rows] == [
        ("task", "20", "", ""), ("bonus", "", "500.00", "CNY"),
    ]  # fmt: skip


def test_what_is_out_of_shape_or_changed_is_kept_on_the_page(cast: Cast, accepted: Any, opening: str, as_: Any) -> None:
    client = as_(cast.mona)
    good = {"days": "5", "note": "Kept as typed", "seen": seen(cast)}
    for wrong in ({"days": "2"}, {"days": "31"}, {"days": "five"}, {"days": ""}, {"seen": "x"}, {"note": "x" * 2001},
                  {"with_amounts": "perhaps"}, {"days": ["3", "5"]}):  # fmt: skip
        client.post(opening, 422, **{**good, **wrong})
    assert "Kept as typed" in said(client.post(opening, 422, **{**good, "days": "2"}))
    approve(cast.max, propose(cast))
    page = said(client.post(opening, 409, **good))
    assert "changed since you opened the page" in page and seen(cast) in page and "Kept as typed" in page
    client.post(opening, **{**good, "seen": seen(cast)})
    page = said(client.get(opening))
    assert "There is a notice of this quarter already" in page
    client.post(opening, 422, **{**good, "note": "", "seen": seen(cast)})


def test_only_maintainers_of_the_sig_open_one(cast: Cast, accepted: Any, opening: str, app: Flask, as_: Any) -> None:
    for other in (cast.nils, cast.dora, cast.fay, cast.admin):
        as_(other).get(opening, 403)
        as_(other).post(opening, 403, days="5", seen=seen(cast))
    Client(app).get(opening, 302)
    Client(app).post(opening, 302, days="5", seen=seen(cast))
    as_(cast.mona).post(opening, 400, token=False, days="5", seen=seen(cast))
    as_(cast.mona).get("/sigs/akg/quarters/2031Q9/public-notice", 404)


def test_without_results_there_is_nothing_to_publish(cast: Cast, opening: str, as_: Any) -> None:
    client = as_(cast.mona)
    assert "No results yet" in said(client.get(opening))
    assert "nothing to give notice of" in said(client.post(opening, 409, days="5", seen="0" * 64))


# -- reading --------------------------------------------------------------------------------------


def test_everybody_reads_it_by_handle_in_both_languages(cast: Cast, opened: PublicNotice, client: Client) -> None:
    cast.dora.display_name = "Dora Legalname"
    db.session.commit()
    page = said(client.get(opened.path))
    assert "dora" in page and "otto" in page and "Legalname" not in page and "20 points" in page and "2 rows" in page
    assert "also who opted out of the ranking" in page
    client.get("/language/zh", 302)
    page = said(client.get(opened.path))
    assert 'lang="zh-Hans"' in page and "公示" in page and "dora" in page
    assert "公示" in said(client.get("/public-notices/"))


def test_it_is_linked_while_it_is_open(cast: Cast, opened: PublicNotice, client: Client) -> None:
    for page in ("/", cast.akg.path):
        assert opened.path in said(client.get(page))
    assert f"/public-notices/?sig=akg&quarter={cast.cycle.quarter}" in said(client.get(f"{cast.akg.path}quarters/"))
    assert opened.path not in said(client.get(cast.ge.path))
    with clock.pretend(opened.closes_at):
        assert opened.path not in said(client.get("/"))
        assert "and every objection is answered: the notice is closed" in said(client.get(opened.path))


def test_the_list_filters_and_exports(cast: Cast, opened: PublicNotice, objected: Objection, client: Client) -> None:
    page = said(client.get(f"/public-notices/?sig=akg&quarter={cast.cycle.quarter}"))
    assert opened.path in page and "1 waits" in page and "Open for objections" in page
    assert "No public notice yet" in said(client.get("/public-notices/?sig=ge"))
    [row] = table(client.get("/public-notices.csv?sig=akg"))
    assert (row["notice"], row["results"], row["state"], row["waiting"]) == (str(opened.id), "2", "open", "1")
    with clock.pretend(opened.closes_at):
        assert "Objections wait for an answer" in said(client.get("/public-notices/"))
    for wrong in ("sig=..", "quarter=2026Q5", "quarter=２０２６Q４", "after=x", "after=0", "after=99999999999999"):
        client.get(f"/public-notices/?{wrong}", 422)
    client.get("/public-notices.csv?quarter=x", 422)
    client.get("/public-notices/99999999999999/", 404)
    client.get("/public-notices/0.csv", 404)


def test_a_corrected_notice_and_its_correction_lead_to_each_other(
    cast: Cast, opened: PublicNotice, client: Client
) -> None:
    second = do(service.open_notice, cast.max, cast.cycle, note="Row 2.", seen=seen(cast))
    assert second.path in said(client.get(opened.path)) and opened.path in said(client.get(second.path))
    assert "corrected by a later notice" in said(client.get("/public-notices/"))


def test_a_long_notice_goes_on(
    cast: Cast, opened: PublicNotice, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "SIZE", 1)
    page = said(client.get(opened.path))
    assert 'id="row-1"' in page and 'id="row-2"' not in page and 'href="?from=1"' in page
    page = said(client.get(f"{opened.path}?from=1"))
    assert 'id="row-2"' in page and "Next page" not in page
    for odd in ("from=x", "from=-1", "from=99999999", "from=%C2%B2"):
        client.get(f"{opened.path}?{odd}")
    client.get(f"{opened.path}?after=x", 409)


# -- objecting ------------------------------------------------------------------------------------


def test_somebody_objects_and_reads_the_answer(cast: Cast, opened: PublicNotice, client: Client, as_: Any) -> None:
    fay = as_(cast.fay)
    page = said(fay.get(f"{opened.path}object?row=1"))
    assert "Object to row 1" in page and cast.task.reference in page and "goes to 2 people" in page
    answer = fay.post(f"{opened.path}object", row="1", text="The tests **never** ran.")
    assert "#objection-" in answer.location
    page = said(fay.get(opened.path))
    assert "<strong>never</strong>" in page and "Fay" in page
    page = said(client.get(opened.path))
    assert "To row 1" in page and "never" not in page and "Fay" not in page and "1 objection" in page
    assert "You objected to this already" in said(fay.get(f"{opened.path}object?row=1"))
    fay.post(f"{opened.path}object", 409, row="1", text="Again.")
    page = said(fay.get(f"{opened.path}object?row=0"))
    assert "Object to the whole" in page and "Handle" not in page.split("<h1>")[1]
    fay.post(f"{opened.path}object", row="0", text="Mine is missing.")
    assert "To the whole" in said(client.get(opened.path))


READS = {
    "mona": True,
    "max": True,
    "admin": True,
    "fay": True,
    "dora": False,
    "otto": False,
    "nils": False,
    "finn": False,
}


@pytest.mark.parametrize(("who", "reads"), READS.items())
def test_who_objected_is_read_by_those_who_may(
    cast: Cast, opened: PublicNotice, objected: Objection, as_: Any, who: str, reads: bool
) -> None:
    client = as_(getattr(cast, who))
    main = said(client.get(opened.path)).split("<main", 1)[1]
    assert ("never" in main, "Fay" in main) == (reads, reads)
    answers = who in ("mona", "max", "admin")
    assert ("Answer it" in main) == answers
    path = f"{opened.path}objections/{objected.id}/answer"
    client.get(path, 200 if answers else 403 if reads else 404)


def test_what_is_out_of_shape_is_refused(cast: Cast, opened: PublicNotice, app: Flask, as_: Any) -> None:
    client, path = as_(cast.fay), f"{opened.path}object"
    for wrong in ({"row": "x"}, {"row": "-1"}, {"row": ""}, {"row": "3"}, {"text": ""}, {"text": "x" * 5001},
                  {"text": "a\x00b"}, {"row": ["0", "1"]}):  # fmt: skip
        client.post(path, 422, **{"row": "1", "text": "Wrong.", **wrong})
    client.get(f"{path}?row=x")
    client.get(f"{path}?row=99")
    client.post(path, 400, token=False, row="1", text="Wrong.")
    Client(app).get(path, 302)
    Client(app).post(path, 302, row="1", text="Wrong.")
    client.post("/public-notices/99999999999999/object", 404, row="1", text="Wrong.")


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "[x](javascript:alert(1))", "{{ 7 * 7 }}", "![x](x onerror=alert(1))", "# " * 2000,
             "\u202egnp.exe", "%s%(thing)s", "<img src=x onerror=alert(1)>"],
)  # fmt: skip
def test_hostile_text_stays_text(cast: Cast, opened: PublicNotice, as_: Any, text: str) -> None:
    as_(cast.fay).post(f"{opened.path}object", row="1", text=text)
    mona = as_(cast.mona)
    for page in (opened.path, "/dashboard/", "/notices/"):
        shown = mona.get(page).text
        assert "<script>alert" not in shown and "<img" not in shown and 'href="javascript' not in shown
        assert not re.search(r"<[^>]+ onerror", shown) and ">49<" not in shown


def test_at_the_end_of_the_window(cast: Cast, opened: PublicNotice, as_: Any) -> None:
    with clock.pretend(opened.closes_at - dt.timedelta(seconds=1)):
        otto = as_(cast.otto)
        as_(cast.fay).post(f"{opened.path}object", row="0", text="In the last second.")
    with clock.pretend(opened.closes_at):
        assert "Objections were taken until the end of" in said(otto.get(f"{opened.path}object"))
        otto.post(f"{opened.path}object", 409, row="0", text="Too late.")
        page = said(otto.get(opened.path))
        assert "1 objection waits for its answer" in page and "Object to the whole" not in page


# -- answering ------------------------------------------------------------------------------------


def test_the_answer_is_public(cast: Cast, opened: PublicNotice, objected: Objection, client: Client, as_: Any) -> None:
    path = f"{opened.path}objections/{objected.id}/answer"
    mona = as_(cast.mona)
    page = said(mona.get(path))
    assert "<strong>never</strong>" in page and "Fay" in page and "goes to 2 people" in page
    for wrong in ({"verdict": ""}, {"verdict": "both"}, {"answer": ""}, {"follows": ""}, {"answer": "x" * 5001},
                  {"verdict": "dismiss"}):  # fmt: skip
        mona.post(path, 422, **{"verdict": "uphold", "answer": "They *didn't*.", "follows": "A correction.", **wrong})
    mona.post(path, verdict="uphold", answer="They *didn't*.", follows="A correction.")
    page = said(client.get(opened.path))
    assert (
        "<em>didn't</em>" in page and "A correction." in page and "Mona" in page and "Fay" not in page.split("<main")[1]
    )
    assert "Propose a correction" not in page
    assert f"kind=correction&user={opened.rows[0]['handle']}" in said(mona.get(opened.path))
    assert "There is nothing to answer now" in said(mona.get(path))
    mona.post(path, 409, verdict="dismiss", answer="No.")
    assert reload(objected).state == "upheld" and told("objection.upheld") == {cast.fay.id, cast.dora.id}


def test_who_may_not_answer(cast: Cast, opened: PublicNotice, objected: Objection, app: Flask, as_: Any) -> None:
    path = f"{opened.path}objections/{objected.id}/answer"
    typed = {"verdict": "dismiss", "answer": "No."}
    for other, status in ((cast.fay, 403), (cast.dora, 404), (cast.nils, 404), (cast.otto, 404)):
        as_(other).post(path, status, **typed)
    Client(app).post(path, 404, **typed)
    as_(cast.mona).post(path, 400, token=False, **typed)
    as_(cast.mona).get(f"/public-notices/99/objections/{objected.id}/answer", 404)
    as_(cast.mona).post(path, **typed)


def test_it_waits_on_the_dashboard(cast: Cast, opened: PublicNotice, objected: Objection, as_: Any) -> None:
    page = said(as_(cast.mona).get("/dashboard/"))
    assert f"{opened.path}objections/{objected.id}/answer" in page and "Objection" in page and "Results of" in page
    assert "/objections/" not in said(as_(cast.fay).get("/dashboard/"))
    late = dashboard.queue(cast.mona, opened.closes_at + dt.timedelta(days=1), "reviews")
    assert late.late == 1 and late.counts["reviews"] == 1


def test_pages_take_as_many_statements_however_much_there_is(
    cast: Cast, opened: PublicNotice, objected: Objection, as_: Any
) -> None:
    mona = as_(cast.mona)
    pages = [opened.path, "/public-notices/", "/dashboard/", "/"]
    few, many = [], []
    for counted in (few, many):
        for page in pages:
            mona.get(page)
            with statements() as run:
                mona.get(page)
            counted.append(len(run))
        for person in (cast.otto, cast.finn, cast.nils):
            do(service.make_objection, person, opened, row=1, text="Me too.") if counted is few else None
        if counted is few:
            do(service.open_notice, cast.max, cast.cycle, note="Anew.", seen=seen(cast))
    assert few == many and few[0] <= 16, (few, many)
