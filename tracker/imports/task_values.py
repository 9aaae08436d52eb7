"""Values of task files as people write them, read into a task's fields; what can't be used is noted."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tracker.imports.reading import LARGEST, Unreadable, is_nothing, short
from tracker.tasks.models import BACKENDS, DIFFICULTIES, TEXTS
from tracker.text import _

LONGEST = {"title": 200, "language": 80, "prize": 200, **dict.fromkeys(TEXTS, 20_000)}
_KINDS = {
    "community": "community", "community task": "community", "社区任务": "community",
    "crowd_intelligence": "crowd_intelligence", "crowd intelligence": "crowd_intelligence",
    "crowd-intelligence task": "crowd_intelligence", "众智任务": "crowd_intelligence", "众智": "crowd_intelligence",
    "internship": "internship", "internship task": "internship", "开源实习任务": "internship", "开源实习": "internship",
}  # fmt: skip
_YES = {"1", "true", "yes", "y", "on", "是", "需要", "有"}
_NO = {"0", "false", "no", "n", "off", "否", "不需要", "无", "没有"}
_STARS = re.compile("[\u2b50\U0001f31f\u2605]")
_SEPARATORS = re.compile(r"[,;/|、，；\n]+")


@dataclass(slots=True)
class Draft:
    """A task as a file has it: ``fields`` for the service, mentors and area still by name, ``notes`` on what wasn't used."""

    title: str
    fields: dict[str, Any] = field(default_factory=dict)
    mentors: list[str] = field(default_factory=list)
    area: str = ""
    notes: list[str] = field(default_factory=list)
    error: str = ""

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def put(self, name: str, raw: str) -> None:
        """Read ``raw`` into the field ``name``; note it where it can't be."""
        if is_nothing(raw):
            return
        if name in LONGEST:
            self.fields[name] = self.text(name, raw)
        elif name in _READERS:
            try:
                self.fields[name] = _READERS[name](_plain(raw))
            except ValueError:
                self.note(_("%(field)s: “%(value)s” can't be used", field=name, value=short(raw)))

    def text(self, name: str, raw: str) -> str:
        """Text without control characters, cut to what the field holds."""
        kept = "".join(
            c for c in raw.replace("\r\n", "\n") if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs")
        )
        kept = unicodedata.normalize("NFC", kept).strip()
        if len(kept) > LONGEST[name]:
            self.note(_("%(field)s: cut to %(longest)s characters", field=name, longest=LONGEST[name]))
            kept = kept[: LONGEST[name]].rstrip()
        return kept if name in TEXTS else " ".join(kept.split())


def _plain(raw: str) -> str:
    """Half-width, trimmed."""
    return unicodedata.normalize("NFKC", raw).strip()


def number(raw: str, least: int, most: int) -> int:
    """A whole number within bounds, a unit behind it allowed (``20分``). Raises ValueError."""
    match = re.fullmatch(
        r"(\d{1,7})(?:\.0+)?\s*(?:分|点|points?|pts?|h|hours?|小时|人)?", raw, re.ASCII | re.IGNORECASE
    )
    if match is None or not least <= (value := int(match[1])) <= most:
        raise ValueError(raw)
    return value


def difficulty(raw: str) -> str:
    """L1 to L3, by name, by number, by stars or by fractions of a star. Raises ValueError."""
    text = raw.upper().replace("\ufe0f", "").strip()
    if text in DIFFICULTIES:
        return text
    words = {
        "低": "L1",
        "中": "L2",
        "高": "L3",
        "EASY": "L1",
        "MEDIUM": "L2",
        "HARD": "L3",
        "简单": "L1",
        "中等": "L2",
        "困难": "L3",
    }
    if text in words:
        return words[text]
    stars = float(len(_STARS.findall(text)))
    figure = _STARS.sub("", text).strip()
    if figure:
        match = re.fullmatch(r"(\d{1,3}(?:\.\d{1,3})?)(?:\s*/\s*(\d{1,3}))?", figure)
        if match is None or (match[2] and not int(match[2])):
            raise ValueError(raw)
        stars = float(match[1]) / (int(match[2]) if match[2] else 1)
    if stars <= 0 or stars > 10:
        raise ValueError(raw)
    return "L1" if stars <= 1 else "L2" if stars <= 2 else "L3"


