"""What is done about public notices: opened by a maintainer, objected to by anybody, answered by somebody it isn't about.

A notice is written once and closes by itself. What turns out wrong is corrected by another one that names it.
"""

from __future__ import annotations

from tracker import clock
from tracker.accounts.models import User
from tracker.calendars.queries import calendar
from tracker.cycles.models import PLANNING, Cycle
from tracker.db import db, lock
from tracker.errors import Missing, Refused
from tracker.events import record
from tracker.permissions import Actor, demand
from tracker.permissions import Permission as P
from tracker.public_notices import queries, results, rules
from tracker.public_notices.models import USUAL_DAYS, Objection, PublicNotice
from tracker.public_notices.workflow import OBJECTION
from tracker.text import _l


def open_notice(
    actor: Actor, cycle: Cycle, *, days: int = USUAL_DAYS, with_amounts: bool = False, note: str = "", seen: str
) -> PublicNotice:
    """Put the results of a quarter before everybody for ``days`` working days; the SIG's followers and who is named are told.

    ``seen`` is the fingerprint of the rows that the page showed, with amounts. Where the quarter has a notice already, this
    one corrects the newest and says why in ``note``. Raises Forbidden, and Refused (also at a field).
    """
    cycle = lock(Cycle, cycle.id)
    demand(actor, P.RESULTS_PUBLISH, cycle)
    rows, corrects = results.results(cycle), queries.newest_notice(cycle.id)
    rules.check_opening(
        rules.Opening(
            planning=cycle.state == PLANNING, days=days, note=note.strip(), rows=rows, seen=seen,
            corrects=corrects is not None,
        )
    )  # fmt: skip
    shown = rows if with_amounts else results.without_amounts(rows)
    now, zone = clock.now(), cycle.sig.time_zone
    notice = PublicNotice(
        cycle=cycle, sig_id=cycle.sig_id, corrects_id=corrects.id if corrects else None, opened_by_id=actor.id, opened_at=now,
        days=days, closes_at=rules.closing(now, days, zone, calendar()), time_zone=zone, with_amounts=with_amounts,
        note=note.strip(), count=len(shown), rows=shown,
    )  # fmt: skip
    db.session.add(notice)
    db.session.flush()
    # The digest, so that the diary's chain seals what was shown.
    record(actor, "public_notice.opened", notice, tell=queries.people_in(shown), until=notice.last_day.isoformat(),
           rows=rules.fingerprint(shown))  # fmt: skip
    return notice


def make_objection(actor: Actor, notice: PublicNotice, *, row: int, text: str) -> Objection:
    """Object to a row of a notice, or to the whole (0), within its window; once each. Those who answer are told.

    Raises Forbidden for who isn't signed in, and Refused at a field, once the window is over, or the second time.
    """
    demand(actor, P.OBJECTION_MAKE, notice)
    user = lock(User, actor.id or 0)
    now = clock.now()
    if (why := rules.why_no_objection(now, notice.closes_at, notice.last_day)) is not None:
        raise Refused(why)
    text = rules.check_text(text, "text", _l("Say what is wrong: whoever answers reads it."))
    try:
        about = queries.row_of(notice, row)
    except Missing as missing:
        raise Refused(_l("This notice has no such row."), field="row") from missing
    if queries.has_objected(notice.id, user.id, row):
        raise Refused(_l("You objected to this already. It is answered on the notice's page."))
    objection = Objection(
        notice=notice, notice_id=notice.id, row_no=row, user_id=user.id, about_id=about["user_id"] if about else None, text=text,
        made_at=now, state="open",
    )  # fmt: skip
    db.session.add(objection)
    # Its words aren't noted: they may speak of others, and the diary is never erased.
    record(actor, "objection.made", objection, row=row)
    return objection


def uphold_objection(actor: Actor, objection: Objection, *, answer: str, follows: str) -> Objection:
    """Agree on record, and say what follows from it. Raises Forbidden for who objected or whom it is about, Refused."""
    objection = _answered(actor, objection, "uphold", answer, follows)
    record(actor, "objection.upheld", objection, row=objection.row_no, reason=objection.answer)
    return objection


def dismiss_objection(actor: Actor, objection: Objection, *, answer: str, follows: str = "") -> Objection:
    """Don't agree, on record; nothing follows. Raises as ``uphold_objection``."""
    objection = _answered(actor, objection, "dismiss", answer, follows)
    record(actor, "objection.dismissed", objection, row=objection.row_no, reason=objection.answer)
    return objection


def _answered(actor: Actor, objection: Objection, action: str, answer: str, follows: str) -> Objection:
    objection = lock(Objection, objection.id)
    OBJECTION.check(actor, objection, action)
    objection.answer, objection.follows = rules.check_answer(action, answer, follows)
    objection.answered_by_id, objection.answered_at = actor.id, clock.now()
    OBJECTION.advance(actor, objection, action)
    return objection
