"""Makes the pictures under docs/screenshots anew: the walk's stops, and the main pages of a demo in its quarter."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

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
)
#: Between the two languages, every page is seen wide and narrow, light and dark.
LOOKS = {
    "en": (("", 1280, "light"), ("-phone", 390, "dark")),
    "zh": (("", 1280, "dark"), ("-phone", 390, "light")),
}


def main() -> None:
    (FOLDER / "walk").mkdir(parents=True, exist_ok=True)
    walk = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--no-cov",
        "tests/journeys/test_quarter.py",
        "tests/journeys/test_promotions.py",
    ]
    subprocess.run(walk, check=True, env={**os.environ, "TRACKER_SHOTS": str(FOLDER / "walk")})
    with tempfile.TemporaryDirectory() as folder:
        env = environment(Path(folder))
        command("init", env=env)
        command("demo", env=env)
        with serving(env) as base, chromium(Path(folder)) as browser:
            for language in ("en", "zh"):
                _gallery(browser, base, language)


def _gallery(browser: Browser, base: str, language: str) -> None:
    for who in sorted({who for _name, who, _path in PAGES}):
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
            quarter = page.request.get("/exports/tasks.csv").text().split("\r\n")[1].split(",")[2]
            meetings = {
                "next": _first(page, "sig=akg&kind=regular"),
                "over": _first(page, "sig=ge&kind=regular&when=past"),
            }
            for name, looker, path in PAGES:
                if looker != who:
                    continue
                page.goto(path.format(quarter=quarter, **meetings))
                if name == "meeting":
                    page.locator("main table a[href^='/meetings/']").first.click()
                    page.wait_for_load_state()
                # The whole page would be long for lists: what one sees first is enough.
                page.screenshot(
                    path=FOLDER / f"{name}-{language}{suffix}.png", full_page=width < 600 or name != "board"
                )
            context.close()


def _first(page: Page, filters: str) -> str:
    """The path of the first meeting of a list."""
    page.goto(f"/meetings/?{filters}")
    return page.locator("main table a[href^='/meetings/']").first.get_attribute("href") or "/meetings/"


if __name__ == "__main__":
    main()
