"""The whole quarter in a real browser, in English and in Chinese: published, claimed, reported, reviewed, paid, exported.

Pictures go to the folder in TRACKER_SHOTS, where that is set (`make screenshots`).
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import os
import re
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.walk import Walk
from tests.support.server import command, environment, serving

TITLE = "Load an ahead-of-time operator library at run time"
NEWCOMER = {
    "handle": "lena",
    "display_name": "Lena Sommer",
    "email": "lena@example.org",
    "password": "violet-anchor-42-rain",
}


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("walk")


@pytest.fixture(params=["en", "zh"])
def walk(request: pytest.FixtureRequest, browser: Browser, tmp_path: Path) -> Iterator[Walk]:
    """A demo in the phase of planning, served by two workers."""
    env = environment(tmp_path)
    command("init", env=env)
    command("demo", "--phase", "planning", env=env)
    shots = Path(os.environ["TRACKER_SHOTS"]) if os.environ.get("TRACKER_SHOTS") else None
    with serving(env) as base:
        walking = Walk(browser, base, request.param, shots)
        yield walking
        walking.close()


def test_the_whole_quarter(walk: Walk) -> None:
    publishes_the_quarter(walk)
    calls_a_meeting(walk)
    task_path = registers_and_finds_a_task(walk)
    claim_path = claims_it(walk, task_path)
    approves_the_application(walk, claim_path)
    reports_for_the_meeting(walk, claim_path)
    writes_the_minutes(walk)
    hands_in(walk, claim_path)
    accepts_the_work(walk, claim_path)
    approves_and_pays_the_prize(walk)
    exports_it(walk)
    assert not walk.problems, "\n".join(walk.problems)


def publishes_the_quarter(walk: Walk) -> None:
    mona = walk.window("mona")
    mona.goto("/sigs/heterogeneous-fusion/quarters/")
    walk.stop(mona, "quarters")
    walk.press(mona, "main table a.t, main table th a")
    walk.stop(mona, "plan")
    walk.press(mona, "form[action$='/publish'] button")
    expect(mona.locator(".note.ok")).to_be_visible()
    mona.goto("/dashboard/")
    walk.stop(mona, "dashboard-planning")


def calls_a_meeting(walk: Walk) -> None:
    mona = walk.window("mona")
    mona.goto("/sigs/heterogeneous-fusion/meetings/new")
    tomorrow = dt.datetime.now(ZoneInfo("Asia/Shanghai")).date() + dt.timedelta(days=1)
    mona.fill("#starts_on", tomorrow.isoformat())
    mona.fill("#start", "19:00")
    mona.fill("#place", "https://meeting.example.org/hf")
    walk.stop(mona, "meeting-form")
    walk.press(mona, "main form button.main")
    expect(mona).to_have_url(re.compile(r"/meetings/\d+/$"))


def registers_and_finds_a_task(walk: Walk) -> str:
    """Like anybody: from the front page to a task, and only then an account. Returns the task's path."""
    page = walk.window("visitor")
    page.goto("/")
    walk.stop(page, "front")
    walk.press(page, ".mainnav a[href='/tasks/']")
    page.fill("#q", "ahead-of-time")
    page.press("#q", "Enter")
    page.wait_for_url(re.compile("q=ahead-of-time"))
    walk.press(page, "main table a.t >> nth=0")
    expect(page.locator("h1")).to_have_text(TITLE)
    path = page.url.removeprefix(walk.base)
    walk.press(page, "main .first a.btn.main")
    expect(page).to_have_url(re.compile(r"/login\?next="))
    walk.stop(page, "sign-in")
    walk.press(page, "main a[href^='/register']")
    for name, value in NEWCOMER.items():
        page.fill(f"#{name}", value)
    walk.stop(page, "register")
    walk.press(page, "main form button.main")
    walk.stop(page, "registered")
    _confirms(walk, page)
    return path


def _confirms(walk: Walk, page: Page) -> None:
    """Opens the link of the mail, as the outbox of a development site shows it."""
    page.goto("/outbox/")
    walk.press(page, "main a[href^='/outbox/']")
    link = re.search(r"http://[^\s<]+/account/confirm/[^\s<]+", page.locator("main").inner_text())
    assert link, page.locator("main").inner_text()
    page.goto(link.group(0))
    if page.locator("main form[method=post] button.main").count():
        walk.press(page, "main form[method=post] button.main")


def claims_it(walk: Walk, task_path: str) -> str:
    page = walk.window("visitor")
    if not page.locator("form[action='/logout']").count():
        walk.sign_in(page, NEWCOMER["handle"], NEWCOMER["password"])
    page.goto(task_path)
    walk.stop(page, "task-profile-incomplete")
    page.goto("/account/")
    page.fill("#affiliation", "Example University")
    walk.press(page, "main form[action='/account/'] button.main, main form:not([action]) button.main")
    page.goto(task_path)
    walk.press(page, "main a.btn.main", "claim")
    page.fill("#plan", "Find and load libraries by a search path, then choose by the manifest.")
    page.fill("#experience", "A course on compilers; one small pull request.")
    page.check("#agree")
    walk.stop(page, "claim-form")
    walk.press(page, "main button.main", "send")
    expect(page).to_have_url(re.compile(r"/claims/\d+/$"))
    walk.stop(page, "claim-applied")
    return page.url.removeprefix(walk.base)


