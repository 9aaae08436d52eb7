"""The help page."""

from __future__ import annotations

from tests.support.client import Client
from tracker.claims.models import STATES


def test_it_explains_every_state_that_a_claim_can_have_now(client: Client):
    page = client.get("/help/").text
    for state, name in STATES.items():
        assert str(name) in page, state


def test_it_has_a_section_for_everybody(client: Client):
    page = client.get("/help/").text
    for part in (
        "find",
        "claim",
        "report",
        "clock",
        "meetings",
        "hand-in",
        "wage",
        "what-if",
        "mentors",
        "maintainers",
        "finance",
        "keyboard",
    ):
        assert f'id="{part}"' in page
