"""The words of a certificate, in both languages. They are part of the document, not of the pages: no translation changes them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from tracker.certificates.snapshot import Snapshot

_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
           "December")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wording:
    """Heading and sentence in English and Chinese."""

    heading: str
    heading_zh: str
    said: str
    said_zh: str


def wording(snapshot: Snapshot) -> Wording:
    """What the certificate says of its holder."""
    return _KINDS[snapshot.kind](snapshot)


def _internship(it: Snapshot) -> Wording:
    period = _period(it)
    return Wording(
        "Certificate of Open Source Internship",
        "开源实习证明",
        f"took part in {it.programme}{_community(it, ' of {}')}, in the special interest group {it.sig}"
        f"{period and ','}{period}{_points(it, ' and earned {} of accepted work')}.",
        f"{_period_zh(it)}参加{_community_zh(it)}「{it.programme_zh or it.programme}」，在{_group_zh(it)}完成实习任务{_points_zh(it, '，累计获得{}个验收积分')}。特此证明。",
    )


def _task(it: Snapshot) -> Wording:
    return Wording(
        "Certificate of Task Completion",
        "任务完成证书",
        f"completed the task “{it.title}” of the special interest group {it.sig}{_community(it, ' in {}')};"
        f" the work was reviewed and accepted{_points(it, ' with {}')}.",
        f"完成{_community_zh(it)}{_group_zh(it)}的任务「{it.title_zh or it.title}」，"
        f"成果经评审验收通过{_points_zh(it, '，获得{}积分')}。特发此证，以资鼓励。",
    )


def _service(it: Snapshot) -> Wording:
    return Wording(
        "Certificate of Service",
        "社区贡献证书",
        f"has served{_community(it, ' {}')} as {it.title}{_period(it)}."
        f" The {'community' if it.community else 'special interest group'} gives its thanks.",
        f"{_period_zh(it)}担任{_community_zh(it)}{it.title_zh or it.title}，为社区建设作出贡献。特发此证，谨致谢忱。",
    )


_KINDS: dict[str, Callable[[Snapshot], Wording]] = {"internship": _internship, "task": _task, "service": _service}


def both(first: str, second: str) -> str:
    """``开源社区 · The community``; once where they are the same or one is missing."""
    return " · ".join(dict.fromkeys(word for word in (first, second) if word))


def day(value: dt.date) -> str:
    """``2 November 2026``"""
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def day_zh(value: dt.date) -> str:
    """``2026年11月2日``"""
    return f"{value.year}年{value.month}月{value.day}日"


def _period(it: Snapshot) -> str:
    if it.period_from and it.period_to:
        return f" from {day(it.period_from)} to {day(it.period_to)}"
    if it.period_from:
        return f" since {day(it.period_from)}"
    return f" until {day(it.period_to)}" if it.period_to else ""


def _period_zh(it: Snapshot) -> str:
    if it.period_from and it.period_to:
        return f"于{day_zh(it.period_from)}至{day_zh(it.period_to)}期间"
    if it.period_from:
        return f"自{day_zh(it.period_from)}起"
    return f"截至{day_zh(it.period_to)}" if it.period_to else ""


def _points(it: Snapshot, words: str) -> str:
    return "" if it.points is None else words.format("1 point" if it.points == 1 else f"{it.points} points")


def _points_zh(it: Snapshot, words: str) -> str:
    return "" if it.points is None else words.format(it.points)


def _community(it: Snapshot, words: str) -> str:
    """Nothing where the group has none."""
    name = it.community
    known = name if name.casefold().endswith("community") else f"{name} community"
    return words.format(f"the {known}") if name else ""


def _community_zh(it: Snapshot) -> str:
    return it.community if not it.community or it.community.endswith("社区") else f"{it.community}社区"


def _group_zh(it: Snapshot) -> str:
    return group_zh(it.sig_zh or it.sig, "特别兴趣小组")


def group_zh(name: str, kind: str) -> str:
    """``图引擎SIG``: a group's name with what it is, unless the name says so."""
    return name if name.upper().endswith(("小组", "SIG")) else f"{name}{kind}"
