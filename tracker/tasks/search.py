"""Finding tasks by words: words and Chinese character pairs, in both databases' own full-text index.

The index sees only tokens made here, so that a query can never be read as an operator of either engine.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from sqlalchemy import ColumnElement, column, false, func, literal_column, select, table

from tracker.db import db
from tracker.tasks.models import TEXTS, Task

#: PostgreSQL refuses longer lexemes in a query and vectors above 1 MiB.
LONGEST_TOKEN = 40
LONGEST_SEARCH = 200_000
#: Words of a query that count.
QUERY_TOKENS = 12

_WORD = re.compile(r"[^\W_]+")
_CJK = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3040-\u30ff\uac00-\ud7af]+")
_FTS = table("task_fts", column("rowid"))


def _runs(text: str) -> Iterator[tuple[str, bool]]:
    """Words of the text in lower case, each with whether it is Chinese, Japanese or Korean."""
    for word in _WORD.finditer(unicodedata.normalize("NFKC", text).casefold()):
        at = 0
        run = word.group()
        for cjk in _CJK.finditer(run):
            if cjk.start() > at:
                yield run[at : cjk.start()], False
            yield cjk.group(), True
            at = cjk.end()
        if at < len(run):
            yield run[at:], False


def tokens(*texts: str) -> str:
    """What ``task.search`` holds: each word once, Chinese as overlapping pairs and the last character of a run."""
    seen: dict[str, None] = {}
    size = 0
    for run, cjk in _runs(" ".join(texts)):
        pieces = [*(run[i : i + 2] for i in range(len(run) - 1)), run[-1]] if cjk else [run[:LONGEST_TOKEN]]
        for piece in pieces:
            if piece not in seen:
                size += len(piece.encode()) + 1
                if size > LONGEST_SEARCH:
                    return " ".join(seen)
                seen[piece] = None
    return " ".join(seen)


def of_task(task: Task) -> str:
    """Tokens of a task: reference, title, texts, language and hardware.

    Names of its area, SIG and mentors change without the task; the board filters by area and SIG instead.
    """
    return tokens(task.reference, task.title, task.language, *task.backends, *(getattr(task, name) for name in TEXTS))


def _asked(query: str) -> list[tuple[str, bool]]:
    """The query's tokens, each with whether longer words that begin with it count too."""
    asked: list[tuple[str, bool]] = []
    for run, cjk in _runs(query):
        if not cjk:
            asked.append((run[:LONGEST_TOKEN], True))
        elif len(run) == 1:
            asked.append((run, True))
        else:
            asked.extend((run[i : i + 2], False) for i in range(len(run) - 1))
    return asked[:QUERY_TOKENS]


def matches(query: str) -> ColumnElement[bool]:
    """A condition on Task: it has every word of ``query``. A query without any word finds nothing."""
    asked = _asked(query)
    if not asked:
        return false()
    if db.session.get_bind().dialect.name == "sqlite":
        said = " ".join(f'"{token}"*' if prefix else f'"{token}"' for token, prefix in asked)
        return Task.id.in_(select(_FTS.c.rowid).where(literal_column("task_fts").op("MATCH")(said)))
    said = " & ".join(f"'{token}':*" if prefix else f"'{token}'" for token, prefix in asked)
    simple: ColumnElement[str] = literal_column("'simple'")
    return func.to_tsvector(simple, Task.search).op("@@")(func.to_tsquery(simple, said))
