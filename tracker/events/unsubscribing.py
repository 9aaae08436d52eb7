"""Links that switch mail off without signing in: a person and a kind of notices, signed, good for nothing else."""

from __future__ import annotations

from itsdangerous import BadData, URLSafeSerializer

from tracker.events.kinds import CHOSEN

_SALT = "tracker.unsubscribe"
#: In place of a kind: every kind that the person gets in the day's digest.
DIGEST = "digest"


def token_for(user_id: int, kind: str, secret_key: str) -> str:
    """What stands in the link that switches ``kind`` (or DIGEST) off for the person. It doesn't expire: mail is kept."""
    return str(URLSafeSerializer(secret_key, salt=_SALT).dumps([user_id, kind]))


def path_for(user_id: int, kind: str, secret_key: str) -> str:
    """The page that switches ``kind`` (or DIGEST) off."""
    return f"/unsubscribe/{token_for(user_id, kind, secret_key)}"


def read(token: str, secret_key: str) -> tuple[int, str] | None:
    """The person's id and the kind that ``token`` was signed for; None when it wasn't signed here for this."""
    try:
        found = URLSafeSerializer(secret_key, salt=_SALT).loads(token)
    except BadData:
        return None
    match found:
        case [int(user_id), str(kind)] if kind in (*CHOSEN, DIGEST):
            return user_id, kind
    return None
