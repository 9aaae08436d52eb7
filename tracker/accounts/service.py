"""What is done with accounts. Everything here runs inside ``transaction()``."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import update

from tracker import clock
from tracker.accounts import passwords, rules, sessions
from tracker.accounts.models import FORGES, ForgeAccount, OneTimeToken, User
from tracker.accounts.names import normalised
from tracker.accounts.queries import find_user
from tracker.db import db, lock
from tracker.errors import Forbidden, Refused
from tracker.events import record
from tracker.permissions import Actor, allowed
from tracker.permissions import Permission as P
from tracker.text import _l

CONFIRM_WITHIN = dt.timedelta(hours=24)
RESET_WITHIN = dt.timedelta(minutes=30)


def register(actor: Actor, *, handle: str, display_name: str, email: str, password: str, language: str = "") -> User:
    """Make an account for whoever asks; the mail carries the link that confirms the address.

    ``language`` (en, zh) is the one that the mails are in.

    Raises Refused, naming the field, for a handle or address that is taken or kept, and for a weak password.
    """
    if problem := rules.handle_problem(handle):
        raise Refused(problem, field="handle")
    if problem := rules.password_problem(password, handle=handle, email=email):
        raise Refused(problem, field="password")
    user = _new_user(
        handle, email, display_name=display_name, password_hash=passwords.hash_password(password), language=language
    )
    record(actor, "account.registered", user, token=_token(user, "confirm", user.email).id)
    return user


def create_user(
    actor: Actor, *, handle: str, email: str, display_name: str = "", password: str = "", is_admin: bool = False,
    is_finance: bool = False, verified: bool = True, affiliation: str = "", language: str = "",
    time_zone: str = "Asia/Shanghai",
) -> User:  # fmt: skip
    """Make an account for somebody else. Without a password the mail carries a link to choose one.

    Reserved handles are allowed here. Raises Forbidden unless ``actor`` administers the site, Refused as ``register``.
    """
    _administers(actor)
    if password and (problem := rules.password_problem(password, handle=handle, email=email)):
        raise Refused(problem, field="password")
    user = _new_user(
        handle, email, display_name=display_name, password_hash=passwords.hash_password(password) if password else "",
        is_admin=is_admin, is_finance=is_finance, affiliation=affiliation, language=language, time_zone=time_zone,
        email_verified_at=clock.now() if verified else None,
    )  # fmt: skip
    purpose = "reset" if not password else "confirm"
    needs_link = not password or not verified
    facts: dict[str, Any] = {"token": _token(user, purpose, user.email).id, "purpose": purpose} if needs_link else {}
    record(actor, "account.created", user, **facts)
    return user


def _new_user(handle: str, email: str, **columns: Any) -> User:
    key = rules.address_key(email)
    if key is None:
        raise Refused(_l("This address is too long."), field="email")
    if rules.reads_as_erased(handle):
        raise Refused(_l("This handle is kept for the site. Choose another."), field="handle")
    if find_user(handle) is not None:
        raise Refused(_l("This handle is taken. Choose another."), field="handle")
    if find_user(email) is not None:
        raise Refused(
            _l("There is an account with this e-mail address. Sign in, or ask for a new password."), field="email"
        )
    user = User(
        handle=handle, handle_key=normalised(handle), email=email, email_key=key, created_at=clock.now(), **columns
    )
    db.session.add(user)
    db.session.flush()
    return user


# -- confirming the address -----------------------------------------------------------------------


def resend_confirmation(actor: User) -> User:
    """Send the link that confirms the address once more; links sent before are void.

    Raises Refused when the address is confirmed.
    """
    user = lock(User, actor.id)
    if user.email_verified_at is not None:
        raise Refused(_l("Your address %(email)s is confirmed already.", email=user.email))
    record(actor, "account.confirmation_resent", user, token=_token(user, "confirm", user.email).id)
    return user


def request_email_change(actor: User, *, email: str, password: str) -> User:
    """Send a link to the new address; the old one stays until the link is used.

    Raises Refused for a wrong password (field ``password``) and an address that is taken (field ``email``).
    """
    user = lock(User, actor.id)
    _check_password(user, password, "password")
    key = rules.address_key(email)
    if key is None:
        raise Refused(_l("This address is too long."), field="email")
    if key == user.email_key:
        raise Refused(_l("This is your address already."), field="email")
    if find_user(email) is not None:
        raise Refused(_l("This address belongs to another account."), field="email")
    record(actor, "account.email_change_requested", user, token=_token(user, "email", email).id)
    return user


def confirm_email(actor: Actor, token_id: int) -> User:
    """Take the address that the link was sent to as the person's own. Raises Refused for a link that is no good."""
    token = _usable(token_id, ("confirm", "email"))
    user = lock(User, token.user_id)
    if token.purpose == "email":
        other = find_user(token.email)
        if other is not None and other.id != user.id:
            raise Refused(_l("This address belongs to another account."))
        user.email, user.email_key = token.email, normalised(token.email)
    elif normalised(token.email) != user.email_key:
        raise Refused(_l("Your address has changed since this link was sent. Ask for a new link on your profile."))
    token.used_at = clock.now()
    user.email_verified_at = clock.now()
    record(user, "account.email_confirmed", user)
    return user


