"""Pages of minutes: the draft, reading through, publishing, correcting, every version."""

from __future__ import annotations

import html
import re

import pytest

from tests.minutes.test_service import noted, published
from tests.support.cast import Cast
from tests.support.client import Client
from tracker.db import db, transaction
from tracker.meetings.models import Meeting
from tracker.minutes import service
from tracker.minutes.on_meeting import on_meeting
from tracker.permissions import ANYBODY


def mona(app, cast):
    return Client(app).sign_in(cast.mona)


def area(answer):
    """What the text area of the minutes holds."""
    return html.unescape(re.search(r'<textarea[^>]*name="minutes"[^>]*>(.*?)</textarea>', answer.text, re.DOTALL)[1])


def version(meeting):
    return str(db.session.get(Meeting, meeting.id, populate_existing=True).version)


def test_minutes_are_drafted_written_read_through_published_and_downloaded(app, cast: Cast, call, live, write, client):
    claim, meeting = live(), call(agenda="- Demo")
    write(claim, next="Tests.", blockers="CI [down](x).")
    browser = mona(app, cast)
    draft = area(browser.get(f"{meeting.path}minutes"))
    assert (
        "40 %; done: A kernel; next: Tests; blockers: CI \\[down\\](x)\n" in draft.replace("\r", "") and "Demo" in draft
    )
    for ending in ("md", "txt"):
        client.get(f"{meeting.path}minutes.{ending}", 404)
    assert "No minutes yet" in browser.get(f"{meeting.path}minutes/publish").text
    answer = browser.post(f"{meeting.path}minutes", minutes="# Decided\n\nAll **well**.", version="1", drafted=draft)
    assert answer.location == f"{meeting.path}minutes/publish"
    assert "<strong>well</strong>" in browser.get(answer.location).text
    browser.post(f"{meeting.path}minutes/publish", version="2")
    assert client.get(f"{meeting.path}minutes.md").text == "# Decided\n\nAll **well**.\n"
    answer = client.get(f"{meeting.path}minutes.txt")
    assert answer.text == "Decided\n=======\n\nAll well.\n" and answer.mimetype == "text/plain"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="akg-')
    assert "only by a correction" in browser.get(f"{meeting.path}minutes").text
    assert "only by a correction" in browser.get(f"{meeting.path}minutes/publish").text
    for step, fields in (("minutes", {"minutes": "Other."}), ("minutes/publish", {})):
        assert "by a correction" in browser.post(f"{meeting.path}{step}", 409, version="3", **fields).text


def test_a_draft_anew_brings_in_what_came_and_keeps_what_was_written(app, cast: Cast, call, live):
    claim, meeting, browser = live(), call(), mona(app, cast)
    draft = area(browser.get(f"{meeting.path}minutes"))
    browser.post(f"{meeting.path}minutes", minutes=draft + "\n\nWritten by hand.", version="1", drafted=draft)
    assert "than the draft that this text began with" not in browser.get(f"{meeting.path}minutes").text
    noted(cast.max, meeting, claim, done="It came late.")
    assert "than the draft that this text began with" in browser.get(f"{meeting.path}minutes").text
    merged = area(browser.get(f"{meeting.path}minutes?draft=anew"))
    assert "done: It came late" in merged and "Written by hand." in merged and "not reported" not in merged
    assert db.session.get(Meeting, meeting.id).minutes.endswith("Written by hand.")


def test_a_draft_anew_stays_in_the_language_it_began_in(app, cast: Cast, call, live):
    live()
    meeting, browser = call(), mona(app, cast)
    cast.max.language = "zh"
    db.session.commit()
    his = Client(app).sign_in(cast.max)
    draft = area(his.get(f"{meeting.path}minutes"))
    assert "## 承接任务进展" in draft or "算子支持" in draft
    his.post(f"{meeting.path}minutes", minutes=draft, version="1", drafted=draft, language="zh")
    page = browser.get(f"{meeting.path}minutes?draft=anew")
    assert area(page).strip() == draft.strip() and 'name="language" value="zh"' in page.text


def test_minutes_of_another_version_are_kept_and_refused(app, cast: Cast, call):
    meeting, browser = call(), mona(app, cast)
    transaction(lambda: service.write_minutes(cast.max, meeting, minutes="His.", version=1))
    page = browser.post(f"{meeting.path}minutes", 409, minutes="Hers.", version="1").text
    assert "Hers." in page and "Max changed this" in page
    browser.post(f"{meeting.path}minutes", 422, minutes="x" * 100_001, version="2")
    browser.post(f"{meeting.path}minutes/publish", 422, version="x")
    browser.post(f"{meeting.path}minutes/publish", 409, version="1")


def test_a_cancelled_meeting_shows_that_it_has_no_minutes(app, cast: Cast, call):
    from tracker.meetings.service import cancel_meeting

    meeting = call(hours=-3)
    transaction(lambda: cancel_meeting(cast.mona, meeting, reason="A holiday."))
    assert "it has no minutes" in mona(app, cast).get(f"{meeting.path}minutes").text


def test_a_correction_shows_what_was_changed_by_whom_and_why(app, cast: Cast, call, client: Client):
    meeting, browser = published(cast, call()), mona(app, cast)
    browser.get(f"{meeting.path}minutes/correct")
    browser.post(f"{meeting.path}minutes/correct", 422, text="Other.", reason=" ", version=version(meeting))
    browser.post(f"{meeting.path}minutes/correct", 422, text="All *well*.", reason="x", version=version(meeting))
    browser.post(f"{meeting.path}minutes/correct", 409, text="Other.", reason="x", version="1")
    browser.post(
        f"{meeting.path}minutes/correct", text="All <b>ill</b>.", reason="It was wrong.", version=version(meeting)
    )
    page = client.get(f"{meeting.path}minutes/2").text
    assert "It was wrong." in page and "− All *well*." in page and "+ All &lt;b&gt;ill&lt;/b&gt;." in page
    assert "was corrected later" in client.get(f"{meeting.path}minutes/1").text
    client.get(f"{meeting.path}minutes/3", 404)
    client.get("/meetings/99999/minutes/1", 404)
    shown = on_meeting(db.session.get(Meeting, meeting.id), ANYBODY)
    assert [v.reason for v in shown["versions"]] == ["", "It was wrong."] and not shown["may_edit"]


@pytest.mark.parametrize("step", ["minutes", "minutes/publish", "minutes/correct"])
def test_steps_of_minutes_are_its_organisers_own(app, cast: Cast, call, client: Client, step):
    meeting = call()
    client.post(f"{meeting.path}{step}", 302, version="1")
    Client(app).sign_in(cast.nils).post(f"{meeting.path}{step}", 403, version="1")
    mona(app, cast).post(f"/meetings/99999999999/{step}", 404, version="1")
