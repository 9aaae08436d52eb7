"""A browser for the journeys."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.support.browser import NoBrowser, chromium


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    try:
        with chromium(tmp_path_factory.mktemp("browser")) as started:
            yield started
    except NoBrowser as missing:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(missing))
