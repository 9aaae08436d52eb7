"""Calendar feeds: what stands in them, and a person's secret address."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, or_, select

from tracker import clock
from tracker.accounts.models import User
from tracker.claims.models import HOLDING, LIVE, Claim
from tracker.db import db, find, lock
from tracker.errors import Missing, Refused
from tracker.events import record
from tracker.meetings.models import CalendarFeed, Meeting
from tracker.permissions import Permission, demand
from tracker.sigs.models import Follower, Membership, Sig
from tracker.tasks.models import Task
from tracker.text import _l

#: How far back a feed goes; ahead it has everything that is planned.
BACK = dt.timedelta(days=366)
#: Meetings of a feed at most, on each side of now: the nearest.
MOST = 600

#: Rooms further up that know of more meetings of a person: user id → a select of meeting ids.
ALSO_THEIRS: list[Callable[[int], Select[int]]] = []

_ROW: tuple[Any, ...] = (
    Meeting.id, Meeting.kind, Meeting.state, Meeting.title, Meeting.theme, Meeting.starts_at, Meeting.time_zone,
    Meeting.minutes_long, Meeting.days, Meeting.place, Meeting.options, Meeting.reason, Meeting.version, Meeting.created_at,
    Meeting.changed_at, User.display_name.label("organiser"), Sig.name, Sig.name_zh,
)  # fmt: skip
#: Of claims that are due.
_DUE: tuple[Any, ...] = (Claim.id, Claim.due_on, Claim.approved_at, Task.reference, Task.title)


def also_theirs(ids: Callable[[int], Select[int]]) -> Callable[[int], Select[int]]:
    """Register meetings that belong into a person's feed, as a select of their ids."""
    ALSO_THEIRS.append(ids)
    return ids


# -- what stands in a feed ------------------------------------------------------------------------


def meetings_of_sig(sig_id: int) -> list[Row[Any]]:
    """The SIG's meetings from a year back on, oldest first, in two statements.

    Columns: id, kind, state, title, theme, starts_at, time_zone, minutes_long, days, place, options, reason, version,
    created_at, changed_at, organiser (a name), name and name_zh of the SIG.
    """
    return _rows(Meeting.sig_id == sig_id)


def meetings_of_person(user_id: int) -> list[Row[Any]]:
    """As ``meetings_of_sig``: meetings of SIGs that the person follows, belongs to today or has a live claim in, those
    that the person organises, and those that rooms further up name."""
    today = clock.today()
    belongs = select(Membership.sig_id).where(
        Membership.user_id == user_id,
        Membership.since <= today,
        or_(Membership.until.is_(None), Membership.until > today),
    )
    claimed = select(Task.sig_id).join(Claim, Claim.task_id == Task.id)
    return _rows(
        or_(
            Meeting.sig_id.in_(select(Follower.sig_id).where(Follower.user_id == user_id)),
            Meeting.sig_id.in_(belongs),
            Meeting.sig_id.in_(claimed.where(Claim.user_id == user_id, Claim.state.in_(LIVE))),
            Meeting.organiser_id == user_id,
            Meeting.vice_organiser_id == user_id,
            *(Meeting.id.in_(ids(user_id)) for ids in ALSO_THEIRS),
        )
    )


def _rows(wanted: ColumnElement[bool]) -> list[Row[Any]]:
    now = clock.now()
    query = (
        select(*_ROW)
        .select_from(Meeting)
        .join(Sig, Sig.id == Meeting.sig_id)
        .outerjoin(User, User.id == Meeting.organiser_id)
        .where(wanted)
        .limit(MOST)
    )
    back = query.where(Meeting.starts_at < now, Meeting.starts_at >= now - BACK)
    ahead = query.where(Meeting.starts_at >= now)
    past = db.session.execute(back.order_by(Meeting.starts_at.desc(), Meeting.id.desc())).all()
    return [*reversed(past), *db.session.execute(ahead.order_by(Meeting.starts_at, Meeting.id))]


def due_dates(user_id: int) -> Sequence[Row[Any]]:
    """When the person's live claims are due: id of the claim, due_on, approved_at, reference and title of the task."""
    return db.session.execute(
        select(*_DUE)
        .join(Task, Task.id == Claim.task_id)
        .where(
            Claim.user_id == user_id, Claim.state.in_(HOLDING), Claim.due_on.is_not(None), Claim.approved_at.is_not(None)
        )
        .order_by(Claim.due_on, Claim.id)
        .limit(MOST)
    ).all()  # fmt: skip


# -- the secret address ---------------------------------------------------------------------------


def get_feed(feed_id: int | None) -> CalendarFeed:
    """The feed that is in use. Raises Missing for one that is unknown, revoked, or of somebody suspended."""
    feed = find(CalendarFeed, feed_id or 0)
    if feed is None or feed.revoked_at is not None or feed.user.suspended_at is not None:
        raise Missing("calendar feed")
    return feed


def feed_of(user_id: int) -> CalendarFeed | None:
    """The feed that the person has in use."""
    return db.session.scalar(
        select(CalendarFeed).where(CalendarFeed.user_id == user_id, CalendarFeed.revoked_at.is_(None))
    )


def make_feed(actor: User) -> CalendarFeed:
    """Make the person's calendar address; one that was there before is dead from now on. Raises Forbidden."""
    demand(actor, Permission.ACCOUNT_USE)
    lock(User, actor.id)
    if (before := feed_of(actor.id)) is not None:
        before.revoked_at = clock.now()
        db.session.flush()  # before the new row: one is in use at a time
    feed = CalendarFeed(user_id=actor.id, created_at=clock.now())
    db.session.add(feed)
    record(actor, "calendar_feed.made", feed, replaces=before.id if before else None)
    return feed


def revoke_feed(actor: User) -> CalendarFeed:
    """Revoke the person's calendar address. Raises Refused when there is none, Forbidden."""
    demand(actor, Permission.ACCOUNT_USE)
    lock(User, actor.id)
    if (feed := feed_of(actor.id)) is None:
        raise Refused(_l("You have no calendar address. Make one first."))
    feed.revoked_at = clock.now()
    record(actor, "calendar_feed.revoked", feed)
    return feed
