"""Signing in: counted before the password is looked at, and as slow for unknown accounts as for known ones."""

from __future__ import annotations

from dataclasses import dataclass

from tracker.accounts import attempts, passwords, sessions
from tracker.accounts.models import User
from tracker.accounts.names import normalised
from tracker.accounts.queries import find_user
from tracker.config import Settings
from tracker.db import lock
from tracker.errors import Refused
from tracker.text import _l


@dataclass(frozen=True, slots=True)
class Try:
    """A counted try at a name: whose it is (None: nobody's) and what the password must fit."""

    user_id: int | None
    password_hash: str
    name_key: str
    ids: list[int]

    def fits(self, password: str) -> bool:
        """Whether the password is right. Takes a while on purpose: call it outside a transaction."""
        return passwords.verify_password(self.password_hash, password)


def begin(*, handle: str, address: str, settings: Settings) -> Try:
    """Count a try at the account with this handle or e-mail from this address. Raises attempts.TooMany."""
    user = find_user(handle)
    name_key = f"name:{user.handle_key if user else normalised(handle)}"
    ids = attempts.count_try([name_key, f"address:{address}"], settings)
    return Try(user.id if user else None, user.password_hash if user else "", name_key, ids)


def finish(tried: Try, password: str, settings: Settings, *, address: str, user_agent: str) -> tuple[User, str]:
    """After a right password: the person and the token of their new session. Raises Refused when suspended."""
    assert tried.user_id is not None
    user = lock(User, tried.user_id)
    if user.suspended_at is not None:
        raise Refused(
            _l("The account %(person)s is suspended. Write to the administrators of the site.", person=user.handle)
        )
    if user.password_hash != tried.password_hash:
        raise Refused(_l("The password was changed a moment ago. Sign in with the new one."))
    attempts.forget(tried.ids, tried.name_key)
    if passwords.is_outdated(user.password_hash):
        user.password_hash = passwords.hash_password(password)
    return user, sessions.open_session(user, settings, address=address, user_agent=user_agent)
