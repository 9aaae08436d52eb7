"""Somebody who was there and had the account erased: what stays says so."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from tracker.accounts import service as accounts
from tracker.accounts.models import User
from tracker.erasure import service as erasure
from tracker.permissions import SYSTEM
from tracker.sigs import service as sigs

if TYPE_CHECKING:
    from tracker.demo.story import Story


def leave(story: Story) -> None:
    """A Contributor of GE wrote to the administrator, who closed the account."""

    def came() -> User:
        made = accounts.create_user(
            SYSTEM, handle="kit", email="kit@example.org", display_name="Kit Marsh", affiliation="Example Systems"
        )
        sigs.add_member(
            SYSTEM, story.sigs["ge"], user=made, role="contributor", since=dt.date(2025, 2, 1), source="demo"
        )
        return made

    kit: User = story.at(0.02, came)
    story.at(0.9, lambda: erasure.erase_person(story.who("admin"), kit, handle="kit", reason="asked_in_writing"))