# -- passwords ------------------------------------------------------------------------------------


def request_reset(actor: Actor, *, handle: str) -> None:
    """Send a link for a new password to the account with this handle or address, if there is one."""
    user = find_user(handle)
    if user is None or user.suspended_at is not None:
        return
    user = lock(User, user.id)
    record(actor, "account.reset_requested", user, token=_token(user, "reset", user.email).id)


def reset_password(actor: Actor, token_id: int, *, password: str) -> User:
    """Take a new password by a link sent by mail; ends every session and confirms the address.

    Raises Refused for a link that is no good and for a weak password (field ``password``).
    """
    token = _usable(token_id, ("reset",))
    user = lock(User, token.user_id)
    if normalised(token.email) != user.email_key or user.suspended_at is not None:
        raise Refused(_l("This link is no good any more. Ask for a new one."))
    token.used_at = clock.now()
    user.email_verified_at = user.email_verified_at or clock.now()
    _set_password(user, password)
    record(user, "account.password_changed", user)
    return user


def change_password(actor: User, *, current: str, password: str) -> User:
    """Take a new password; ends every session of the person, this one too: the page opens a new one.

    Raises Refused, naming the field, for a wrong current and a weak new password.
    """
    user = lock(User, actor.id)
    _check_password(user, current, "current")
    if current == password:
        raise Refused(_l("This is the password you have. Choose another."), field="password")
    _set_password(user, password)
    record(actor, "account.password_changed", user)
    return user


def _check_password(user: User, password: str, field: str) -> None:
    if not passwords.verify_password(user.password_hash, password):
        raise Refused(_l("This isn't your present password."), field=field)


def _set_password(user: User, password: str) -> None:
    if problem := rules.password_problem(password, handle=user.handle, email=user.email):
        raise Refused(problem, field="password")
    user.password_hash = passwords.hash_password(password)
    db.session.execute(
        update(OneTimeToken)
        .where(OneTimeToken.user_id == user.id, OneTimeToken.purpose == "reset", OneTimeToken.used_at.is_(None))
        .values(used_at=clock.now())
    )
    sessions.end_sessions(user.id)


# -- one-time tokens ------------------------------------------------------------------------------


def _token(user: User, purpose: str, email: str) -> OneTimeToken:
    """A new token; those sent before for the same purpose are void."""
    now = clock.now()
    db.session.execute(
        update(OneTimeToken)
        .where(OneTimeToken.user_id == user.id, OneTimeToken.purpose == purpose, OneTimeToken.used_at.is_(None))
        .values(used_at=now)
    )
    within = RESET_WITHIN if purpose == "reset" else CONFIRM_WITHIN
    token = OneTimeToken(user_id=user.id, purpose=purpose, email=email, created_at=now, expires_at=now + within)
    db.session.add(token)
    db.session.flush()
    return token


def _usable(token_id: int, purposes: tuple[str, ...]) -> OneTimeToken:
    token = db.session.get(OneTimeToken, token_id, with_for_update=True, populate_existing=True)
    if token is None or token.purpose not in purposes:
        raise Refused(_l("This link is no good any more. Ask for a new one."))
    if token.used_at is not None:
        raise Refused(_l("This link was used already, or a newer one was sent. Ask for a new one."))
    if token.expires_at <= clock.now():
        raise Refused(_l("This link has expired. Ask for a new one."))
    return token


