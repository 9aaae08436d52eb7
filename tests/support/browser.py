"""A real Chromium: found on the machine, started with a Chinese font and without talking to anybody else."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "chrome")
_FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync",
          "--disable-component-update", "--disable-quic", "--force-color-profile=srgb"]  # fmt: skip


class NoBrowser(RuntimeError):
    """No Chromium on this machine."""


def executable(playwright: Playwright) -> str:
    """The path of a Chromium. Raises NoBrowser."""
    if given := os.environ.get("TRACKER_TEST_CHROMIUM"):
        return given
    for name in _NAMES:
        if found := shutil.which(name):
            return found
    own = playwright.chromium.executable_path
    if Path(own).exists():
        return own
    raise NoBrowser("no Chromium found; `make test` installs one where it can")


def font_configuration(folder: Path) -> Path:
    """A fontconfig file that adds the packaged Chinese fonts to the machine's own."""
    spec = importlib.util.find_spec("pylopdf_fonts_zh_cn")
    fonts = list(spec.submodule_search_locations or []) if spec else []
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "fonts.conf"
    directories = "".join(f"<dir>{path}</dir>" for path in ["/usr/share/fonts", *fonts])
    prefer = "".join(
        f"<alias binding='same'><family>{asked}</family><prefer><family>Liberation {latin}</family>"
        f"<family>DejaVu {latin}</family><family>Noto {latin} SC</family></prefer></alias>"
        for asked, latin in (("sans-serif", "Sans"), ("system-ui", "Sans"), ("Segoe UI", "Sans"), ("serif", "Serif"))
    )
    # Who asks for no family, or one that isn't here, gets the sans-serif one (as fontconfig's own 49-sansserif has it).
    others = "".join(
        f"<test qual='all' name='family' compare='not_eq'><string>{name}</string></test>"
        for name in ("sans-serif", "serif", "monospace")
    )
    default = (
        f"<match target='pattern'>{others}"
        "<edit name='family' mode='append_last'><string>sans-serif</string></edit></match>"
    )
    file.write_text(
        f"<?xml version='1.0'?><!DOCTYPE fontconfig SYSTEM 'fonts.dtd'><fontconfig>{directories}"
        f"<cachedir>{folder / 'cache'}</cachedir>{default}{prefer}</fontconfig>",
        encoding="utf-8",
    )
    return file


@contextmanager
def chromium(folder: Path) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        environment = {**os.environ, "FONTCONFIG_FILE": str(font_configuration(folder))}
        browser = playwright.chromium.launch(
            executable_path=executable(playwright), args=_FLAGS, headless=True, env=dict(environment)
        )
        try:
            yield browser
        finally:
            browser.close()


def serious_problems(page: Page) -> list[str]:
    """What axe finds on the page that is serious or critical, a line each."""
    found = Axe().run(page).response["violations"]
    return [
        f"{page.url}: {rule['id']} ({rule['impact']}): {rule['help']}: {rule['nodes'][0]['html'][:200]}"
        for rule in found
        if rule["impact"] in ("serious", "critical")
    ]
