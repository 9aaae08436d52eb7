"""One-time links: the id of a row, signed. What was signed for one purpose is no good for another."""

from __future__ import annotations

from itsdangerous import BadData, URLSafeSerializer

_SALT = "tracker.one-time"


def sign(token_id: int, purpose: str, secret_key: str) -> str:
    """The text that stands in the link."""
    return str(URLSafeSerializer(secret_key, salt=f"{_SALT}.{purpose}").dumps(token_id))


def read(text: str, purpose: str, secret_key: str) -> int | None:
    """The id that ``text`` was signed for; None when it wasn't signed here for this purpose."""
    try:
        token_id = URLSafeSerializer(secret_key, salt=f"{_SALT}.{purpose}").loads(text)
    except BadData:
        return None
    return token_id if isinstance(token_id, int) else None
