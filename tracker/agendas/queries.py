"""What is asked about proposals."""

from __future__ import annotations

from collections.abc import Iterable

from tracker.agendas.models import Proposal
from tracker.events.diary import audience


@audience("proposer_of_item")
def _proposer(proposal: Proposal) -> Iterable[int]:
    return [proposal.user_id]
