"""What is fair while a meeting runs: merging what two people typed, and until when which notes may change. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from tracker.comparing import MOST_EQUAL, lines_of, opcodes
from tracker.errors import Refused
from tracker.meetings.models import HELD, OFF, PLANNED, PUBLISHED
from tracker.text import Text, _day, _l

LONGEST_ITEM = 500


# -- merging --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hunk:
    """Lines ``start`` to ``end`` of the base that became ``lines``."""

    start: int
    end: int
    lines: Sequence[str]


def merge(base: str, theirs: str, mine: str) -> str:
    """Both changes of a text that began as ``base``, line by line; nothing that either typed is lost.

    Where both changed the same lines, both stay, theirs first; a line that the other's line goes on with counts as that
    line. Deleting what the other one edits keeps the edit.
    """
    if mine in (base, theirs):
        return theirs
    if theirs == base:
        return mine
    lines = lines_of(base)
    hunks = [(hunk, True) for hunk in _hunks(lines, lines_of(theirs))]
    hunks += [(hunk, False) for hunk in _hunks(lines, lines_of(mine))]
    merged: list[str] = []
    at = 0
    for group in _groups(hunks):
        start, end = min(hunk.start for hunk, _ in group), max(hunk.end for hunk, _ in group)
        merged += lines[at:start]
        sides = [[hunk for hunk, is_theirs in group if is_theirs is side] for side in (True, False)]
        versions = [_applied(lines, start, end, side) for side in sides if side]
        merged += versions[0] if len(versions) == 1 else _both(*versions)
        at = end
    return "\n".join(merged + lines[at:])


def _hunks(base: list[str], other: list[str]) -> list[Hunk]:
    return [Hunk(i1, i2, other[j1:j2]) for tag, i1, i2, j1, j2 in opcodes(base, other) if tag != "equal"]


def _groups(hunks: list[tuple[Hunk, bool]]) -> list[list[tuple[Hunk, bool]]]:
    """Hunks that touch the same lines of the base, together; in the order of the base."""
    groups: list[list[tuple[Hunk, bool]]] = []
    end = -1
    for hunk, side in sorted(hunks, key=lambda pair: (pair[0].start, pair[0].end, not pair[1])):
        last = groups[-1][-1][0] if groups else None
        same_place = last is not None and (last.start, last.end) == (hunk.start, hunk.end) == (hunk.start, hunk.start)
        if groups and (hunk.start < end or same_place):
            groups[-1].append((hunk, side))
        else:
            groups.append([(hunk, side)])
        end = max(end, hunk.end)
    return groups


def _applied(base: list[str], start: int, end: int, hunks: list[Hunk]) -> list[str]:
    """How lines ``start`` to ``end`` of the base read on one side."""
    said: list[str] = []
    at = start
    for hunk in hunks:
        said += [*base[at : hunk.start], *hunk.lines]
        at = hunk.end
    return said + base[at:end]


def _both(theirs: list[str], mine: list[str]) -> list[str]:
    """Every line of both, what they share once."""
    if not theirs or not mine:
        return theirs or mine
    said: list[str] = []
    for tag, i1, i2, j1, j2 in opcodes(theirs, mine):
        if tag == "equal":
            said += theirs[i1:i2]
            continue
        if (i2 - i1) * (j2 - j1) > MOST_EQUAL:
            said += theirs[i1:i2] + mine[j1:j2]
            continue
        said += [line for line in theirs[i1:i2] if not _goes_on(line, mine[j1:j2])]
        said += [line for line in mine[j1:j2] if not _goes_on(line, theirs[i1:i2])]
    return said


def _goes_on(line: str, others: list[str]) -> bool:
    """Whether one of the others is this line, typed further."""
    typed = line.rstrip()
    return any(other != line and other.startswith(typed) and len(other) > len(typed) for other in others)


@dataclass(frozen=True, slots=True)
class Said:
    """What was said about a claim; ``percent`` 0 to 100, None where nobody named one."""

    done: str = ""
    next: str = ""
    blockers: str = ""
    percent: int | None = None

    def __bool__(self) -> bool:
        return bool(self.done.strip() or self.next.strip() or self.blockers.strip())


def combine(base: Said, theirs: Said, mine: Said) -> Said:
    """The texts merged; of the percents, the one that was changed, and of two changes mine, which came later."""
    return Said(
        done=merge(base.done, theirs.done, mine.done),
        next=merge(base.next, theirs.next, mine.next),
        blockers=merge(base.blockers, theirs.blockers, mine.blockers),
        percent=theirs.percent if mine.percent == base.percent or mine.percent is None else mine.percent,
    )


def overruled(base: Said, theirs: Said, mine: Said) -> int | None:
    """The other's percent that mine replaced; None when it replaced none."""
    if mine.percent in (None, base.percent, theirs.percent) or theirs.percent == base.percent:
        return None
    return theirs.percent


# -- until when -----------------------------------------------------------------------------------


def check_noting(label: str, state: str, state_name: Text) -> None:
    """Notes are taken until the minutes are published. Raises Refused."""
    if state == PUBLISHED:
        raise Refused(
            _l("The minutes of %(meeting)s are published: add what is missing there, as a correction.", meeting=label)
        )
    if state not in (PLANNED, HELD):
        raise Refused(
            _l("%(meeting)s is in the state “%(state)s”: notes are taken at a meeting whose day is set. Confirm or move it first.",
               meeting=label, state=state_name)
        )  # fmt: skip


def check_begun(label: str, starts_at: dt.datetime, now: dt.datetime) -> None:
    """Raises Refused before the meeting has begun."""
    if now < starts_at:
        raise Refused(
            _l("%(meeting)s hasn't begun yet: it can be prepared here now, and ended once it has begun.", meeting=label)
        )


def check_writing(label: str, state: str, published_on: dt.date | None) -> None:
    """Minutes are written until they are published. Raises Refused."""
    if state in OFF:
        raise Refused(_l("%(meeting)s doesn't take place: it has no minutes.", meeting=label))
    if published_on is not None:
        raise Refused(
            _l("The minutes of %(meeting)s are published since %(date)s: they change only by a correction that says why.",
               meeting=label, date=_day(published_on))
        )  # fmt: skip


def check_publishing(label: str, minutes: str, starts_at: dt.datetime, now: dt.datetime) -> None:
    """Raises Refused when the meeting hasn't begun or nothing was written."""
    if now < starts_at:
        raise Refused(
            _l("%(meeting)s hasn't begun yet: minutes are published afterwards. Come back when it has.", meeting=label)
        )
    if not minutes.strip():
        raise Refused(_l("There are no minutes yet. Write and save them first."), field="minutes")


def check_correction(label: str, state: str, before: str, text: str, reason: str) -> None:
    """Raises Refused when nothing is published yet, and at the field when nothing changes or nobody says why."""
    if state != PUBLISHED:
        raise Refused(
            _l("The minutes of %(meeting)s aren't published: change them as they are written.", meeting=label)
        )
    if not text.strip():
        raise Refused(_l("Minutes can't be taken back, only corrected. Write what they should say."), field="text")
    if text.strip() == before.strip():
        raise Refused(_l("This is what the minutes say already. Change what is wrong first."), field="text")
    if not reason.strip():
        raise Refused(_l("Say what was wrong: readers see the reason beside the correction."), field="reason")
