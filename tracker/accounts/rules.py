"""What is fair in accounts: which handles and passwords are taken. Pure functions over plain facts."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from tracker.accounts.names import ERASED_HANDLE, normalised
from tracker.text import Text, _l

#: Letters, digits and - _ . in between; begins and ends with a letter or digit.
HANDLE = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,38})[A-Za-z0-9]"
LEAST_PASSWORD = 10
#: Fewer different characters than this can be guessed by trying.
LEAST_DIFFERENT = 5

#: Handles that would pass for the site itself.
RESERVED = frozenset(
    [
        "about",
        "abuse",
        "account",
        "accounts",
        "admin",
        "administrator",
        "anonymous",
        "api",
        "audit",
        "claims",
        "dashboard",
        "everybody",
        "everyone",
        "exports",
        "finance",
        "healthz",
        "help",
        "hostmaster",
        "info",
        "language",
        "login",
        "logout",
        "mail",
        "maintainer",
        "meetings",
        "moderator",
        "nobody",
        "noreply",
        "no-reply",
        "notices",
        "null",
        "official",
        "outbox",
        "owner",
        "people",
        "postmaster",
        "readyz",
        "register",
        "rewards",
        "root",
        "rules",
        "security",
        "settings",
        "sigs",
        "site",
        "static",
        "staff",
        "support",
        "sysadmin",
        "system",
        "tasks",
        "team",
        "tracker",
        "undefined",
        "webmaster",
    ]
)

_LEET = str.maketrans("013457@$!", "oieastasi")


def reads_as_erased(handle: str) -> bool:
    """Whether ``handle`` is one that only an erased account has."""
    return normalised(handle).startswith(ERASED_HANDLE)


def handle_problem(handle: str) -> Text | None:
    """Why nobody can register ``handle``; None when it is fine."""
    if reads_as_erased(handle):
        return _l("This handle is kept for the site. Choose another.")
    if not re.fullmatch(HANDLE, handle, re.ASCII):
        return _l("2 to 40 letters, digits or - _ . with a letter or digit at both ends.")
    if normalised(handle).rstrip("0123456789.-_") in RESERVED or normalised(handle) in RESERVED:
        return _l("This handle is kept for the site. Choose another.")
    return None


def password_problem(password: str, *, handle: str, email: str) -> Text | None:
    """Why ``password`` isn't taken for the account; None when it is fine. Nothing is asked of the network."""
    if len(password) < LEAST_PASSWORD:
        return _l("At least %(least)s characters.", least=LEAST_PASSWORD)
    folded = normalised(password)
    if len(set(folded)) < LEAST_DIFFERENT:
        return _l("Use at least %(least)s different characters.", least=LEAST_DIFFERENT)
    local = normalised(email).partition("@")[0]
    for name in (normalised(handle), local):
        if len(name) >= 4 and name in folded:
            return _l("Leave your handle and your e-mail address out of the password.")
    if len(handle) < 4 and folded.strip("0123456789!.-_") == normalised(handle):
        return _l("Leave your handle and your e-mail address out of the password.")
    if _is_common(folded):
        return _l("This password is on the lists that are tried first. Choose another; four unrelated words are good.")
    return None


@cache
def common_passwords() -> frozenset[str]:
    """The list that the package carries, one password or root of passwords a line."""
    text = files("tracker.accounts").joinpath("common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.split() if line)


def _is_common(folded: str) -> bool:
    """On the list as it is, without the figures and marks around it, with letters for figures, or repeated."""
    spoken = folded.translate(_LEET)
    forms = {
        folded,
        folded.strip("0123456789!?.,-_*#@$ "),
        spoken,
        spoken.strip("!?.,-_*# "),
        re.sub(r"[\W_]", "", folded),
    }
    forms |= {form[: len(form) // n] for form in tuple(forms) for n in (2, 3, 4) if form == form[: len(form) // n] * n}
    return any(form in common_passwords() for form in forms)


def address_key(email: str) -> str | None:
    """The form of an address that must be unique; None when it is too long to be kept."""
    key = normalised(email)
    return key if len(key) <= 254 else None
