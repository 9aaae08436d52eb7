"""Two organisers run one meeting at the same time, in two real browsers: nothing that either types is lost."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.conftest import settings_for
from tests.support.cast import Cast
from tests.support.load import browsers, server
from tracker import clock
from tracker.app import create_app
from tracker.db import db
from tracker.meetings.models import Meeting
from tracker.minutes.draft import draft
from tracker.minutes.models import Discussion, Report

SAVED = re.compile(r"^Saved \d\d:\d\d$")
#: What was typed, by whom and where; each must be in the notes and in the draft.
AT_ONCE = ("The kernel is registered in the test build", "It is slow on large inputs")
LATER = ("The accuracy table for float32 is there", "Somebody should look at the loop order")
OFFLINE = ("Typed by Mona while her network was away", "Typed by Max meanwhile in the same field")
OTHER_CLAIM = ("Otto has two versions side by side", "He needs a library with symbols")
GENERAL = ("Second reading of the buffer rule", "The draft has three pages")
LAST = "Last words that came after the end"
DECISION, TO_DO = "Softmax goes into the release", "Restart the FPGA runner"


class Room:
    """A meeting under way with the claims of dora and otto, and a browser for each organiser."""

    def __init__(self, url: str, folder: Path, module: str, browser: Browser) -> None:
        self.app = create_app(settings_for(url, folder / "maker"))
        self.url, self.folder, self.module, self.browser = url, folder, module, browser
        self.problems: list[str] = []
        with self.app.app_context():
            cast = Cast()
            with clock.pretend(clock.now() - dt.timedelta(days=9)):
                first = cast.make_claim(cast.dora, cast.task, state="active")
                second = cast.make_claim(cast.otto, cast.make_task(), state="active")
            meeting = Meeting(
                sig_id=cast.akg.id, starts_at=clock.now() - dt.timedelta(minutes=20), time_zone="Asia/Shanghai",
                organiser_id=cast.mona.id, vice_organiser_id=cast.max.id, created_at=clock.now(),
            )  # fmt: skip
            db.session.add(meeting)
            db.session.commit()
            self.claims, self.path = (first.id, second.id), meeting.path
            self.meeting_id = meeting.id
            self.people = browsers(self.app, [cast.mona, cast.max])
            self._leave()

    @contextmanager
    def open(self) -> Iterator[tuple[Page, Page]]:
        """The pages of mona and max, signed in."""
        with server(self.url, self.folder, self.module, workers=2) as port:
            contexts = [self._window(f"http://127.0.0.1:{port}", person.cookie) for person in self.people]
            try:
                mona, max_ = (context.new_page() for context in contexts)
                for page in (mona, max_):
                    page.on("pageerror", lambda error: self.problems.append(f"script: {error}"))
                yield mona, max_
            finally:
                for context in contexts:
                    context.close()

    def _window(self, base: str, cookie: str) -> BrowserContext:
        context = self.browser.new_context(base_url=base, locale="en-GB", viewport={"width": 1280, "height": 900})
        context.set_default_timeout(20_000)
        name, _, value = cookie.partition("=")
        context.add_cookies([{"name": name, "value": value, "url": base}])
        return context

    def noted(self) -> str:
        """Everything that the notes hold."""
        with self.app.app_context():
            texts = [f"{row.done}\n{row.next}\n{row.blockers}" for row in db.session.query(Report).order_by(Report.id)]
            texts += [row.interfaces for row in db.session.query(Discussion)]
            self._leave()
        return "\n".join(texts)

    def drafted(self) -> str:
        with self.app.app_context():
            text = draft(db.session.get_one(Meeting, self.meeting_id))
            self._leave()
        return text

    def _leave(self) -> None:
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def room(request: pytest.FixtureRequest, fresh_database: str, tmp_path: Path, browser: Browser) -> Room:
    return Room(fresh_database, tmp_path, getattr(request, "param", "tests.support.wsgi"), browser)


def types(page: Page, field: str, text: str, *, line: bool = True) -> None:
    """At the end of the field, on a line of its own."""
    box = page.locator(f"#{field}")
    box.press("Control+End")
    if line and box.input_value().strip():
        box.press("Enter")
    box.press_sequentially(text)


def is_saved(*pages: Page) -> None:
    for page in pages:
        expect(page.locator("#kept")).to_have_text(SAVED)


def both_type_into_one_field(mona: Page, max_: Page) -> None:
    """Letter by letter in turns, before either is saved; then on, with the other's text already there or not."""
    for page in (mona, max_):
        page.locator("#done").focus()
    for hers, his in zip(AT_ONCE[0].split(" "), AT_ONCE[1].split(" ") + [""] * 9, strict=False):
        mona.keyboard.type(hers + " ")
        max_.keyboard.type(his + " " if his else "")
    is_saved(mona, max_)
    types(mona, "done", LATER[0])
    types(max_, "done", LATER[1])
    is_saved(mona, max_)


