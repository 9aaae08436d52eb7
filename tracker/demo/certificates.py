"""Certificates of the first accepted tasks: valid ones, one that was revoked and corrected, one whose holder hides the name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from tracker.certificates import issuing, queries
from tracker.certificates import service as certificates
from tracker.certificates.entitlements import get_entitlement
from tracker.certificates.models import Certificate
from tracker.db import db
from tracker.sigs.models import MAINTAINER, Membership

if TYPE_CHECKING:
    from tracker.accounts.models import User
    from tracker.demo.story import Story


def certify(story: Story) -> None:
    """What mona issues once the first work of the quarter is accepted."""
    mona = story.who("mona")
    issue(story, 0.6, mona, f"task-{story.claim('dora', 'ReduceMean as loops').id}")
    wrong = issue(story, 0.61, mona, f"task-{story.claim('bai', 'Follow the MLIR 21 release').id}")
    story.at(
        0.65, lambda: certificates.revoke_certificate(mona, wrong, reason="Issued too early: the last test run was missing. The corrected one follows.")
    )  # fmt: skip
    issue(story, 0.66, mona, wrong.entitlement)
    hidden = issue(story, 0.62, mona, f"task-{story.claim('gu', 'Softmax fusion for CPU').id}")
    story.at(0.7, lambda: certificates.hide_name(story.who("gu"), hidden))


def thank(story: Story) -> None:
    """At the end of the quarter: the colleague of mona's who maintains AKG too, for what was done in office."""
    mona, akg = story.who("mona"), story.sigs["akg"]
    query = select(Membership.id).where(
        Membership.sig_id == akg.id, Membership.role == MAINTAINER, Membership.user_id != mona.id, Membership.until.is_(None)
    )  # fmt: skip
    if (office := db.session.scalars(query.order_by(Membership.id).limit(1)).first()) is not None:
        issue(story, 0.9985, mona, f"service-{office}")


def issue(story: Story, share: float, actor: User, key: str) -> Certificate:
    """Made and issued at a moment of the story."""

    def work() -> Certificate:
        row = get_entitlement(key)
        return certificates.issue_certificate(actor, issuing.make(row, queries.layout_for(row.sig.community)))

    made: Certificate = story.at(share, work)
    return made
