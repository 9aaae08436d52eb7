"""A test client that follows the pages as a person would and checks the HTML of every one."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import html5lib
from flask import Flask, has_app_context
from flask.testing import FlaskClient
from werkzeug.test import TestResponse


class Client:
    """Requests in contexts of their own: an application context left open would leak the signed-in person."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.raw: FlaskClient = app.test_client()

    def sign_in(self, user: Any) -> Client:
        """Open a session for ``user`` without going through the page."""
        from tracker.accounts import sessions
        from tracker.db import transaction

        settings = self.app.extensions["settings"]
        token = transaction(lambda: sessions.open_session(user, settings, address="127.0.0.1", user_agent="test"))
        with self.raw.session_transaction() as cookie:
            cookie["_user_id"] = token
            cookie["_fresh"] = True
        return self

    def get(self, path: str, status: int = 200, **kwargs: Any) -> TestResponse:
        return self._checked(self._send(lambda: self.raw.get(path, **kwargs)), status)

    def post(self, path: str, /, status: int = 303, *, token: bool = True, **fields: Any) -> TestResponse:
        """POST a form with a valid token; values that are lists are sent several times."""
        data = {name: value for name, value in fields.items() if value is not None}
        if token:
            data["csrf_token"] = self.token()
        return self._checked(self._send(lambda: self.raw.post(path, data=data)), status)

    def token(self) -> str:
        """A CSRF token of this client's session."""
        from flask_wtf.csrf import generate_csrf

        with self.app.app_context(), self.raw.session_transaction() as cookie, self.app.test_request_context():
            from flask import session

            session.update(cookie)
            made = generate_csrf()
            cookie.update(session)
        return made

    def _send(self, send: Callable[[], TestResponse]) -> TestResponse:
        """In an application context of its own; the test's own session first gives back its savepoint, or its next
        rollback would take the request's work along."""
        from tracker.db import db

        if has_app_context():
            db.session.commit()
        with self.app.app_context():
            return send()

    def _checked(self, response: TestResponse, status: int) -> TestResponse:
        page = response.get_data(as_text=True) if response.mimetype == "text/html" else ""
        assert response.status_code == status, f"{response.status_code} instead of {status}: {_words(page)[:800]}"
        if page and "<html" in page:
            check_page(page)
        return response


def check_page(page: str) -> None:
    """Well-formed HTML5 with a title, one h1, no inline style or script, unique ids and labelled controls."""
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    tree = parser.parse(page)
    errors = [error for _at, error, _data in parser.errors if error not in ("expected-closing-tag-but-got-eof",)]
    assert not errors, f"HTML: {parser.errors[:3]}"
    title = tree.find(".//title")
    assert title is not None and (title.text or "").strip(), "no title"
    assert len(list(tree.iter("h1"))) == 1, "not exactly one h1"
    ids: list[str] = []
    for element in tree.iter():
        if not isinstance(element.tag, str):
            continue
        assert "style" not in element.attrib, f"inline style at {element.tag}"
        assert not any(name.startswith("on") for name in element.attrib), f"inline script at {element.tag}"
        if "id" in element.attrib:
            ids.append(element.attrib["id"])
    doubled = {name for name in ids if ids.count(name) > 1}
    assert not doubled, f"ids used twice: {doubled}"
    labelled = {element.attrib.get("for") for element in tree.iter("label")}
    for kind in ("input", "select", "textarea"):
        for element in tree.iter(kind):
            if element.attrib.get("type") in ("hidden", "submit"):
                continue
            named = element.attrib.get("id") in labelled or "aria-label" in element.attrib
            assert named, f"{kind} {element.attrib.get('name')} has no label"
    for form in tree.iter("form"):
        if form.attrib.get("method", "get").lower() == "post":
            assert any(i.attrib.get("name") == "csrf_token" for i in form.iter("input")), "a form without csrf_token"


def _words(page: str) -> str:
    main = page.split("<main", 1)[-1]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


__all__ = ["Client", "check_page"]