def test_nothing_that_two_organisers_type_is_lost(room: Room) -> None:
    with room.open() as (mona, max_):
        for page in (mona, max_):
            page.goto(f"{room.path}run?claim={room.claims[0]}")
        both_type_into_one_field(mona, max_)
        _one_loses_the_network(mona, max_)
        _each_at_another_claim(room, mona, max_)
        _both_in_general(mona, max_)
        _one_ends_while_the_other_types(room, mona, max_)
    noted, drafted = room.noted(), room.drafted()
    for sentence in (*AT_ONCE, *LATER, *OFFLINE, *OTHER_CLAIM, *GENERAL, LAST):
        assert sentence in noted, f"lost: {sentence}\n{noted}"
        assert sentence in drafted, f"not in the minutes: {sentence}\n{drafted}"
    assert DECISION in drafted and TO_DO in drafted and "Present: Dora, Nils, Otto" in drafted
    assert noted.count(AT_ONCE[0]) == 1 and noted.count(OFFLINE[0]) == 1
    assert not room.problems, "\n".join(room.problems)


def _one_loses_the_network(mona: Page, max_: Page) -> None:
    mona.context.set_offline(True)
    types(mona, "blockers", OFFLINE[0])
    expect(mona.locator("#kept")).to_contain_text("no connection")
    types(max_, "blockers", OFFLINE[1])
    is_saved(max_)
    # A button leaves the page as it is while nothing can be saved.
    mona.locator("button.main[value=next]").click()
    expect(mona.locator("#turn[aria-busy]")).to_have_count(0)
    expect(mona.locator("#kept")).to_contain_text("no connection")
    expect(mona.locator("#blockers")).to_have_value(re.compile(OFFLINE[0]))
    mona.context.set_offline(False)
    is_saved(mona)
    mona.locator("#percent").focus()
    expect(mona.locator("#blockers")).to_have_value(re.compile(OFFLINE[1]))


def _each_at_another_claim(room: Room, mona: Page, max_: Page) -> None:
    types(max_, "percent", "45", line=False)
    is_saved(max_)
    expect(mona.locator("#others")).to_contain_text("Max")
    with max_.expect_navigation():
        max_.locator("#done").press("Control+Enter")
    expect(max_.locator("h2").first).to_be_visible()
    expect(max_).to_have_url(re.compile(f"claim={room.claims[1]}$"))
    expect(mona.locator(f"a[data-claim='{room.claims[0]}'] .heard")).to_be_visible()
    types(max_, "done", OTHER_CLAIM[0])
    mona.fill("#decision", DECISION)
    with mona.expect_navigation():
        mona.locator("#decision").press("Enter")
    expect(mona.locator("#lists")).to_contain_text(DECISION)
    with mona.expect_navigation():
        mona.locator("#next").press("Alt+ArrowDown")
    expect(mona).to_have_url(re.compile(f"claim={room.claims[1]}$"))
    types(mona, "blockers", OTHER_CLAIM[1])
    is_saved(mona, max_)
    max_.fill("#to_do", TO_DO)
    max_.fill("#owner", "nils")
    with max_.expect_navigation():
        max_.locator("#owner").press("Enter")
    expect(mona.locator("#lists")).to_contain_text(TO_DO)
    with mona.expect_navigation():
        mona.locator("button.main[value=next]").click()
    expect(mona).to_have_url(re.compile("item=general"))


def _both_in_general(mona: Page, max_: Page) -> None:
    max_.goto(re.sub(r"\?.*", "?item=general", max_.url))
    for page, text in ((mona, GENERAL[0]), (max_, GENERAL[1])):
        page.locator("#interfaces").focus()
        page.keyboard.type(text)
    is_saved(mona, max_)
    mona.locator("label", has_text="Nils").click()
    is_saved(mona)
    expect(max_.get_by_label("Nils")).to_be_checked()


def _one_ends_while_the_other_types(room: Room, mona: Page, max_: Page) -> None:
    mona.goto(f"{room.path}run?claim={room.claims[1]}")
    mona.context.set_offline(True)
    types(mona, "next", LAST)
    expect(mona.locator("#kept")).to_contain_text("no connection")
    with max_.expect_navigation():
        max_.get_by_role("button", name="End and draft the minutes").click()
    expect(max_.locator("h1")).to_have_text("Minutes")
    assert LAST not in max_.locator("#minutes").input_value()
    with max_.expect_navigation():
        max_.locator("main form button.main").click()
    mona.context.set_offline(False)
    is_saved(mona)
    max_.goto(f"{room.path}minutes")
    max_.get_by_role("link", name="Draft anew").first.click()
    expect(max_.locator("#minutes")).to_have_value(re.compile(LAST))


@pytest.mark.parametrize("room", ["tests.support.wsgi_without_merge"], indirect=True)
def test_without_merging_the_test_notices_a_loss(room: Room) -> None:
    with room.open() as (mona, max_):
        for page in (mona, max_):
            page.goto(f"{room.path}run?claim={room.claims[0]}")
        both_type_into_one_field(mona, max_)
    noted = room.noted()
    assert [sentence for sentence in (*AT_ONCE, *LATER) if sentence not in noted]
