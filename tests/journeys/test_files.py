"""Every file that somebody is offered arrives whole from a real server, which ends requests as no test client does."""

from __future__ import annotations

import http.client
import http.cookiejar
import re
import urllib.error
import urllib.parse
import urllib.request
from collections import deque
from pathlib import Path

from tests.journeys.test_every_link import links_of
from tests.support.server import command, environment, serving

#: Files of lists that have nothing to show yet, so that no page leads to them.
LISTS = ("/account/payee/looks.csv", "/rules/mindspore-internship/changes.csv", "/promotions.csv")


def _kind(path: str) -> str:
    return re.sub(r"\d+|[A-Z]+-\d{4}Q\d-|\?.*", "#", path)


def _signed_in(base: str, handle: str) -> urllib.request.OpenerDirector:
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
    )
    with opener.open(f"{base}/login") as answer:
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', answer.read().decode())
    assert token
    form = {"csrf_token": token[1], "handle": handle, "password": "demo-demo-demo"}
    opener.open(f"{base}/login", urllib.parse.urlencode(form).encode()).close()
    return opener


def test_every_file_arrives_whole(empty_database: str, tmp_path: Path) -> None:
    env = environment(tmp_path, empty_database)
    command("init", env=env)
    command("demo", "--phase", "settled", env=env)
    arrived: dict[str, int] = {}
    broken: list[str] = []
    with serving(env) as base:
        for handle in ("fay", "mona"):
            opener = _signed_in(base, handle)
            seen: set[str] = set()
            waiting = deque(["/", *LISTS])
            while waiting:
                path = waiting.popleft()
                if _kind(path) in seen or path.endswith(".xlsx"):
                    continue
                seen.add(_kind(path))
                try:
                    with opener.open(base + path) as answer:
                        # A file that is cut off raises IncompleteRead.
                        body = answer.read()
                        kind = answer.headers.get_content_type()
                except (urllib.error.HTTPError, http.client.IncompleteRead) as error:
                    broken.append(f"{handle} {path} {error}")
                    continue
                if kind == "text/html":
                    waiting.extend(links_of(body.decode(), path))
                elif kind == "text/csv":
                    assert body.endswith(b"\r\n") or "/results/" in path, path
                    arrived[_kind(path)] = len(body)
    assert not broken, "\n".join(broken)
    assert {"/rewards/batches.csv", *LISTS} <= set(arrived), sorted(arrived)
    assert len(arrived) > 20
