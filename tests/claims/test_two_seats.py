"""Two seats that come free at once go to the first two of the waitlist who may hold them."""

from __future__ import annotations

import datetime as dt

from tests.support.cast import Cast
from tracker import clock
from tracker.accounts.models import User
from tracker.claims import service
from tracker.claims.models import Claim
from tracker.db import db, transaction
from tracker.programmes.models import Agreement


def test_two_seats_freed_at_once_pass_over_who_is_at_the_limit(cast: Cast) -> None:
    people = [cast.person(f"p{number}") for number in range(4)]
    for person in people:
        db.session.add(Agreement(user_id=person.id, programme_id=cast.programme.id, version=dt.date(2025, 1, 1),
                                 signed_at=clock.now()))  # fmt: skip
    held = [(person.id, cast.make_claim(person, state="active").id) for person in people[:2]]
    line = [cast.make_claim(person, state="waiting") for person in (cast.dora, cast.otto, people[2], people[3])]
    for _ in range(2):
        cast.make_claim(cast.dora, cast.make_task(), state="active")
    db.session.commit()

    def both() -> None:
        for user_id, claim_id in held:
            service.release(db.session.get_one(User, user_id), db.session.get_one(Claim, claim_id))

    transaction(both)
    db.session.expire_all()
    assert [claim.state for claim in line] == ["waiting", "applied", "applied", "waiting"]
    assert sorted(claim.seat_no or 0 for claim in line) == [0, 0, 1, 2]
