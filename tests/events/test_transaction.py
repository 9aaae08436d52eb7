"""What transaction() refuses and explains."""

from __future__ import annotations

import pytest

from tests.support.cast import Cast
from tracker import clock
from tracker.db import db, transaction
from tracker.errors import Refused
from tracker.sigs.models import Membership


def test_it_refuses_a_transaction_inside_a_transaction(cast: Cast) -> None:
    with pytest.raises(RuntimeError, match="inside"):
        transaction(lambda: transaction(lambda: None))
    assert transaction(lambda: cast.akg.slug) == "akg"


def test_a_second_live_role_is_refused_in_words_by_the_database_itself(cast: Cast) -> None:
    def twice() -> None:
        for _time in range(2):
            db.session.add(
                Membership(user_id=cast.otto.id, sig_id=cast.ge.id, role="member", since=clock.today(), source="")
            )

    with pytest.raises(Refused, match="already"):
        transaction(twice)
