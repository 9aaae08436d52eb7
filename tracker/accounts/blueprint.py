"""The pages of accounts and what they share: settings, throttling, the browser's session."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, current_app, request, session
from flask_login import current_user, login_user

from tracker import clock
from tracker.accounts import attempts, sessions
from tracker.accounts.models import User
from tracker.config import Settings
from tracker.db import transaction
from tracker.errors import Busy
from tracker.text import _l
from tracker.web.filters import clock_time
from tracker.web.forms import Form

bp = Blueprint("accounts", __name__)

Page = tuple[str, int, dict[str, str]]
#: Endpoints that don't ask who is there.
NOBODY = {None, "static", "health.healthz", "health.readyz"}


def settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found


def address() -> str:
    """The client's address, as far as the trusted proxies tell it."""
    return request.remote_addr or "unknown"


def reader() -> User:
    """The signed-in person; only for views that require one."""
    user: User = current_user._get_current_object()
    return user


def throttled(kind: str, *names: str, most: int | None = None) -> attempts.TooMany | None:
    """Count a try at ``kind`` by this address and for each name, in a transaction of its own; TooMany when it is over.

    ``most`` tries within the window; by default as many as at signing in.
    """
    keys = [f"{kind}:address:{address()}", *(f"{kind}:{name}" for name in names)]
    try:
        transaction(lambda: attempts.count_try(keys, settings(), most))
    except attempts.TooMany as too_many:
        return too_many
    return None


def come_back_later(form: Form, too_many: attempts.TooMany, page: Callable[[], str]) -> Page:
    """The page again with 429: until when, in the reader's zone."""
    form.refusal = _l("Too many tries. Try again after %(time)s.", time=clock_time(too_many.until))
    return page(), 429, {"Retry-After": str(too_many.seconds)}


def enter(user: User, token: str) -> None:
    """Make this browser the holder of the session ``token``; nothing of the session before stays."""
    session.clear()
    session.permanent = True
    user.session_token = token
    login_user(user)


def leave() -> None:
    """Forget everything this browser was known by."""
    session.clear()


@bp.before_app_request
def note_use() -> None:
    """Write down that the session is in use, when that is due; a database that is busy isn't waited for twice."""
    if request.endpoint in NOBODY or not current_user.is_authenticated:
        return
    user = reader()
    if clock.now() - user.seen_at <= sessions.SEEN_EVERY:
        return
    token = user.session_token
    try:
        transaction(lambda: sessions.touch(token))
    except Busy:
        return
