"""Every link that anybody is shown leads somewhere they may go, and every form goes to a route that exists."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import html5lib
import pytest
from flask import Flask
from werkzeug.exceptions import HTTPException

from tests.conftest import build, settings_for
from tests.support.client import Client, check_page
from tracker import demo
from tracker.accounts.queries import get_user
from tracker.app import create_app
from tracker.db import db

#: Pages of one kind look alike: some of each are enough.
OF_EACH_KIND = 4


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An application over a demo in the middle of its quarter."""
    folder: Path = tmp_path_factory.mktemp("crawl")
    url = f"sqlite:///{folder / 'demo.db'}"
    build(url)
    app = create_app(settings_for(url, folder))
    app.testing = True
    app.config["PROPAGATE_BUGS"] = True
    with app.app_context():
        demo.build("running")
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.mark.parametrize("handle", ["", "dora", "mona", "fay", "admin"])
def test_every_link_leads_somewhere(running: Flask, handle: str) -> None:
    client = Client(running)
    if handle:
        client.sign_in(get_user(handle))
    seen: set[str] = set()
    kinds: dict[str, int] = {}
    waiting = deque(["/"])
    broken: list[str] = []
    while waiting:
        path = waiting.popleft()
        kind = re.sub(r"\d+|[A-Z]+-\d{4}Q\d-|\?.*", "#", path)
        if path in seen or kinds.get(kind, 0) >= OF_EACH_KIND:
            continue
        seen.add(path)
        kinds[kind] = kinds.get(kind, 0) + 1
        answer = client.raw.get(path)
        if answer.status_code not in (200, 302):
            broken.append(f"{answer.status_code} {path}")
            continue
        if answer.mimetype == "text/html" and answer.status_code == 200:
            page = answer.get_data(as_text=True)
            check_page(page)
            waiting.extend(links_of(page, path))
            broken += [f"{path}: the form goes nowhere: {action}" for action in _lost_forms(running, page, path)]
        else:
            answer.get_data()
        answer.close()
    assert not broken, "\n".join(broken)
    assert len(seen) > 30


def links_of(page: str, path: str) -> list[str]:
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    found = []
    for anchor in tree.iter("a"):
        target = urlsplit(urljoin(path, anchor.attrib.get("href", "")))
        if target.scheme or target.netloc or target.path.startswith("/language/"):
            continue
        found.append(target.path + (f"?{target.query}" if target.query else ""))
    return found


def _lost_forms(app: Flask, page: str, path: str) -> list[str]:
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    routes = app.url_map.bind("localhost")
    lost = []
    for form in tree.iter("form"):
        action = urlsplit(urljoin(path, form.attrib.get("action", "") or path)).path
        try:
            routes.match(action, method=form.attrib.get("method", "get").upper())
        except HTTPException:
            lost.append(action)
    return lost
