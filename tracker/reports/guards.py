"""What the database refuses of internship reports beyond keys and checks; part of the one list of tracker.triggers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

T = TypeVar("T")

#: Of what was handed in and assessed: everything but the words, which an erased account takes along.
REPORTED_AS: dict[str, tuple[str, ...]] = {
    "internship_report": ("user_id", "programme_id", "created_at"),
    "internship_report_version": ("report_id", "number", "handed_in_at"),
    "internship_assessment": ("version_id", "verdict", "assessed_at", "assessed_by_id"),
}


def report_guards(trigger: Callable[..., T], frozen: Callable[..., T]) -> Iterator[T]:
    """Versions follow one another and keep their words; the newest is assessed, by somebody else, before it counts, and isn't
    taken back any more.

    ``trigger`` and ``frozen`` are those of tracker.triggers, which is above this room.
    """
    for table, columns in REPORTED_AS.items():
        yield frozen(f"{table}_frozen", "1 = 1", columns, table)
    for table in ("internship_report_version", "internship_assessment"):
        yield trigger(f"{table}_words", table, ("UPDATE OF text",), "NEW.text <> OLD.text AND NEW.text <> ''")
    yield trigger("internship_report_newest", "internship_report", ("UPDATE OF newest",),
                  "NEW.newest NOT IN (OLD.newest, OLD.newest + 1)")  # fmt: skip
    yield trigger(
        "internship_report_version_next", "internship_report_version", ("INSERT",),
        "NEW.number <> (SELECT newest FROM internship_report WHERE id = NEW.report_id)",
    )  # fmt: skip
    yield trigger(
        "internship_report_version_taken_back", "internship_report_version", ("UPDATE OF taken_back_at",),
        "NEW.taken_back_at IS NOT NULL AND EXISTS (SELECT 1 FROM internship_assessment WHERE version_id = NEW.id)",
    )  # fmt: skip
    yield frozen(
        "internship_report_version_stays_back",
        "OLD.taken_back_at IS NOT NULL",
        ("taken_back_at",),
        "internship_report_version",
    )
    of = ("FROM internship_report_version JOIN internship_report ON internship_report.id = report_id"
          " WHERE internship_report_version.id = NEW.version_id")  # fmt: skip
    yield trigger(
        "internship_assessment_current", "internship_assessment", ("INSERT",),
        f"NOT EXISTS (SELECT 1 {of} AND state = 'handed_in' AND number = newest AND taken_back_at IS NULL)",
    )  # fmt: skip
    yield trigger(
        "internship_assessment_own", "internship_assessment", ("INSERT",), f"NEW.assessed_by_id = (SELECT user_id {of})"
    )
    yield trigger(
        "internship_report_assessed", "internship_report", ("UPDATE OF state",),
        "NEW.state <> OLD.state AND NEW.state IN ('accepted', 'changes_requested') AND NOT EXISTS (SELECT 1 FROM"
        " internship_assessment JOIN internship_report_version ON internship_report_version.id = version_id WHERE"
        " report_id = NEW.id AND number = NEW.newest"
        " AND verdict = CASE NEW.state WHEN 'accepted' THEN 'accept' ELSE 'changes' END)",
    )  # fmt: skip
