"""Reading files that others wrote: bounded YAML, and values of any type made into what we keep, with notes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from tracker.text import _

LARGEST = 5 * 1024 * 1024
DEEPEST = 30
MOST_NODES = 400_000
#: What people write where they have nothing to say.
NOTHING = {
    "na",
    "n/a",
    "none",
    "null",
    "nil",
    "tbd",
    "todo",
    "to_be_clarified",
    "to be clarified",
    "-",
    "--",
    "无",
    "暂无",
}

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):
    """Numbers are plain whole ones. What else YAML takes for a number (``0.005``, ``1.0e+3``, ``.inf``, ``010`` for 8, ``1:30`` for
    90) stays the text that somebody wrote, for whoever reads the value to judge."""

    def plain(self, node: Any) -> int | str:
        """The whole number of a node, or its text."""
        return int(node.value) if re.fullmatch(r"-?(0|[1-9][0-9]*)", node.value, re.ASCII) else str(node.value)


for _tag in ("int", "float"):
    _Loader.add_constructor(f"tag:yaml.org,2002:{_tag}", _Loader.plain)


class Unreadable(ValueError):
    """The file can't be used at all; the message says why."""


@dataclass(slots=True)
class Notes:
    """What an import couldn't use and why, what it found, and whether anything changed."""

    warnings: list[str] = field(default_factory=list)
    changed: bool = False
    people: set[int] = field(default_factory=set)
    repositories: set[str] = field(default_factory=set)

    def warn(self, text: str) -> None:
        if text not in self.warnings:
            self.warnings.append(text)


def load_yaml(path: Path) -> Any:
    """The one document of a file, at most 5 MiB, plain YAML: no aliases, no tags of programs, no deep nesting.

    Raises Unreadable saying what is wrong.
    """
    try:
        with path.open("rb") as stream:
            raw = stream.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        raise Unreadable(_("can't be read: %(error)s", error=getattr(error, "strerror", None) or error)) from error
    if len(raw) > LARGEST:
        raise Unreadable(_("larger than 5 MiB"))
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(_("not UTF-8 text")) from error
    try:
        _bounded(text)
        return yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = _(" in line %(line)s", line=mark.line + 1) if mark else ""
        problem = getattr(error, "problem", None) or type(error).__name__
        raise Unreadable(_("not YAML%(where)s: %(problem)s", where=where, problem=short(problem))) from error
    except (ValueError, OverflowError, RecursionError) as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable(_("a value that can't be read: %(error)s", error=short(error))) from error


def _bounded(text: str) -> None:
    """Walk the events without building anything: an alias bomb or a deep nest never gets to memory."""
    depth = 0
    for nodes, event in enumerate(yaml.parse(text, Loader=_Loader)):
        if isinstance(event, yaml.AliasEvent):
            raise Unreadable(_("aliases (*%(name)s) aren't followed: write the value out", name=short(event.anchor)))
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                raise Unreadable(_("nested deeper than %(levels)s levels", levels=DEEPEST))
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if nodes > MOST_NODES:
            raise Unreadable(_("more than %(count)s values", count=MOST_NODES))


def short(value: Any, longest: int = 60) -> str:
    """``value`` on one line for a message, without control characters."""
    text = "".join(c if c.isprintable() else " " for c in str(value)[: longest * 4])
    text = " ".join(text.split())
    return text if len(text) <= longest else text[: longest - 1] + "…"


def is_nothing(value: Any) -> bool:
    """Whether a value says that there is none: empty, ``NA``, ``TO_BE_CLARIFIED`` …"""
    return value is None or (isinstance(value, str) and (not value.strip() or value.strip().casefold() in NOTHING))


def plain_text(value: Any, longest: int, notes: Notes | None = None, what: str = "") -> str:
    """``value`` as text of at most ``longest`` characters; empty for what is none or no text, which is noted."""
    if value is None or value == "":
        return ""
    if is_nothing(value):
        if notes is not None and str(value).strip():
            notes.warn(_("%(what)s: “%(value)s” says nothing", what=what, value=short(value)))
        return ""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        if notes is not None:
            notes.warn(_("%(what)s: %(kind)s where text is expected", what=what, kind=type(value).__name__))
        return ""
    text = "".join(c for c in str(value) if c == "\n" or unicodedata.category(c) not in ("Cc", "Cs")).strip()
    text = unicodedata.normalize("NFC", text)
    if len(text) > longest:
        if notes is not None:
            notes.warn(_("%(what)s: cut to %(longest)s characters", what=what, longest=longest))
        text = text[:longest].rstrip()
    return text


def listed(value: Any, what: str, notes: Notes) -> list[Any]:
    """A list; one alone counts as a list of it; anything else is noted and empty."""
    if value is None:
        return []
    if isinstance(value, list):
        return value
    if isinstance(value, (Mapping, str)):
        return [] if is_nothing(value) else [value]
    notes.warn(_("%(what)s: %(kind)s where a list is expected", what=what, kind=type(value).__name__))
    return []


def mapped(value: Any) -> Mapping[str, Any]:
    """A mapping. Raises ValueError for anything else."""
    if not isinstance(value, Mapping):
        raise ValueError(_("%(value)s where a mapping is expected", value=short(value)))
    return value


def link(value: Any, notes: Notes, what: str = "url") -> str:
    """An http(s) address of at most 300 characters, or empty with a note."""
    text = plain_text(value, 2000, notes, what)
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        good = (
            parts.scheme in ("http", "https")
            and bool(parts.hostname)
            and len(text) <= 300
            and not any(map(str.isspace, text))
        )
    except ValueError:
        good = False
    if not good:
        notes.warn(_("%(what)s: “%(value)s” is no web address", what=what, value=short(text)))
        return ""
    return text