def split_stars(title: str) -> tuple[str, str]:
    """A title and the stars that stand behind it."""
    match = re.fullmatch("(.*?)[\\s（(]*((?:[\u2b50\U0001f31f\u2605]\ufe0f?)+)[\\s）)]*", title)
    return (match[1].strip(), match[2]) if match else (title, "")


def day(raw: str) -> dt.date:
    """2026-12-18, 2026/12/18, 2026.12.18, 2026年12月18日, with a time behind it or not. Raises ValueError."""
    match = re.match(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?!\d)", raw)
    if match is None or not 2000 <= int(match[1]) <= 2100:
        raise ValueError(raw)
    return dt.date(int(match[1]), int(match[2]), int(match[3]))


def money(raw: str) -> int:
    """An amount in fen. Raises ValueError."""
    match = re.fullmatch(r"(\d{1,8})(?:\.(\d{1,2}))?", raw.replace(",", ""))
    value = int(match[1]) * 100 + int((match[2] or "0").ljust(2, "0")) if match else 0
    if not 1 <= value <= 10_000_000_000:
        raise ValueError(raw)
    return value


def currency(raw: str) -> str:
    """A code such as CNY. Raises ValueError."""
    if not re.fullmatch(r"[A-Z]{3}", raw.upper()):
        raise ValueError(raw)
    return raw.upper()


def kind(raw: str) -> str:
    """The token of a kind. Raises ValueError."""
    if (token := _KINDS.get(raw.casefold())) is None:
        raise ValueError(raw)
    return token


def yes(raw: str) -> bool:
    """Whether it says yes. Raises ValueError."""
    word = raw.casefold()
    if word not in _YES | _NO:
        raise ValueError(raw)
    return word in _YES


def backends(raw: str) -> list[str]:
    """Those of the known backends that are named. Raises ValueError when none is."""
    named = {part.strip().upper() for part in _SEPARATORS.split(raw)} | set(raw.upper().split())
    found = [name for name in BACKENDS if name in named]
    if not found:
        raise ValueError(raw)
    return found


def people(raw: str) -> list[str]:
    """Handles, names and e-mail addresses; of a name with its address the address."""
    addresses = re.findall(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", raw)
    if addresses:
        return list(dict.fromkeys(addresses))
    return list(dict.fromkeys(part.strip().lstrip("@") for part in _SEPARATORS.split(raw) if part.strip()))


_READERS: dict[str, Callable[[str], Any]] = {
    "kind": kind,
    "points": lambda raw: number(raw, 1, 1000),
    "hours": lambda raw: number(raw, 1, 10000),
    "seats": lambda raw: number(raw, 1, 100),
    "difficulty": difficulty,
    "backends": backends,
    "expected_on": day,
    "accept_by": day,
    "needs_design": yes,
    "pays_wage": yes,
    "gives_certificate": yes,
    "prize_amount": money,
    "prize_currency": currency,
}


def read_text(path: Path) -> tuple[str, str]:
    """The text of a file, at most 5 MiB, and a note where it wasn't UTF-8.

    GBK is told by being wholly readable as Chinese. Raises Unreadable for anything else.
    """
    try:
        with path.open("rb") as stream:
            raw = stream.read(LARGEST + 1)
    except OSError as error:
        raise Unreadable(_("can't be read: %(error)s", error=error.strerror or error)) from error
    if len(raw) > LARGEST:
        raise Unreadable(_("larger than 5 MiB"))
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in raw:
        raise Unreadable(_("neither UTF-8 nor GBK text; save it as UTF-8"))
    try:
        return raw.decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        pass
    try:
        text = raw.decode("gb18030")
    except UnicodeDecodeError as error:
        raise Unreadable(_("neither UTF-8 nor GBK text; save it as UTF-8")) from error
    foreign = [c for c in text if ord(c) > 127]
    chinese = sum("\u4e00" <= c <= "\u9fff" or "\u3000" <= c <= "\u303f" or "\uff00" <= c <= "\uffef" for c in foreign)
    if chinese < 0.8 * len(foreign):
        raise Unreadable(_("neither UTF-8 nor GBK text; save it as UTF-8"))
    return text, _("read as GBK")
