"""Setting up a series in a real browser: the dates follow what is typed; without JavaScript a button shows them."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from playwright.sync_api import Browser, expect

from tests.conftest import settings_for
from tests.support.browser import serious_problems
from tests.support.cast import Cast
from tests.support.load import browsers, server
from tracker.app import create_app
from tracker.db import db


@pytest.fixture
def mona(fresh_database: str, tmp_path: Path) -> SimpleNamespace:
    """The address of the database and mona's cookie."""
    app = create_app(settings_for(fresh_database, tmp_path / "maker"))
    with app.app_context():
        cast = Cast()
        [person] = browsers(app, [cast.mona])
        db.session.remove()
        db.engine.dispose()
    return SimpleNamespace(url=fresh_database, folder=tmp_path, cookie=person.cookie)


@pytest.mark.parametrize("scripts", [True, False])
def test_the_dates_follow_what_is_typed(mona: SimpleNamespace, browser: Browser, scripts: bool):
    with server(mona.url, mona.folder, "tests.support.wsgi", workers=1) as port:
        base = f"http://127.0.0.1:{port}"
        context = browser.new_context(base_url=base, locale="en-GB", java_script_enabled=scripts)
        name, _, value = mona.cookie.partition("=")
        context.add_cookies([{"name": name, "value": value, "url": base}])
        page = context.new_page()
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto("/sigs/akg/series/new")
        dates = page.locator("#dates")
        expect(dates).to_contain_text("Every 2 weeks on Friday")
        page.get_by_label("On certain weekdays of the month").check()
        expect(page.get_by_label("Every so many weeks")).to_be_hidden()
        page.get_by_label("Weekday", exact=True).select_option("tuesday")
        page.get_by_label("Start", exact=True).fill("08:15")
        if not scripts:
            page.get_by_role("button", name="Preview the dates").click()
        expect(dates).to_contain_text("The first and third Tuesday of each month")
        expect(dates.locator("li").first).to_contain_text("08:15–09:45")
        expect(dates.locator("li")).to_have_count(12)
        if scripts:
            assert serious_problems(page) == []
        page.get_by_role("button", name="Set up the series").click()
        expect(page.get_by_role("status")).to_contain_text("The series is set up")
        expect(page.locator("main")).to_contain_text("The first and third Tuesday of each month")
        assert problems == []
        context.close()