# -- profile --------------------------------------------------------------------------------------


def edit_profile(
    actor: User, *, display_name: str, affiliation: str, gitee: str, gitcode: str, github: str, language: str,
    time_zone: str, in_ranking: bool, in_hall: bool,
) -> User:  # fmt: skip
    """Change what others see of the person, and the language and zone (IANA name) of the pages."""
    user = lock(User, actor.id)
    user.display_name, user.affiliation = display_name, affiliation
    user.language, user.time_zone = language, time_zone
    user.in_ranking, user.in_hall = in_ranking, in_hall
    present = {account.forge: account for account in user.forge_accounts}
    for forge, handle in zip(FORGES, (gitee, gitcode, github), strict=True):
        account = present.get(forge)
        if account is not None and not handle:
            user.forge_accounts.remove(account)
        elif account is not None:
            account.handle = handle
        elif handle:
            user.forge_accounts.append(ForgeAccount(forge=forge, handle=handle))
    record(actor, "account.profile_edited", user)
    return user


def choose_language(actor: User, *, language: str) -> User:
    """Read the pages and mails in ``language`` (en, zh) from now on."""
    user = lock(User, actor.id)
    user.language = language
    record(actor, "account.profile_edited", user)
    return user


def end_session(actor: User, session_id: int) -> bool:
    """End one sign-in of the person; False when it isn't theirs or has ended."""
    user = lock(User, actor.id)
    if not sessions.end_sessions(user.id, only=session_id):
        return False
    record(actor, "account.session_ended", user)
    return True


def end_all_sessions(actor: User) -> User:
    """Sign the person out everywhere, here too."""
    user = lock(User, actor.id)
    sessions.end_sessions(user.id)
    record(actor, "account.sessions_ended", user)
    return user


# -- administration -------------------------------------------------------------------------------


def set_roles(actor: Actor, user: User, *, is_admin: bool, is_finance: bool) -> User:
    """Give and take the site roles; ends the person's sessions when something changes.

    Raises Forbidden unless ``actor`` administers the site; Refused where admins would take the role from themselves,
    or nothing changes.
    """
    _administers(actor)
    user = _lasting(user)
    if user.id == actor.id and not is_admin:
        raise Refused(_l("You can't take this role from yourself. Ask another administrator."), field="is_admin")
    if (user.is_admin, user.is_finance) == (is_admin, is_finance):
        raise Refused(_l("%(person)s has these roles already.", person=user.handle))
    user.is_admin, user.is_finance = is_admin, is_finance
    sessions.end_sessions(user.id)
    record(actor, "account.roles_changed", user, is_admin=is_admin, is_finance=is_finance)
    return user


def suspend(actor: Actor, user: User, *, reason: str) -> User:
    """Shut a person out at once; nothing of what they did is changed. Raises Forbidden, Refused."""
    _administers(actor)
    user = _lasting(user)
    if user.id == actor.id:
        raise Refused(_l("You can't suspend yourself. Ask another administrator."))
    if user.suspended_at is not None:
        raise Refused(
            _l("%(person)s is suspended since %(day)s.", person=user.handle, day=f"{user.suspended_at:%Y-%m-%d}")
        )
    user.suspended_at = clock.now()
    sessions.end_sessions(user.id)
    record(actor, "account.suspended", user, reason=reason)
    return user


def restore(actor: Actor, user: User) -> User:
    """Let a suspended person in again. Raises Forbidden, Refused."""
    _administers(actor)
    user = _lasting(user)
    if user.suspended_at is None:
        raise Refused(_l("%(person)s isn't suspended.", person=user.handle))
    user.suspended_at = None
    record(actor, "account.restored", user)
    return user


def _lasting(user: User) -> User:
    """The person's row, held. Raises Refused for an account that was erased."""
    user = lock(User, user.id)
    if user.erased_at is not None:
        raise Refused(_l("This account was erased. Nothing of it can be changed or brought back."))
    return user


def _administers(actor: Actor) -> None:
    if not allowed(actor, P.SITE_ADMIN):
        raise Forbidden(P.SITE_ADMIN)
