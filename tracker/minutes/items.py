"""Decisions of meetings, and what somebody is to do after them."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from sqlalchemy import select

from tracker import clock
from tracker.accounts.models import User
from tracker.claims.models import Claim
from tracker.db import db, key_of, lock
from tracker.errors import Missing, Refused
from tracker.events import record
from tracker.meetings.models import Meeting
from tracker.minutes.models import ActionItem, Decision
from tracker.minutes.reports import check_claim, held_for_notes
from tracker.minutes.rules import LONGEST_ITEM
from tracker.permissions import Actor, Permission, demand
from tracker.text import _day, _l


def add_decision(actor: Actor, meeting: Meeting, *, text: str, claim: Claim | None = None) -> Decision:
    """Note what the meeting decided, on a ``claim`` or in general. Raises Refused, also when it is noted already;
    Forbidden."""
    meeting = held_for_notes(actor, meeting)
    text = _checked(text)
    check_claim(meeting, claim)
    same = select(Decision.id).where(
        Decision.meeting_id == meeting.id, Decision.text == text, Decision.claim_id == (claim.id if claim else None)
    )
    if db.session.scalar(same):
        raise Refused(
            _l("This decision is noted already. Add what is different, or leave the field empty."), field="decision"
        )
    decision = Decision(meeting=meeting, claim=claim, text=text, created_at=clock.now(), created_by_id=actor.id)
    db.session.add(decision)
    record(actor, "meeting.decided", decision, text=text, claim=claim.id if claim else None)
    return decision


def remove_decision(actor: Actor, meeting: Meeting, *, decision_id: int) -> Meeting:
    """Take a decision out of the notes; the diary keeps it. Raises Refused when it is gone already, Forbidden."""
    meeting = held_for_notes(actor, meeting)
    decision = db.session.get(Decision, decision_id, populate_existing=True)
    if decision is None or decision.meeting_id != meeting.id:
        raise Refused(_l("This decision isn't among the notes any more. Reload the page."))
    record(actor, "meeting.decision_removed", decision, text=decision.text)
    db.session.delete(decision)
    return meeting


def add_action_item(
    actor: Actor, meeting: Meeting, *, text: str, owner: User | None = None, due_on: dt.date | None = None,
    claim: Claim | None = None,
) -> ActionItem:  # fmt: skip
    """Note what ``owner`` (None: nobody yet) is to do by ``due_on``; the owner is told.

    Raises Refused, also when it is noted already; Forbidden.
    """
    meeting = held_for_notes(actor, meeting)
    text = _checked(text)
    check_claim(meeting, claim)
    same = select(ActionItem.id).where(
        ActionItem.meeting_id == meeting.id, ActionItem.text == text,
        ActionItem.claim_id == (claim.id if claim else None), ActionItem.user_id == (owner.id if owner else None),
    )  # fmt: skip
    if db.session.scalar(same):
        raise Refused(_l("This is noted already. Add what is different, or leave the field empty."), field="to_do")
    item = ActionItem(
        meeting=meeting,
        claim=claim,
        user=owner,
        text=text,
        due_on=due_on,
        created_at=clock.now(),
        created_by_id=actor.id,
    )
    db.session.add(item)
    if owner is None:
        record(actor, "action_item.added", item)
    else:
        record(actor, "action_item.assigned", item, person_id=owner.id, due_on=due_on.isoformat() if due_on else None)
    return item


def remove_action_item(actor: Actor, meeting: Meeting, *, item_id: int) -> Meeting:
    """Take an action item out of the notes; the diary keeps it. Raises Refused when it is gone or done, Forbidden."""
    meeting = held_for_notes(actor, meeting)
    item = db.session.get(ActionItem, item_id, populate_existing=True)
    if item is None or item.meeting_id != meeting.id:
        raise Refused(_l("This action item isn't among the notes any more. Reload the page."))
    if item.done_at is not None:
        raise Refused(_l("This is done already, so it stays. Take the tick back first."))
    record(actor, "action_item.removed", item, owner=item.user_id)
    db.session.delete(item)
    return meeting


def finish_action_item(actor: Actor, item: ActionItem) -> ActionItem:
    """Tick it off. Raises Refused when it is done already, Forbidden."""
    item = _hold(actor, item)
    if item.done_at is not None:
        on = item.done_at.astimezone(ZoneInfo(item.meeting.time_zone)).date()
        raise Refused(_l("This was done on %(date)s already. Reload the page.", date=_day(on)))
    item.done_at, item.done_by_id = clock.now(), actor.id
    record(actor, "action_item.done", item)
    return item


def reopen_action_item(actor: Actor, item: ActionItem) -> ActionItem:
    """Take the tick back. Raises Refused when it isn't done, Forbidden."""
    item = _hold(actor, item)
    if item.done_at is None:
        raise Refused(_l("This is open already. Reload the page."))
    item.done_at = item.done_by_id = None
    record(actor, "action_item.reopened", item)
    return item


def _hold(actor: Actor, item: ActionItem) -> ActionItem:
    """The item, locked. Raises Refused when it was removed meanwhile."""
    try:
        item = lock(ActionItem, key_of(item))
    except Missing:
        raise Refused(_l("This action item was removed meanwhile. Reload the page.")) from None
    demand(actor, Permission.ACTION_ITEM_DONE, item)
    return item


def _checked(text: str) -> str:
    text = " ".join(text.split())
    if not text:
        raise Refused(_l("Write what it is first."), field="text")
    if len(text) > LONGEST_ITEM:
        raise Refused(_l("At most %(longest)s characters: keep it to a sentence.", longest=LONGEST_ITEM), field="text")
    return text
