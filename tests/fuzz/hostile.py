"""What an enemy sends: values for every kind of place, and requests made of them."""

from __future__ import annotations

import datetime as dt
import io
import random
import re
from typing import Any

from flask import Flask, request
from werkzeug.routing import Rule
from wtforms import Field, SelectField, SelectMultipleField

from tests.house.stage import Stage
from tests.support.client import Client
from tracker import clock
from tracker.web import forms

#: Values that no field expects, or that one field takes and its neighbour doesn't.
VALUES = (
    "", " ", "\x00", "a\x00b", "\x07\x1b[31m", "\r\nSet-Cookie: a=b", "\u2028", "\u202e", "\ufeff", "\ufffe", "\U0010ffff",
    "😀", "é" * 300, "e\u0301", "Ａ", "١٢٣", "２０", "²", "½", "-1", "0", "1", "-0", "+1", "1_0", "1e9", "1e400", "0x10",
    "2147483647", "2147483648", str(2**63), "-" + "9" * 30, str(-(2**63) - 1), "9" * 400, "NaN", "-Infinity", "Infinity", "1.005", "0.00",
    "-5.00", "99999999.99", "1,2,3", "None", "null", "true", "[]", "{}", "{{7*7}}", "%(x)s", "%s%n", "{0.__class__}",
    "0000-00-00", "0001-01-01", "9999-12-31", "2026-02-30", "2026-W01-1", "20261218", "2026-12-18", "24:00", "23:59",
    "2026Q4", "2026Q5", "9999Q1", "0001-01-01T00:00:00+14:00~1", "9999-12-31T23:59:59-12:00~1", "1~2~3", "~", "~~~~",
    "../../etc/passwd", "//evil.example", "/\\evil.example", "\\\\evil", "javascript:alert(1)", "data:text/html,x",
    "http://[", "https://[::1", "https://exa mple.org", "http://a@b:99999999/", "https://例え.jp/é", "https://" + "a" * 600,
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' OR 1=1 --", "%", "_", "\\", '"', "*", "a AND OR NOT (",
    "NEAR(a b, 9999999999)", "=1+1", "@SUM(A1)", "AKG-2026Q4-001", "akg", "zh", "dora", "ｄora", "ſ", "İ", "ß" * 45,
    "a@b", "a@" + "b" * 260 + ".org", "x@xn--a.example", "dora@example.org", "Asia/Shanghai", "../UTC", "Etc/GMT+99",
    "x" * 1000, "y\n" * 3000, "z" * 100_000, "![x](javascript:alert(1))", "[" * 3000, "> " * 3000, "`" * 4000, "\t|\t|\n-|-",
)  # fmt: skip
#: Also as bytes of an address: broken UTF-8, escaped NUL, surrogates written in UTF-8.
ESCAPED = (
    "%00",
    "%ff%fe",
    "%ed%a0%80",
    "%c0%80",
    "%2e%2e%2f",
    "%0d%0aX:%20y",
    "%F0%9F%98%80",
    "%",
    "%zz",
    "%u0000",
    "+",
)
HEADERS = (
    {"Accept-Language": "zh-" + "x" * 5000}, {"Accept-Language": "*;q=NaN,,;;en;q=-1,zh;q=1e999"},
    {"Accept-Language": "\xff\xfe"}, {"Cookie": "session=" + "A" * 4000}, {"Cookie": "session=.eJw.x.y; language=%00"},
    {"Cookie": "=;;;language=zz\xff;session=\"\\000\""}, {"Host": "evil.example"}, {"Host": "a b"}, {"Host": "["},
    {"Host": "[::1"}, {"Host": "\xff"}, {"Host": "x" * 3000}, {"Host": "localhost:99999999"}, {"Host": ""},
    {"Host": "localhost:８０"}, {"Range": "bytes=9-1,,"}, {"If-None-Match": "\"\xff"}, {"If-Modified-Since": "Thu, 99 Foo 0000"},
    {"User-Agent": "\xff" * 5000}, {"User-Agent": "a\x00b"}, {"X-Forwarded-For": "nobody, " * 400}, {"X-Forwarded-Host": "evil"},
    {"Referer": "//\\evil"}, {"Content-Length": "-1"}, {"Transfer-Encoding": "chunked"}, {"Authorization": "Bearer \xff"},
    {"X-HTTP-Method-Override": "DELETE"}, {"Accept": ";;q=z"}, {"Forwarded": "for=\"_\xff\""},
)  # fmt: skip
VARIANTS = ("", "draft", "ready", "free", "applied", "approved")
METHODS = ("PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE", "BREW")
ARGUMENTS = ("after", "next", "q", "sig", "quarter", "area", "kind", "state", "month", "mine", "lang", "when", "unread", "role",
             "words", "back", "programme", "difficulty", "backend", "availability", "user", "amount", "corrects")  # fmt: skip


class Known:
    """The fields of each rule's form, noticed while requests run, so that a request can be nearly right."""

    def __init__(self) -> None:
        self.fields: dict[str, dict[str, tuple[str, ...]]] = {}

    def notice(self, form: forms.Form) -> None:
        if request.url_rule is not None and request.url_rule.rule not in self.fields:
            self.fields[request.url_rule.rule] = {f.name: good(f) for f in form if f.name != "csrf_token"}


def good(field: Field) -> tuple[str, ...]:
    """Values that the field may well take."""
    if isinstance(field, SelectField | SelectMultipleField):
        return tuple(str(value) for value, *_rest in field.iter_choices())[:8] or ("1",)
    if isinstance(field, forms.Number):
        return (str(max(field.least, 1)),)
    if isinstance(field, forms.Day):
        return ((clock.today("Asia/Shanghai") + dt.timedelta(days=5)).isoformat(),)
    by_kind = {forms.Money: "12.50", forms.TimeOfDay: "19:00", forms.Email: "new@example.org", forms.Tick: "1",
               forms.Link: "https://example.org/1", forms.Links: "https://example.org/1"}  # fmt: skip
    by_name = {"user": "otto", "organiser": "mona", "handle": "dora", "month": "2026-11", "quarter": "2026Q4"}
    return (by_name.get(field.name) or by_kind.get(type(field), "Plain words 123"),)


class Enemy:
    """Makes requests from a seed: the same ones every time."""

    def __init__(self, stage: Stage, known: Known, seed: str) -> None:
        self.known, self.dice = known, random.Random(seed)
        # Read now: what a request does to the session ends the life of the stage's objects.
        self.values = {variant: stage.values(variant) for variant in VARIANTS}
        self.programme = stage.cast.programme.slug

    def address(self, rule: str, *, variant: str = "", hostile: str = "") -> str:
        """The rule's address with the stage's things; ``hostile`` in place of one of them."""
        values = {**self.values[variant], "filename": "css/base.css"}
        if rule.startswith(("/rules/", "/payees/", "/account/payee/")):
            values["slug"] = self.programme
        spots = re.findall(r"<(?:\w+:)?(\w+)>", rule)
        if hostile and spots:
            values[self.dice.choice(spots)] = hostile
        return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(values[found[1]]), rule)

    def query(self) -> str:
        names = ["after"] if self.dice.random() < 0.3 else [self.dice.choice(ARGUMENTS) for _ in range(3)]
        return "&".join(f"{name}={self._part()}" for name in [*names, *names[: self.dice.randrange(2)]])

    def _part(self) -> str:
        from urllib.parse import quote

        if self.dice.random() < 0.25:
            return self.dice.choice(ESCAPED)
        return quote(self.dice.choice(VALUES)[:3000], safe="")

    def fields(self, rule: str) -> list[tuple[str, str]]:
        """Every field of the form, some of them hostile, missing, doubled or unknown."""
        filled = [
            (name, self.dice.choice(values))
            for name, values in self.known.fields.get(rule, {"reason": ("Why",)}).items()
        ]
        for _ in range(self.dice.choice((0, 1, 1, 1, 2, 3))):
            if not filled:
                break
            spot = self.dice.randrange(len(filled))
            what = self.dice.random()
            if what < 0.75:
                filled[spot] = (filled[spot][0], self.dice.choice(VALUES))
            elif what < 0.85:
                filled.append(filled[spot])
            elif what < 0.95:
                filled.pop(spot)
            else:
                filled.append((self.dice.choice(VALUES)[:60] or "x", "1"))
        return filled

    def request(self, rule: Rule, method: str, token: str) -> dict[str, Any]:
        """Keyword arguments of the test client's ``open``."""
        kind = self.dice.random()
        made: dict[str, Any] = {"method": method}
        made["path"] = self.address(
            rule.rule, variant=self.dice.choice(VARIANTS), hostile=self._part() if kind < 0.3 else ""
        )
        if method not in (rule.methods or ()) or kind > 0.97:
            made["method"] = self.dice.choice(METHODS)
        if self.dice.random() < (0.6 if method == "GET" else 0.15):
            made["path"] += f"?{self.query()}"
        if self.dice.random() < 0.1:
            made["headers"] = self.dice.choice(HEADERS)
        if method == "POST":
            made.update(self._body(rule.rule, token))
        return made

    def _body(self, rule: str, token: str) -> dict[str, Any]:
        from werkzeug.datastructures import MultiDict

        pairs = self.fields(rule)
        if self.dice.random() < 0.95:
            pairs.append(("csrf_token", token))
        kind = self.dice.random()
        if kind < 0.8:
            return {"data": MultiDict(pairs)}
        if kind < 0.88 and pairs:
            spot = self.dice.randrange(len(pairs))
            files: list[tuple[str, Any]] = list(pairs)
            files[spot] = (pairs[spot][0], (io.BytesIO(b"\x00\xff"), 'a"b.txt'))
            return {"data": MultiDict(files), "content_type": "multipart/form-data"}
        header = {"X-CSRFToken": token}
        raw, content_type = self.dice.choice((
            (b'{"plan": 1}', "application/json"), (b"{", "application/json"), (b"\xff\xfe=\x00&a=%ff", "application/x-www-form-urlencoded"),
            (b"--x\r\n", "multipart/form-data; boundary=x"), (b"", "multipart/form-data"), (b"a=b", "text/plain"),
            (b"a=b", "application/x-www-form-urlencoded; charset=utf-7"), (b"<a/>", "application/xml"), (b"=&=&&&", "application/x-www-form-urlencoded"),
        ))  # fmt: skip
        return {"data": raw, "content_type": content_type, "headers": header}


def send(app: Flask, client: Client, made: dict[str, Any]) -> tuple[int, str]:
    """Status and log of one request."""
    with app.app_context():
        response = client.raw.open(**made, buffered=True)
        return response.status_code, response.get_data(as_text=True) if response.mimetype == "text/html" else ""
