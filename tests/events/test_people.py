"""The diary knows people by id: names are looked up where they are shown."""

from __future__ import annotations

from sqlalchemy import select

from tests.support.cast import Cast
from tests.support.statements import statements
from tracker.claims import service as claims
from tracker.db import db, transaction
from tracker.events import Event
from tracker.events.diary import first_broken
from tracker.events.history import history
from tracker.tasks import service as tasks


def test_a_new_name_is_read_in_old_events_and_the_chain_stays_whole(cast: Cast) -> None:
    claim = cast.make_claim()
    transaction(lambda: claims.approve(cast.nils, claim))
    assert history("claim", claim.id)[0].sentence.startswith("Nils approved Dora")
    cast.dora.display_name, cast.nils.display_name = "Dora Newname", ""
    db.session.commit()
    assert history("claim", claim.id)[0].sentence.startswith("nils approved Dora Newname")
    assert first_broken(db.session()) is None


def test_no_event_keeps_a_name(cast: Cast) -> None:
    claim = cast.make_claim()
    transaction(lambda: claims.reject(cast.nils, claim, reason="Too early"))
    task = cast.make_task()
    db.session.commit()
    transaction(lambda: tasks.edit_task(cast.mona, task, version=task.version, mentors=[cast.nils, cast.max]))
    for facts in db.session.scalars(select(Event.facts)):
        assert not {"Dora", "Nils", "Max", "Mona"} & {str(value) for value in facts.values()}
    assert history("task", task.id)[0].facts["changes"] == [["mentors", "Nils", "Max, Nils"]]


def test_reading_more_events_takes_no_more_statements(cast: Cast) -> None:
    claim = cast.make_claim()
    transaction(lambda: claims.approve(cast.nils, claim))
    claim_id = claim.id
    with statements() as few:
        history("claim", claim_id)
    transaction(lambda: claims.release(cast.dora, claim))
    with statements() as many:
        history("claim", claim_id)
    assert len(many) == len(few) == 2
