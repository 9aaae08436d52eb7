"""Short ways to what is certified, and to certificates, through the services."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import select

from tests.support.cast import Cast
from tracker import clock
from tracker.certificates import issuing, queries, service
from tracker.certificates.entitlements import Entitlement, get_entitlement
from tracker.certificates.models import Certificate
from tracker.claims.models import Claim
from tracker.db import db, transaction
from tracker.ledger.booking import Posting, book
from tracker.meetings.models import ProgressNote
from tracker.reports.models import Assessment, InternshipReport, ReportVersion
from tracker.sigs.models import Membership


def accepted(cast: Cast, user: Any = None, *, points: int = 20, at: dt.datetime | None = None, **task: Any) -> Claim:
    """A task of AKG that nils accepted, with its points booked, at a moment."""
    with clock.pretend(at or clock.now()):
        claim = cast.make_claim(user, cast.make_task(points=points, seats=1, **task), state="accepted")
        book(
            cast.nils,
            [
                Posting(
                    key=f"claim:{claim.id}", kind="points", amount=points, programme=cast.programme, sig_id=claim.sig_id,
                    user_id=claim.user_id, task_id=claim.task_id, claim_id=claim.id,
                )
            ],
        )  # fmt: skip
        db.session.commit()
    return claim


def taken_back(cast: Cast, claim: Claim, points: int, at: dt.datetime | None = None) -> None:
    """A correction that takes points back."""
    with clock.pretend(at or clock.now()):
        posting = Posting(key=f"correction:{claim.id}", kind="points", amount=-points, programme=cast.programme,
                          sig_id=claim.sig_id, user_id=claim.user_id, reason="Counted twice.")  # fmt: skip
        book(cast.mona, [posting])
        db.session.commit()


def commented(cast: Cast, claim: Claim, by: Any = None) -> None:
    """A progress note with a mentor's comment."""
    now = clock.now()
    db.session.add(
        ProgressNote(
            claim_id=claim.id, author_id=claim.user_id, percent=50, done="Half.", written_at=now, mentor_comment="Go on.",
            commented_by_id=(by or cast.nils).id, commented_at=now,
        )
    )  # fmt: skip
    db.session.commit()


def reported(cast: Cast, user: Any = None, state: str = "accepted") -> None:
    """An internship report in a state, step by step."""
    now = clock.now()
    report = InternshipReport(
        user_id=(user or cast.dora).id, programme_id=cast.programme.id, state="draft", created_at=now, edited_at=now,
        state_since=now, newest=1,
    )  # fmt: skip
    db.session.add(report)
    db.session.flush()
    version = ReportVersion(report_id=report.id, number=1, text="I wrote loops.", handed_in_at=now)
    db.session.add(version)
    db.session.flush()
    for step in {"draft": (), "handed_in": ("handed_in",)}.get(state, ("handed_in", state)):
        if step != "handed_in":
            verdict = ("accept", "") if step == "accepted" else ("changes", "More of it.")
            db.session.add(
                Assessment(
                    version_id=version.id, verdict=verdict[0], text=verdict[1], assessed_at=now, assessed_by_id=cast.nils.id
                )
            )  # fmt: skip
            db.session.flush()
        report.state, report.answer_by = step, now if step == "handed_in" else None
        db.session.flush()
    db.session.commit()


def intern(cast: Cast, user: Any = None, points: int = 60) -> Entitlement:
    """Somebody with everything that the rule asks for."""
    claim = accepted(cast, user, points=points)
    commented(cast, claim)
    reported(cast, user)
    return get_entitlement(f"internship-{cast.programme.id}-{claim.user_id}")


def role(cast: Cast, user: Any, name: str, since: dt.date, until: dt.date | None = None) -> Membership:
    """A role in AKG."""
    row = Membership(user_id=user.id, sig_id=cast.akg.id, role=name, since=since, until=until, source="test")
    db.session.add(row)
    db.session.commit()
    return row


def issue(actor: Any, key: str, layout: str = "") -> Certificate:
    """Made and issued."""
    row = get_entitlement(key)
    paper = issuing.make(row, queries.layout_for(row.sig.community, layout))
    return transaction(lambda: service.issue_certificate(actor, paper))


def issue_task(cast: Cast, user: Any = None, **task: Any) -> Certificate:
    """A certificate of an accepted task, issued by mona."""
    return issue(cast.mona, f"task-{accepted(cast, user, **task).id}")


def revoke(actor: Any, certificate: Certificate, reason: str = "Issued twice by mistake.") -> Certificate:
    return transaction(lambda: service.revoke_certificate(actor, certificate, reason=reason))


def all_certificates() -> list[Certificate]:
    return list(db.session.scalars(select(Certificate).order_by(Certificate.id)))
