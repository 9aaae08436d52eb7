"""What is fair about internship reports: pure functions over plain facts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tracker.errors import Refused
from tracker.programmes.models import Rules
from tracker.reports.models import CHANGES, DRAFT
from tracker.text import _l, is_blank

LONGEST = 20_000
#: Nobody needs so many; a report that is handed in over and over fills the database.
MOST_VERSIONS = 50


@dataclass(frozen=True, slots=True)
class Needed:
    """What a programme's rules ask of an internship certificate besides points: the report, the mentor's words about it."""

    report: bool = False
    comment: bool = False

    def __bool__(self) -> bool:
        return self.report or self.comment

    def __or__(self, other: Needed) -> Needed:
        return Needed(self.report or other.report, self.comment or other.comment)


def needed(certificate: Mapping[str, Any]) -> Needed:
    """As the rules' ``certificate`` has it; nothing where the programme gives none. (MindSpore, openEuler: both.)"""
    return Needed(bool(certificate.get("report")), bool(certificate.get("mentor_comment")))


def in_force(rules: Sequence[Rules], day: dt.date) -> Rules | None:
    """Of a programme's rules, newest first, those of ``day``: what was promised when an internship began holds for it. Before the
    first rules the first do; None where there are none."""
    return next((one for one in rules if one.valid_from <= day), rules[-1] if rules else None)


def beginnings(signed: Iterable[dt.date], first_approved: dt.date | None) -> list[dt.date]:
    """When the count of an internship begins: with each agreement that was signed; without one, with the first task approved."""
    return sorted(set(signed)) or [day for day in (first_approved,) if day]


def check_start(programme: str, needs: Needed, *, works: bool) -> None:
    """Raises Refused where the programme asks for no report, or the person has no work under it."""
    if not needs:
        raise Refused(
            _l("Under its rules in force %(programme)s asks for no internship report, so there is nothing to write.",
               programme=programme)
        )  # fmt: skip
    if not works:
        raise Refused(
            _l("A report is about your work, and you hold no task under %(programme)s and finished none. Claim one first.",
               programme=programme)
        )  # fmt: skip


def check_version(seen: int, current: int) -> None:
    """Raises Refused when the report changed since the page that was answered."""
    if seen != current:
        raise Refused(
            _l("The report was changed since you opened the page, in another window or by somebody else. What you typed is"
               " kept: compare, then send it again.")
        )  # fmt: skip


def check_writing(state: str) -> None:
    """Raises Refused while others read it."""
    if state not in (DRAFT, CHANGES):
        raise Refused(
            _l("The report is handed in, so its words stay. Take it back first, as long as nobody has assessed it.")
        )


def check_hand_in(draft: str, before: str | None, number: int, needs: Needed) -> None:
    """``before``: the words of the last version that was assessed, None where none was. Raises Refused."""
    if needs.report and is_blank(draft):
        raise Refused(_l("The report is empty. Write it first, then hand it in."))
    if before is not None and draft == before:
        raise Refused(_l("Nothing is changed since the last version. Change what was asked for, then hand it in."))
    if number > MOST_VERSIONS:
        raise Refused(_l("A report has at most %(most)s versions. Talk to your mentor.", most=MOST_VERSIONS))


def check_assessment(verdict: str, text: str, needs: Needed) -> None:
    """Raises Refused at the field ``text`` where words are needed."""
    if not is_blank(text):
        return
    if verdict == "changes":
        raise Refused(_l("Say what is to be changed."), field="text")
    if needs.comment:
        raise Refused(
            _l("The programme's certificate needs your comment: say in a few sentences what the person did, and how."),
            field="text",
        )
