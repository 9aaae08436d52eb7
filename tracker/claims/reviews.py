"""The answer to a hand-in, as it stands on the hand-in itself."""

from __future__ import annotations

from tracker.claims.models import Claim
from tracker.permissions import Actor


def note_review(actor: Actor, claim: Claim, verdict: str, comment: str) -> None:
    """Write the ``verdict`` (accept, changes, fail) to the newest hand-in of a claim that is held; part of a step."""
    if claim.submissions:
        newest = claim.submissions[-1]
        newest.verdict, newest.points, newest.comment = verdict, claim.points, comment
        newest.reviewed_at, newest.reviewed_by_id = claim.state_since, actor.id
