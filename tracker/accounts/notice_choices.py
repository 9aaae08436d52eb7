"""How a person wants mail of each kind of notices: at once, in the day's digest, or not at all."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select, update

from tracker.accounts.models import User
from tracker.db import db, lock
from tracker.errors import Refused
from tracker.events import record
from tracker.events.actions import ACTIONS
from tracker.events.kinds import AT_ONCE, CHOICES, CHOSEN, DAILY, OFF, actions_of
from tracker.events.models import Event, Notice, NoticeChoice
from tracker.events.unsubscribing import DIGEST
from tracker.permissions import Permission, demand
from tracker.text import _l


def choices_of(user_id: int) -> dict[str, str]:
    """Kind → ``at_once``, ``daily`` or ``off``, for every kind that one chooses about."""
    rows = db.session.execute(select(NoticeChoice.kind, NoticeChoice.mail).where(NoticeChoice.user_id == user_id))
    return {**dict.fromkeys(CHOSEN, AT_ONCE), **{kind: mail for kind, mail in rows if kind in CHOSEN}}


def choose_notices(actor: User, *, choices: Mapping[str, str]) -> User:
    """Take ``choices`` (kind → choice; kinds that aren't named stay) for all notices from now on.

    Mails of a kind that is switched off and that haven't left are dropped; those that wait for a digest while mail at once
    is chosen still go with the next one. Raises Forbidden, and Refused for a kind or a choice that there isn't.
    """
    user = lock(User, actor.id)
    demand(actor, Permission.ACCOUNT_USE)
    if not set(choices) <= set(CHOSEN) or not set(choices.values()) <= set(CHOICES):
        raise Refused(_l("There is no such choice. Choose for each kind: at once, once a day, or not at all."))
    before = choices_of(user.id)
    changed = {kind: choice for kind, choice in choices.items() if before[kind] != choice}
    if not changed:
        return user
    rows = {row.kind: row for row in db.session.scalars(select(NoticeChoice).where(NoticeChoice.user_id == user.id))}
    for kind, choice in changed.items():
        if kind in rows:
            rows[kind].mail = choice
        else:
            db.session.add(NoticeChoice(user_id=user.id, kind=kind, mail=choice))
    _drop_waiting(user.id, [kind for kind, choice in changed.items() if choice == OFF])
    record(actor, "account.notices_chosen", user, choices=changed)
    return user


def stopped_by(user_id: int, kind: str) -> list[str]:
    """The kinds that a link for ``kind`` switches off: itself, or all that come in the digest; those that are off aside."""
    choices = choices_of(user_id)
    if kind == DIGEST:
        return [name for name, choice in choices.items() if choice == DAILY]
    return [kind] if choices[kind] != OFF else []


def switch_off(actor: User, *, kind: str) -> User:
    """No more mail of ``kind`` (or of every kind that comes in the digest). Harmless when repeated."""
    return choose_notices(actor, choices=dict.fromkeys(stopped_by(actor.id, kind), OFF))


def _drop_waiting(user_id: int, kinds: list[str]) -> None:
    names = [name for kind in kinds for name in actions_of(kind, ACTIONS)]
    if not names:
        return
    db.session.execute(
        update(Notice)
        .where(
            Notice.user_id == user_id, Notice.mail.in_(("queued", "digest")),
            Notice.event_id.in_(select(Event.id).where(Event.name.in_(names))),
        )
        .values(mail="none")
        .execution_options(synchronize_session=False)
    )  # fmt: skip
