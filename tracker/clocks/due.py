"""What the clocks of claims and meetings ask for now, as a list of acts: the nightly job does them, a dry run prints them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from sqlalchemy import select

from tracker import clock
from tracker.accounts.models import User
from tracker.calendars.queries import calendar
from tracker.claims.queries import get_claim
from tracker.clocks import queries, reminders, rules, steps
from tracker.db import db

#: Notes something that couldn't be looked at: what it is, and the error.
Broken = Callable[[str, Exception], None]


@dataclass(frozen=True, slots=True)
class Act:
    """Something that is due. ``work`` does it in a transaction of its own, after looking again, and returns how much was done
    (False: it wasn't due any more). ``unsure``: what it does shows only when it is done."""

    action: str
    work: Callable[[], int]
    claim: int | None = None
    task: str = ""
    handle: str = ""
    detail: str = ""
    unsure: bool = False

    @property
    def about(self) -> str:
        """For logs: what is done to what."""
        return " ".join(str(part) for part in (self.action, self.claim or self.task, self.detail) if part)


@contextmanager
def _apart(broken: Broken, what: str) -> Iterator[None]:
    """One broken row stops nobody else, and nothing is done to it."""
    try:
        yield
    except Exception as error:
        broken(what, error)


def lapses_and_warnings(broken: Broken) -> Iterator[Act]:
    """Claims whose holders are warned, and claims that lapse."""
    now = clock.now()
    for row in queries.ticking():
        with _apart(broken, f"clock of claim {row.id}"):
            found = rules.clock(queries.facts(row), now)
            if found.lapse_due(now) and found.running_since is not None:
                since = rules.day_of(found.running_since, row.time_zone)
                yield Act(
                    "lapse", partial(steps.lapse, row.id), row.id, row.reference, row.handle, f"silent since {since}"
                )
            elif found.warning_due(now):
                yield Act("warn", partial(steps.warn, row.id), row.id, row.reference, row.handle,
                          f"lapses on {found.lapses_on}")  # fmt: skip


def late_answers(broken: Broken) -> Iterator[Act]:
    """Claims whose answer is late: somebody else is asked; or they are closed, where that has to be."""
    now, days = clock.now(), calendar()
    asked: Counter[int] = Counter()
    for row in queries.unanswered(now):
        with _apart(broken, f"wait of claim {row.id}"):
            waits = queries.wait(row)
            if rules.late_close_due(waits, now, days):
                yield Act("close_late", partial(steps.close_late, row.id), row.id, row.reference, row.handle,
                          f"accepted work until {waits.accept_by}")  # fmt: skip
            elif rules.escalation_due(waits, now):
                if (person := queries.second_person(get_claim(row.id), asked)) is not None:
                    asked[person] += 1
                to = f"to {_handles([person])[person]}" if person else "there is nobody to ask"
                yield Act("escalate", partial(steps.escalate, row.id), row.id, row.reference, row.handle, to)


def opened_agendas(broken: Broken) -> Iterator[Act]:
    """Meetings whose organisers are told that the agenda is open."""
    for meeting in reminders.agendas_to_open():
        with _apart(broken, f"agenda of meeting {meeting.id}"):
            yield Act("open_agenda", partial(reminders.open_agenda, meeting.id), detail=meeting.label)


def missing_reports(broken: Broken) -> Iterator[Act]:
    """People who are reminded of a report."""
    rows = reminders.to_remind()
    handles = _handles({row.user_id for row in rows})
    for row in rows:
        yield Act("remind", partial(reminders.remind, row.meeting_id, row.user_id), task=", ".join(row.tasks),
                  handle=handles.get(row.user_id, ""), detail=f"meeting of {row.when}")  # fmt: skip


def _handles(user_ids: Iterable[int]) -> dict[int, str]:
    query = select(User.id, User.handle).where(User.id.in_(sorted(user_ids)))
    return {row[0]: row[1] for row in db.session.execute(query)}
