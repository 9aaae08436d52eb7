"""Pages of internship reports: what each reader sees and can do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.reports.conftest import assess, do, hand_in
from tests.support.cast import Cast
from tests.support.client import Client
from tests.support.statements import statements
from tracker.claims.models import Claim
from tracker.db import db
from tracker.reports import queries, service
from tracker.reports.models import InternshipReport


def said(page: Any) -> str:
    return str(page.text).replace("&#39;", "'").replace("&amp;", "&")


# -- the list -------------------------------------------------------------------------------------


def test_somebody_without_work_is_sent_to_the_tasks(cast: Cast, as_: Any) -> None:
    page = said(as_(cast.otto).get("/reports/"))
    assert "No report to write" in page and "Reports of others" not in page


def test_an_intern_begins_there(cast: Cast, work: Claim, as_: Any) -> None:
    client = as_(cast.dora)
    assert f"/reports/new/{cast.programme.slug}" in said(client.get("/reports/"))
    answer = client.post(f"/reports/new/{cast.programme.slug}", draft="I wrote **loops**.")
    page = said(client.get(answer.location))
    assert "<strong>loops</strong>" in page and "Hand the report in" in page and "This mail goes to 3 people" in page
    assert answer.location in said(client.get("/reports/"))
    assert client.get(f"/reports/new/{cast.programme.slug}", 303).location == answer.location
    assert "You have a report" in said(client.post(f"/reports/new/{cast.programme.slug}", 409, draft="Two."))
    as_(cast.otto).post(f"/reports/new/{cast.programme.slug}", 409, draft="Mine.")
    as_(cast.otto).get("/reports/new/nothing", 404)


def test_a_mentor_finds_what_waits_there_and_on_the_dashboard(
    cast: Cast, handed_in: InternshipReport, as_: Any
) -> None:
    client = as_(cast.nils)
    assert handed_in.path in said(client.get("/reports/")) and handed_in.path in said(client.get("/dashboard/"))
    assert "Dora" in said(client.get("/reports/reports.csv"))
    assess(handed_in, cast.mona)
    assert "No report waits for you" in said(client.get("/reports/"))
    assert handed_in.path not in said(client.get("/dashboard/"))
    assert handed_in.path in said(client.get("/reports/?show=all"))
    rows = said(client.get("/reports/reports.csv?show=all")).splitlines()
    assert len(rows) == 2 and rows[1].startswith(f"{handed_in.id},mindspore-internship,dora,Dora,accepted,1,")
    assert len(said(client.get("/reports/reports.csv")).splitlines()) == 1


def test_the_list_is_paged_and_its_cost_doesnt_grow(cast: Cast, handed_in: InternshipReport, as_: Any) -> None:
    client = as_(cast.mona)
    client.get("/reports/")
    with statements() as few:
        client.get("/reports/")
    for number in range(52):
        person = cast.person(f"intern{number}")
        cast.make_claim(person, cast.make_task(), state="active")
        hand_in(do(service.start_report, person, cast.programme, draft="Done."))
    with statements() as many:
        page = said(client.get("/reports/"))
    assert len(few) == len(many) <= 12
    assert page.count('href="/reports/') > 50 and "Next page" in page
    [link] = [part.split('"')[0] for part in page.split('class="btn sm" href="')[1:] if "after=" in part]
    assert "First page" in said(client.get(f"/reports/{link.replace('&amp;', '&')}"))
    client.get("/reports/?after=x", 409)


# -- a report -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "drafted", "given"),
    [("dora", 200, 200), ("nils", 404, 200), ("mona", 404, 200), ("admin", 404, 200), ("otto", 404, 404), ("fay", 404, 404)],
)  # fmt: skip
def test_it_is_there_for_who_has_to_do_with_it(
    cast: Cast, draft: InternshipReport, as_: Any, who: str, drafted: int, given: int
) -> None:
    person = getattr(cast, who)
    as_(person).get(draft.path, drafted)
    hand_in(draft)
    as_(person).get(draft.path, given)
    as_(person).get(f"{draft.path}versions/1", given)
    as_(person).get(f"{draft.path}versions/2", 404)


def test_visitors_dont_see_it(client: Client, handed_in: InternshipReport) -> None:
    client.get(handed_in.path, 404)
    client.get("/reports/", 302)
    client.post(f"{handed_in.path}assess", 404)


def test_writing_and_handing_in(cast: Cast, draft: InternshipReport, as_: Any) -> None:
    client = as_(cast.dora)
    assert "# Loops" in said(client.get(f"{draft.path}edit"))
    page = said(client.post(f"{draft.path}edit", 422, draft="x" * 20_001, version=1))
    assert "At most 20000 characters" in page
    client.post(f"{draft.path}edit", draft="Better.", version=1)
    page = said(client.post(f"{draft.path}edit", 409, draft="My words.", version=1))
    assert "was changed since you opened the page" in page and "My words." in page and "Better." in page
    assert 'name="version" value="2"' in page
    client.post(f"{draft.path}hand-in", 422)
    client.post(f"{draft.path}hand-in", 409, version=1)
    client.post(f"{draft.path}hand-in", version=2)
    assert "Take the report back" in said(client.get(draft.path))
    client.post(f"{draft.path}hand-in", 409, version=3)
    client.post(f"{draft.path}take-back", version=3)
    assert "hand it in again when it is ready" in said(client.get(draft.path))
    client.post(f"{draft.path}take-back", 409, version=4)
    client.post(f"{draft.path}edit", 400, token=False)


def test_only_its_writer_moves_it(cast: Cast, handed_in: InternshipReport, as_: Any) -> None:
    for person in (cast.nils, cast.admin):
        client = as_(person)
        client.get(f"{handed_in.path}edit", 403)
        for step in ("hand-in", "take-back"):
            client.post(f"{handed_in.path}{step}", 403, version=2)


def test_a_mentor_assesses_it(cast: Cast, handed_in: InternshipReport, as_: Any) -> None:
    client = as_(cast.nils)
    page = said(client.get(handed_in.path))
    assert "<em>loops</em>" in page and "Your assessment" in page and "The certificate needs your words" in page
    assert cast.task.title in page
    page = said(client.post(f"{handed_in.path}assess", 422, text="Good.", version=2))
    assert "Choose one of the two." in page and "Good." in page
    page = said(client.post(f"{handed_in.path}assess", 422, verdict="accept", text="", version=2))
    assert "needs your comment" in page
    page = said(client.post(f"{handed_in.path}assess", 409, verdict="accept", text="Good *work*.", version=1))
    assert "was changed since" in page and "Good *work*." in page
    client.post(f"{handed_in.path}assess", verdict="accept", text="Good *work*.", version=2)
    page = said(as_(cast.dora).get(handed_in.path))
    assert "Good <em>work</em>." in page and "Accepted." in page
    page = said(as_(cast.mona).post(f"{handed_in.path}assess", 409, verdict="changes", text="No.", version=3))
    assert "isn't possible now" in page and "No." in page
    as_(cast.dora).post(f"{handed_in.path}assess", 403, verdict="accept", text="Good.", version=3)
    as_(cast.admin).get(f"{handed_in.path}assess", 403)


def test_versions_are_compared(cast: Cast, handed_in: InternshipReport, as_: Any) -> None:
    for number, words in ((2, "Twice as fast."), (3, "Three times as fast.")):
        assess(handed_in, cast.nils, "changes", f"Ask {number}.")
        do(service.edit_report, cast.dora, handed_in, draft=f"# Loops\n\n{words}", version=handed_in.version)
        page = said(as_(cast.dora).get(handed_in.path))
        assert f"What was changed since version {number - 1}" in page and f"+ {words}" in page
        hand_in(handed_in)
    client = as_(cast.nils)
    page = said(client.get(f"{handed_in.path}versions/2"))
    assert "− I wrote *loops*." in page and "+ Twice as fast." in page and "A newer version" in page
    assert "− I wrote *loops*." in said(client.get(f"{handed_in.path}versions/3?since=1"))
    for nonsense in ("3", "99", "x", "-1"):
        client.get(f"{handed_in.path}versions/3?since={nonsense}")
    assert "Ask 2." in said(client.get(f"{handed_in.path}versions/1"))


def test_no_markup_gets_through(cast: Cast, work: Claim, as_: Any) -> None:
    hostile = "<script>alert(1)</script> [x](javascript:alert(1)) <img src=x onerror=alert(1)>"
    report = do(service.start_report, cast.dora, cast.programme, draft=hostile)
    hand_in(report)
    assess(report, cast.nils, "changes", hostile)
    for path in (report.path, f"{report.path}versions/1"):
        page = as_(cast.mona).get(path).text
        assert "<script>alert" not in page and "<img src=x" not in page and 'href="javascript' not in page


def test_a_page_takes_as_many_statements_however_much_work_and_versions(
    cast: Cast, handed_in: InternshipReport, as_: Any
) -> None:
    client = as_(cast.nils)
    client.get(handed_in.path)
    with statements() as few:
        client.get(handed_in.path)
    for number in range(4):
        assess(handed_in, cast.mona, "changes", "More.")
        do(service.edit_report, cast.dora, handed_in, draft=f"Number {number}.", version=handed_in.version)
        hand_in(handed_in)
        cast.make_claim(cast.dora, cast.make_task(), state="accepted")
    db.session.expire_all()
    client.get(handed_in.path)
    with statements() as many:
        client.get(handed_in.path)
    assert len(queries.versions_of(handed_in)) == 5
    assert len(few) == len(many) <= 16


def test_a_long_word_in_a_table_doesnt_widen_the_page(
    cast: Cast, handed_in: InternshipReport, as_: Any, browser: Browser
) -> None:
    sheets = "".join(file.read_text(encoding="utf-8") for file in sorted(Path("static/css").glob("*.css")))
    word = "a" * 400
    assess(handed_in, cast.nils, "changes", f"| {word} | b |\n|---|---|\n| {word} | c |")
    page = as_(cast.nils).get(handed_in.path).text
    assert f"<td>{word}</td>" in page
    main = page[page.index("<main") : page.index("</main>")]
    shown = browser.new_page(viewport={"width": 390, "height": 800})
    shown.set_content(f"<style>{sheets}</style>{main}</main>")
    assert shown.evaluate("document.documentElement.scrollWidth") <= 390
    shown.close()
