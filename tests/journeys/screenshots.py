"""Makes the pictures under docs/screenshots anew: the walk's stops, and the main pages of a demo in its quarter.

python -m tests.journeys.screenshots [NAME …]
"""

from __future__ import annotations

import datetime as dt
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser, Page

from tests.support.browser import chromium
from tests.support.server import command, environment, serving

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
#: name, who looks, address
PAGES = (
    ("board", "dora", "/tasks/"),
    ("task", "dora", "/tasks/AKG-{quarter}-010/"),
    ("my-claims", "dora", "/claims/"),
    ("dashboard", "mona", "/dashboard/"),
    ("meeting", "mona", "/meetings/"),
    ("agenda", "mona", "{next}agenda"),
    ("run", "mona", "{next}run"),
    ("minutes", "nils", "{over}minutes"),
    ("series", "nils", "/sigs/ge/series/new"),
    ("rewards", "fay", "/rewards/"),
    ("settlement", "mona", "/settlements/mindspore-internship/{last_month}/"),
    (
        "what-if",
        "mona",
        "/rules/mindspore-internship/what-if?first={last_month}&last={last_month}&wage_scheme=tiers&tiers=10+500%0A20+1000%0A40+2000",
    ),
)
#: The same of a quarter that is over.
SETTLED = (
    ("rewards-mine", "bai", "/rewards/mine"),
    ("batch", "fay", "/rewards/batches/PB-{year}-001/"),
    ("certificates-mine", "bai", "/certificates/mine"),
    ("certificate", "bai", "{certificate}"),
    ("certificates-issue", "mona", "/sigs/akg/certificates/new"),
    ("promotions", "mona", "/promotions/"),
    ("hall-of-honour", "mona", "/hall-of-honour/"),
)
#: Between the two languages, every page is seen wide and narrow, light and dark.
LOOKS = {
    "en": (("", 1280, "light"), ("-phone", 390, "dark")),
    "zh": (("", 1280, "dark"), ("-phone", 390, "light")),
}


def main(*only: str) -> None:
    """All of them, or only the pages named."""
    if not only:
        _walk()
    for phase, named in (("running", PAGES), ("settled", SETTLED)):
        pages = tuple(page for page in named if not only or page[0] in only)
        if not pages:
            continue
        with tempfile.TemporaryDirectory() as folder:
            env = environment(Path(folder))
            command("init", env=env)
            command("demo", "--phase", phase, env=env)
            with serving(env) as base, chromium(Path(folder)) as browser:
                for language in ("en", "zh"):
                    _gallery(browser, base, language, pages)


def _walk() -> None:
    (FOLDER / "walk").mkdir(parents=True, exist_ok=True)
    walk = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "tests/journeys/test_quarter.py",
        "tests/journeys/test_promotions.py",
    ]
    subprocess.run(walk, check=True, env={**os.environ, "TRACKER_SHOTS": str(FOLDER / "walk")})


def _gallery(browser: Browser, base: str, language: str, pages: tuple[tuple[str, str, str], ...]) -> None:
    for who in sorted({who for _name, who, _path in pages}):
        for suffix, width, scheme in LOOKS[language]:
            context = browser.new_context(
                base_url=base, locale="zh-CN" if language == "zh" else "en-GB", reduced_motion="reduce",
                viewport={"width": width, "height": 900}, color_scheme=scheme,  # type: ignore[arg-type]
            )  # fmt: skip
            page = context.new_page()
            page.goto("/login")
            page.fill("#handle", who)
            page.fill("#password", "demo-demo-demo")
            page.locator("main form button.main").click()
            page.wait_for_load_state()
            _speak(page, language)
            places = _places(page)
            for name, looker, path in pages:
                if looker != who:
                    continue
                page.goto(path.format(**places))
                if name == "meeting":
                    page.locator("main table a[href^='/meetings/']").first.click()
                    page.wait_for_load_state()
                page.eval_on_selector_all("main details.sum", "all => all.forEach(one => { one.open = true })")
                # The whole page would be long for lists: what one sees first is enough.
                page.screenshot(
                    path=FOLDER / f"{name}-{language}{suffix}.png", full_page=width < 600 or name != "board"
                )
            context.close()


def _speak(page: Page, language: str) -> None:
    """Have the account's language be this one: it comes before the browser's."""
    if not (page.locator("html").get_attribute("lang") or "").startswith(language):
        page.get_by_role("button", name="English" if language == "en" else "中文").click()
        page.wait_for_load_state()


def _places(page: Page) -> dict[str, str]:
    """What addresses of a demo need: its quarter, its last month that is over, two meetings."""
    quarter = page.request.get("/exports/tasks.csv").text().split("\r\n")[1].split(",")[2]
    today = dt.datetime.now(ZoneInfo("Asia/Shanghai")).date()
    return {
        "quarter": quarter,
        "year": quarter[:4],
        "last_month": f"{today.replace(day=1) - dt.timedelta(days=1):%Y-%m}",
        "next": _first(page, "sig=akg&kind=regular"),
        "over": _first(page, "sig=ge&kind=regular&when=past"),
        "certificate": _own_certificate(page),
    }


def _first(page: Page, filters: str) -> str:
    """The path of the first meeting of a list."""
    page.goto(f"/meetings/?{filters}")
    return page.locator("main table a[href^='/meetings/']").first.get_attribute("href") or "/meetings/"


def _own_certificate(page: Page) -> str:
    """The check page of a certificate of whoever is signed in."""
    page.goto("/certificates/mine")
    links = [link.get_attribute("href") or "" for link in page.locator("main a[href^='/certificates/']").all()]
    return next((link for link in links if re.fullmatch(r"/certificates/[0-9A-Z]{26}", link)), "/certificates/check")


if __name__ == "__main__":
    main(*sys.argv[1:])
