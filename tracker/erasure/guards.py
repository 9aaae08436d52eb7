"""What the database refuses of erased accounts: the list that ``tracker.triggers`` makes triggers of."""

from __future__ import annotations

from tracker.claims.models import LIVE
from tracker.db import explain
from tracker.text import _l

_ERASED = "EXISTS (SELECT 1 FROM user_account WHERE id = NEW.user_id AND erased_at IS NOT NULL)"
#: What an erased account never gets again, each with a column ``user_id``: ways in, roles, work, certificates and personal data.
WITHOUT = (
    "user_session", "one_time_token", "forge_account", "follower", "membership", "notice_choice", "calendar_feed", "picture",
    "sign_up", "payee", "rota_entry", "task_mentor", "certificate",
)  # fmt: skip
_LIVE = "state IN ('" + "', '".join(LIVE) + "')"
#: (name, table, events, when)
REFUSED: tuple[tuple[str, str, tuple[str, ...], str], ...] = (
    *((f"{table}_of_erased", table, ("INSERT",), _ERASED) for table in WITHOUT),
    # Also one that lapsed or failed isn't taken up again.
    ("claim_of_erased", "claim", ("INSERT", "UPDATE OF state"), f"NEW.{_LIVE} AND {_ERASED}"),
    (
        "user_account_erased_open", "user_account", ("UPDATE OF erased_at",),
        f"NEW.erased_at IS NOT NULL AND (EXISTS (SELECT 1 FROM claim WHERE user_id = NEW.id AND {_LIVE}) OR EXISTS"
        " (SELECT 1 FROM reward WHERE user_id = NEW.id AND (state IN ('proposed', 'approved', 'in_batch') OR state = 'returned'"
        " AND NOT EXISTS (SELECT 1 FROM reward AS again WHERE again.reissues_id = reward.id))))",
    ),
)  # fmt: skip
#: (name, when, columns, table): an erased account stays as it is.
FROZEN: tuple[tuple[str, str, tuple[str, ...], str], ...] = (
    (
        "user_account_erased_for_good", "OLD.erased_at IS NOT NULL",
        ("handle", "handle_key", "email", "email_key", "display_name", "affiliation", "password_hash", "email_verified_at",
         "is_admin", "is_finance", "suspended_at", "erased_at"),
        "user_account",
    ),
)  # fmt: skip

for _table in ("claim", *WITHOUT):
    explain(f"{_table}_of_erased", _l("This account was erased. Nothing of it can be changed or brought back."))
explain(
    "user_account_erased_open",
    _l("The account can't be erased yet: something is still open. It is listed on this page."),
)
