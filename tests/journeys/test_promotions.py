"""Both communities' promotions in a real browser, in English and in Chinese: MindSpore's at a meeting, CANN's over 72 hours.

Pictures go to the folder in TRACKER_SHOTS, where that is set (`make screenshots`).
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from tests.conftest import settings_for
from tests.promotions.conftest import PLAN, Groups
from tests.support.browser import serious_problems
from tests.support.cast import Cast
from tests.support.load import browsers, server
from tracker import clock
from tracker.accounts.models import User
from tracker.app import create_app
from tracker.db import db, transaction
from tracker.promotions.models import Promotion
from tracker.sigs.models import Membership

WORDS = {
    "en": {
        "open": "Put to the vote",
        "appointed": "Appointed",
        "reason": "needs a reason",
        "over": "It comes to: passed",
    },
    "zh": {"open": "表决中", "appointed": "已任命", "reason": "反对票须说明理由", "over": "结果为：通过"},
}


class Stage:
    """A server whose clock the test moves, and a window for each person."""

    def __init__(self, browser: Browser, app: Flask, port: int, language: str, hours: Path) -> None:
        self.browser, self.app, self.language, self.hours = browser, app, language, hours
        self.base, self.words = f"http://127.0.0.1:{port}", WORDS[language]
        self.windows: dict[str, Page] = {}
        self.problems: list[str] = []
        self.shots = Path(os.environ["TRACKER_SHOTS"]) if os.environ.get("TRACKER_SHOTS") else None

    def window(self, handle: str) -> Page:
        if handle not in self.windows:
            later = float(self.hours.read_text())
            moved = clock.pretend(clock.now() + dt.timedelta(hours=later)) if later else nullcontext()
            with self.app.app_context(), moved:
                person = db.session.scalars(select(User).where(User.handle == handle)).one()
                [signed_in] = browsers(self.app, [person])
                db.session.remove()
            context = self.browser.new_context(base_url=self.base, viewport={"width": 1280, "height": 900},
                                               locale="zh-CN" if self.language == "zh" else "en-GB")  # fmt: skip
            context.set_default_timeout(15_000)
            name, _, value = signed_in.cookie.partition("=")
            context.add_cookies([{"name": name, "value": value, "url": self.base}])
            page = context.new_page()
            page.on("pageerror", lambda error: self.problems.append(f"script: {error}"))
            page.on("dialog", lambda dialog: dialog.accept())
            self.windows[handle] = page
        return self.windows[handle]

    def time_goes_by(self, hours: int) -> None:
        """Everybody signs in anew afterwards."""
        self.close()
        self.hours.write_text(str(hours))

    def stop(self, page: Page, name: str) -> None:
        self.problems += serious_problems(page)
        if self.shots:
            path = self.shots / f"promotion-{name}-{self.language}.jpg"
            page.screenshot(path=path, full_page=True, type="jpeg", quality=72)

    def press(self, page: Page, selector: str) -> None:
        with page.expect_navigation():
            page.locator(selector).first.click()

    def close(self) -> None:
        for page in self.windows.values():
            page.context.close()
        self.windows.clear()

    def roles(self, handle: str) -> list[str]:
        with self.app.app_context():
            query = select(Membership.role).join(User, User.id == Membership.user_id).where(User.handle == handle)
            found = list(db.session.scalars(query.order_by(Membership.id)))
            db.session.remove()
        return found


@pytest.fixture
def stage(
    browser: Browser, fresh_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Stage]:  # fmt: skip
    """In English on SQLite, in Chinese on PostgreSQL."""
    language = "en" if fresh_database.startswith("sqlite") else "zh"
    hours = tmp_path / "hours"
    hours.write_text("0")
    monkeypatch.setenv("TEST_CLOCK_FILE", str(hours))
    app = create_app(settings_for(fresh_database, tmp_path / "maker"))
    with app.app_context():
        groups = Groups(Cast())
        groups.electors_of_ge(3)
        groups.cast.member(groups.cast.otto, groups.cast.ge, "contributor")
        db.session.commit()
        transaction(_speak(language))
        db.session.remove()
    with server(fresh_database, tmp_path, "tests.support.wsgi_clock", workers=1) as port:
        made = Stage(browser, app, port, language, hours)
        yield made
        made.close()
    with app.app_context():
        db.engine.dispose()


def _speak(language: str) -> Any:
    def work() -> None:
        for person in db.session.scalars(select(User)):
            person.language = language

    return work


def put_up(stage: Stage, page: Page, sig: str, user: str, role: str, **fields: str) -> str:
    """Fill the form in; the path of the nomination."""
    page.goto(f"/sigs/{sig}/nominate?role={role}")
    page.fill("#user", user)
    for name, value in fields.items():
        control = page.locator(f"#{name}")
        if control.evaluate("node => node.tagName") == "SELECT":
            control.select_option(label=value)
        else:
            control.fill(value)
    if role == "contributor":
        stage.stop(page, "nominate")
    stage.press(page, "main form button.main")
    expect(page.locator("main .note.ok")).to_be_visible()
    return page.url.removeprefix(stage.base)


def votes(stage: Stage, handle: str, path: str, choice: str = "for", reason: str = "") -> Page:
    page = stage.window(handle)
    page.goto(path)
    page.check(f"#choice-{choice}")
    page.fill("#reason", reason)
    stage.press(page, "form[action$='/vote'] button.main")
    return page


def opens(stage: Stage, handle: str, path: str) -> Page:
    page = stage.window(handle)
    page.goto(path)
    stage.press(page, "form[action$='/open'] button.main")
    expect(page.locator(".head .state")).to_have_text(stage.words["open"])
    return page


def closes(stage: Stage, handle: str, path: str) -> Page:
    page = stage.window(handle)
    page.goto(path)
    stage.press(page, "form[action$='/close'] button.main")
    expect(page.locator(".head .state")).to_have_text(stage.words["appointed"])
    return page


def test_mindspore_at_a_meeting(stage: Stage) -> None:
    area = "Operator support" if stage.language == "en" else "算子支持"
    dora = stage.window("dora")
    path = put_up(
        stage, dora, "akg", "dora", "contributor", area=area, statement="Three tasks, two reviews.", work_plan=PLAN
    )
    mona = opens(stage, "mona", path)
    stage.stop(mona, "ballot")
    votes(stage, "mona", path)
    max_ = votes(stage, "max", path, "against")
    expect(max_.locator("form[action$='/vote']")).to_contain_text(stage.words["reason"])
    votes(stage, "max", path, "against", "A little early.")
    stage.stop(votes(stage, "max", path, "for", "I looked at the reviews again."), "vote-changed")
    votes(stage, "cleo", path, "abstain")
    stage.stop(closes(stage, "mona", path), "contributor")
    assert stage.roles("dora") == ["member", "contributor"]

    cleo = stage.window("cleo")
    path = put_up(
        stage,
        cleo,
        "akg",
        "cleo",
        "maintainer",
        statement="Organised four meetings.",
        work_plan="Meet every two weeks.",
    )
    max_.goto(path)
    max_.locator("#recommendations summary").first.click()
    max_.fill("#text", "She runs the meetings well.")
    stage.press(max_, "form[action$='/recommend'] button")
    opens(stage, "mona", path)
    for handle in ("mona", "max", "dora"):
        votes(stage, handle, path)
    stage.stop(closes(stage, "max", path), "maintainer")
    assert stage.roles("cleo") == ["contributor", "maintainer"]
    assert not stage.problems, "\n".join(stage.problems)


def test_cann_over_72_hours(stage: Stage) -> None:
    nils = stage.window("nils")
    path = put_up(
        stage,
        nils,
        "ge",
        "otto",
        "committer",
        repository="cann/ge",
        paths="passes/",
        statement="Ten changes, all with tests.",
    )
    otto = stage.window("otto")
    otto.goto("/dashboard/")
    otto.goto(path)
    stage.stop(otto, "stand")
    stage.press(otto, "form[action$='/stand'] button.main")
    opens(stage, "nils", path)
    for handle in ("elector0", "elector1", "elector2"):
        votes(stage, handle, path)
    stage.stop(votes(stage, "nils", path, "for", "Careful, and tested."), "72-hours")
    expect(stage.window("nils").locator("form[action$='/close']")).to_have_count(0)
    stage.time_goes_by(73)
    nils = stage.window("nils")
    nils.goto(path)
    expect(nils.locator("main")).to_contain_text(stage.words["over"])
    expect(nils.locator("form[action$='/vote']")).to_have_count(0)
    stage.stop(nils, "over")
    stage.stop(closes(stage, "nils", path), "committer")
    assert stage.roles("otto") == ["contributor", "committer"]
    with stage.app.app_context():
        made = db.session.scalars(select(Promotion)).one()
        assert (made.membership.paths, made.ballot.why) == ("passes/", "enough")  # type: ignore[union-attr]
        db.session.remove()
    assert not stage.problems, "\n".join(stage.problems)
