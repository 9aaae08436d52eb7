"""What is asked about talks and sign-ups."""

from __future__ import annotations

from collections.abc import Iterable

from tracker.activities.models import SignUp
from tracker.events.diary import audience


@audience("signed_up")
def _signed_up(sign_up: SignUp) -> Iterable[int]:
    return [sign_up.user_id]