def approves_the_application(walk: Walk, claim_path: str) -> None:
    mona = walk.window("mona")
    mona.goto("/dashboard/")
    walk.stop(mona, "dashboard-applied")
    walk.press(mona, f"main td a[href='{claim_path}']")
    walk.press(mona, "form[action$='/approve'] button", "approve")
    expect(mona.locator(".note.ok")).to_be_visible()


def reports_for_the_meeting(walk: Walk, claim_path: str) -> None:
    page = walk.window("visitor")
    page.goto("/claims/")
    walk.stop(page, "my-claims")
    page.goto(claim_path + "progress")
    page.fill("#done", "The loader reads the manifest.")
    page.fill("#percent", "40")
    page.fill("#next", "Two versions side by side.")
    page.fill("#blockers", "No library with two versions.")
    walk.stop(page, "progress-form")
    walk.press(page, "main form button.main")
    mona = walk.window("mona")
    mona.goto(claim_path)
    mona.locator("details summary", has=mona.locator(".sr")).first.click()
    mona.fill("textarea[name=mentor_comment]", "Ask Cheng for the second sample library.")
    walk.press(mona, "form[action$='/comment'] button")


def writes_the_minutes(walk: Walk) -> None:
    mona = walk.window("mona")
    mona.goto("/meetings/")
    walk.stop(mona, "meetings")
    walk.press(mona, "main table a[href^='/meetings/']")
    expect(mona.locator("main")).to_contain_text("The loader reads the manifest.")
    walk.stop(mona, "meeting")
    mona.goto(mona.url + "minutes")
    walk.stop(mona, "minutes")
    walk.press(mona, "main form button.main")
    walk.stop(mona, "minutes-read")
    walk.press(mona, "form[action$='/minutes/publish'] button")
    walk.stop(mona, "meeting-held")


def hands_in(walk: Walk, claim_path: str) -> None:
    page = walk.window("visitor")
    page.goto(claim_path)
    walk.press(page, f"a[href='{claim_path}submit']", "hand_in")
    walk.press(page, "main form button.main", "hand_in")
    expect(page.locator("#links-e1, #summary-e1").first).to_be_visible()
    page.fill("#summary", "Libraries are found, loaded and unloaded; all cases pass.")
    page.fill("#links", "https://gitee.com/mindspore/mindspore/pulls/1")
    walk.stop(page, "hand-in")
    walk.press(page, "main form button.main", "hand_in")
    expect(page).to_have_url(re.compile(claim_path))


def accepts_the_work(walk: Walk, claim_path: str) -> None:
    mona = walk.window("mona")
    mona.goto(claim_path)
    walk.stop(mona, "review")
    mona.fill("#comment", "Clean work.")
    walk.press(mona, "form[action$='/review'] button.main")
    expect(mona.locator(".state.ok").first).to_be_visible()
    page = walk.window("visitor")
    page.goto("/rewards/mine")
    expect(page.locator("main")).to_contain_text("30")
    walk.stop(page, "rewards-mine")
    page.goto("/notices/")
    walk.stop(page, "notices")


def approves_and_pays_the_prize(walk: Walk) -> None:
    mona = walk.window("mona")
    mona.goto("/rewards/")
    walk.stop(mona, "rewards-maintainer")
    fay = walk.window("fay")
    fay.goto("/dashboard/")
    walk.stop(fay, "dashboard-finance")
    walk.press(fay, "main td a[href^='/rewards/']")
    walk.stop(fay, "reward")
    walk.press(fay, "form[action$='/approve'] button")
    finn = walk.window("finn")
    finn.goto("/dashboard/")
    walk.press(finn, "main td a[href^='/rewards/']")
    finn.fill("input[name=reference]", "20261120-0047")
    walk.press(finn, "form[action$='/pay'] button")
    expect(finn.locator(".state.ok").first).to_be_visible()
    finn.goto("/rewards/")
    walk.stop(finn, "rewards")


def exports_it(walk: Walk) -> None:
    finn = walk.window("finn")
    answer = finn.request.get("/exports/rewards.csv")
    assert answer.ok
    rows = list(csv.DictReader(io.StringIO(answer.body().decode("utf-8-sig"))))
    paid = [row for row in rows if row["state"] == "paid"]
    assert [(row["handle"], row["amount"], row["currency"], row["payment_reference"]) for row in paid] == [
        ("lena", "1200.00", "CNY", "20261120-0047")
    ]
    finn.goto("/")
    answer = finn.request.get("/exports/points.csv")
    rows = list(csv.DictReader(io.StringIO(answer.body().decode("utf-8-sig"))))
    assert [(row["handle"], row["points"]) for row in rows] == [("lena", "30")]
