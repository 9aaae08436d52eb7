"""Mails of accounts that carry a link: where it leads, and the address it is sent to."""

from __future__ import annotations

from typing import Any

from tracker.accounts import tokens
from tracker.accounts.models import OneTimeToken
from tracker.config import Settings
from tracker.db import db
from tracker.events.mails import Letter, letter
from tracker.text import _l

_WHERE = {"confirm": "/account/confirm/", "email": "/account/confirm/", "reset": "/account/reset/"}
_WHAT = {
    "confirm": _l("Confirm your address with this link, within 24 hours:"),
    "email": _l("Confirm your new address with this link, within 24 hours:"),
    "reset": _l("Choose a new password with this link, within 30 minutes:"),
}

#: What the mail asks for says more in a list of mails than what happened.
_SUBJECT = {
    "confirm": _l("Confirm your e-mail address"),
    "email": _l("Confirm your new address"),
    "reset": _l("Choose a new password"),
}


@letter("account.registered")
@letter("account.confirmation_resent")
@letter("account.created")
@letter("account.email_change_requested")
@letter("account.reset_requested")
def link_of(settings: Settings, facts: dict[str, Any]) -> Letter | None:
    """The link of the token that the event names; None for one without."""
    token = db.session.get(OneTimeToken, facts["token"]) if "token" in facts else None
    if token is None:
        return None
    signed = tokens.sign(token.id, token.purpose, settings.secret_key)
    return Letter(
        text=_WHAT[token.purpose], path=_WHERE[token.purpose] + signed, address=token.email,
        subject=_SUBJECT[token.purpose],
    )  # fmt: skip
