"""Closing and erasing an account, by its person or by an administrator whom the person asked."""

from __future__ import annotations

from sqlalchemy import or_, select

from tracker import clock
from tracker.accounts.models import User
from tracker.accounts.names import normalised
from tracker.accounts.passwords import verify_password
from tracker.db import db, lock
from tracker.erasure import queries, rules
from tracker.erasure.traces import empty_account, remove_traces
from tracker.errors import Refused
from tracker.events import record
from tracker.permissions import Actor, demand
from tracker.permissions import Permission as P
from tracker.sigs.models import Membership, Sig
from tracker.text import _l


def erase_account(actor: User, *, handle: str, password: str) -> User:
    """Close one's own account and erase what it says of one, for good.

    Raises Refused, naming the field, for a handle or password that isn't theirs; while something is open; and for the site's
    only administrator.
    """
    user = lock(User, actor.id)
    _check_handle(user, handle)
    if not verify_password(user.password_hash, password):
        raise Refused(_l("This isn't your present password."), field="password")
    rules.check_administrator(is_admin=user.is_admin, others=_other_administrators(user))
    payee = _erase(user)
    record(actor, "account.erased", user, payee=payee)
    return user


def erase_person(actor: Actor, user: User, *, handle: str, reason: str) -> User:
    """The same for somebody who asked for it in writing; ``reason`` is a code of ``rules.REASONS``.

    Raises Forbidden unless ``actor`` administers the site; Refused as above, for oneself and for an administrator.
    """
    demand(actor, P.SITE_ADMIN)
    user = lock(User, user.id)
    rules.check_other(own=user.id == actor.id, is_admin=user.is_admin)
    _check_handle(user, handle)
    payee = _erase(user)
    record(actor, "account.erased", user, payee=payee, reason_code=reason)
    return user


def _check_handle(user: User, handle: str) -> None:
    if user.erased_at is not None:
        raise Refused(_l("This account was erased. Nothing of it can be changed or brought back."))
    if normalised(handle) != user.handle_key:
        raise Refused(_l("This isn't the handle of the account."), field="handle")


def _other_administrators(user: User) -> int:
    return queries.other_administrators(user.id) if user.is_admin else 0


def _erase(user: User) -> bool:
    """Everything but the record; whether payee data waits for its removal."""
    _hold_sigs(user)
    rules.check_open(queries.open_things(user.id))
    payee = remove_traces(user)
    empty_account(user)
    return payee


def _hold_sigs(user: User) -> None:
    """Two maintainers of a SIG who leave at once wait for one another: the second is the only one."""
    today = clock.today()
    mine = select(Membership.sig_id).where(
        Membership.user_id == user.id, or_(Membership.until.is_(None), Membership.until > today)
    )
    for sig_id in db.session.scalars(mine.distinct().order_by(Membership.sig_id)).all():
        lock(Sig, sig_id)
