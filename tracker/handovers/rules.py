"""What is fair about hand-overs: pure functions over plain facts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from tracker.claims.models import LIVE
from tracker.claims.rules import Condition
from tracker.errors import Refused
from tracker.handovers.models import OPEN
from tracker.text import _day, _l

#: How an offer stands besides its own states: it waits until the claim is its holder's to move again; the claim ended.
HALTED, ENDED = "halted", "ended"


def standing(state: str, claim_state: str) -> str:
    """How an offer stands: its own state, but HALTED or ENDED where it is open and its claim isn't active."""
    if state not in OPEN or claim_state == "active":
        return state
    return HALTED if claim_state in LIVE else ENDED


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What an offer is judged by. ``unmet``: the receiver's conditions that aren't met; the agreement aside, which is signed
    when the offer is accepted. ``confirmers``: how many maintainers could confirm it."""

    known: bool = True
    suspended: bool = False
    name: str
    is_giver: bool = False
    open_offer: bool = False
    confirmers: int
    claims_until: dt.date
    sig: str
    unmet: Sequence[Condition] = ()


def check_offer(facts: Facts) -> None:
    """Raises Refused, at the field ``receiver`` where it is about them.

    What is public (the task, its window, its mentors) is said as it is. Why else somebody can't take a task is theirs to
    know (how much they hold, what they gave up, whether an account is complete or suspended), so only that is said.
    """
    if facts.open_offer:
        raise Refused(_l("The task is offered to somebody already. Withdraw that offer first."))
    if not facts.known:
        raise Refused(
            _l("Nobody has this handle. Ask the person for it; it stands on their profile page."), field="receiver"
        )
    if facts.is_giver:
        raise Refused(_l("That is you. Give the handle of the person who takes the task over."), field="receiver")
    codes = {condition.code for condition in facts.unmet}
    if codes & {"published", "window"}:
        raise Refused(
            _l("Claims for this task closed on %(date)s, so nobody can take it over any more. Hand it in or release it.",
               date=_day(facts.claims_until))
        )  # fmt: skip
    if "mentor" in codes:
        raise Refused(
            _l("%(name)s mentors this task, and nobody reviews their own work. Name somebody else.", name=facts.name),
            field="receiver",
        )
    if facts.suspended or codes:
        raise Refused(
            _l("%(name)s doesn't meet the conditions for claiming this task now. They see which ones on the task's claim "
               "page; offer it again once they do, or name somebody else.", name=facts.name),
            field="receiver",
        )  # fmt: skip
    if not facts.confirmers:
        raise Refused(
            _l("Nobody but the two of you maintains %(sig)s, so nobody could confirm it. Ask an administrator to name "
               "another maintainer.", sig=facts.sig)
        )  # fmt: skip


def check_accept(unmet: Sequence[Condition], plan: str) -> None:
    """Raises Refused with the first of the receiver's own conditions that isn't met, or at the field ``plan``."""
    for condition in unmet:
        raise Refused(condition.text, field=condition.field)
    if not plan.strip():
        raise Refused(_l("Say in a few sentences how you will go about it."), field="plan")


def check_confirm(name: str, *, suspended: bool, unmet: Sequence[Condition]) -> None:
    """Raises Refused when the receiver can't have the task any more; which conditions they see themselves."""
    if suspended or unmet:
        raise Refused(
            _l("%(name)s doesn't meet the conditions for claiming this task any more, and sees on this page which ones. "
               "Confirm it once they do, or refuse it.", name=name)
        )  # fmt: skip
