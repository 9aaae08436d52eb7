from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tests.support.cast import Cast
from tracker.cycles.models import Cycle
from tracker.db import db, transaction
from tracker.errors import Forbidden, Missing, Refused
from tracker.events import Event, Notice
from tracker.permissions import ANYBODY, SYSTEM
from tracker.tasks import queries, service
from tracker.tasks.models import Task


def whole(cast: Cast, **changes: Any) -> dict[str, Any]:
    """Fields of a complete task."""
    return {
        "title": "Express TopK as loops", "area": cast.area, "kind": "internship", "points": 20, "difficulty": "L2", "hours": 60,
        "backends": ["CPU", "GPU"], "language": "C++", "seats": 2, "mentors": [cast.nils], "expected_on": cast.cycle.claims_until,
        "accept_by": cast.cycle.accept_by, "needs_design": False, "prize": "", "prize_amount": None, "prize_currency": "",
        "pays_wage": True, "gives_certificate": True, "background": "b", "requirement": "r", "environment": "e",
        "criteria": "c", "submit_to": "s", "guidance": "", **changes,
    }  # fmt: skip


def create(cast: Cast, **changes: Any) -> Task:
    return transaction(lambda: service.create_task(cast.mona, cast.cycle, **whole(cast, **changes)))


def edit(cast: Cast, task: Task, *, by: Any = None, version: int | None = None, **fields: Any) -> Task:
    return transaction(lambda: service.edit_task(by or cast.mona, task, version=version or task.version, **fields))


def planned(cast: Cast) -> Cycle:
    """A quarter that isn't open yet."""
    cycle = Cycle(
        sig_id=cast.akg.id, programme_id=cast.programme.id, quarter="2031Q1", state="planning",
        claims_until=dt.date(2031, 3, 1), accept_by=dt.date(2031, 3, 20),
    )  # fmt: skip
    db.session.add(cycle)
    db.session.commit()
    return cycle


def events(name: str) -> list[Event]:
    return db.session.query(Event).filter_by(name=name).order_by(Event.id).all()


def told(event: Event) -> set[int]:
    return {notice.user_id for notice in db.session.query(Notice).filter_by(event_id=event.id)}


def test_a_draft_needs_only_a_title_and_gets_the_next_reference(cast: Cast) -> None:
    first = transaction(lambda: service.create_task(cast.mona, cast.cycle, title="  A  title "))
    second = transaction(lambda: service.create_task(cast.mona, cast.cycle, title="Another"))
    assert first.title == "A title"
    assert int(second.reference[-3:]) == int(first.reference[-3:]) + 1
    assert first.reference.startswith(f"AKG-{cast.cycle.quarter}-")
    assert len(events("task.created")) == 2
    assert first.state == "draft" and first.seats == 1 and first.author_id == cast.mona.id


def test_only_the_sigs_maintainers_and_the_importer_draft(cast: Cast) -> None:
    for actor in (cast.nils, cast.dora, cast.admin, ANYBODY):
        with pytest.raises(Forbidden):
            transaction(lambda who=actor: service.create_task(who, cast.cycle, title="No"))  # type: ignore[misc]
    assert transaction(lambda: service.import_task(SYSTEM, cast.cycle, title="Read")).author_id is None
    assert len(events("task.imported")) == 1


def test_it_refuses_a_draft_in_a_closed_quarter(cast: Cast) -> None:
    cast.cycle.state = "closed"
    db.session.commit()
    with pytest.raises(Refused, match="closed"):
        create(cast)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": "  "}, "title"),
        ({"prize_amount": 80000, "prize_currency": ""}, "prize_currency"),
        ({"expected_on": dt.date(2030, 1, 2), "accept_by": dt.date(2030, 1, 1)}, "expected_on"),
    ],
)
def test_it_refuses_fields_that_contradict_each_other(cast: Cast, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        create(cast, **changes)
    assert refused.value.field == field


def test_it_refuses_an_area_of_another_sig_and_an_unknown_field(cast: Cast) -> None:
    from tracker.sigs.models import Area

    foreign = Area(sig=cast.ge, slug="x", name="X")
    db.session.add(foreign)
    db.session.commit()
    with pytest.raises(Refused) as refused:
        create(cast, area=foreign)
    assert refused.value.field == "area"
    with pytest.raises((TypeError, AttributeError)):
        create(cast, colour="red")


def test_a_currency_without_an_amount_is_dropped(cast: Cast) -> None:
    assert create(cast, prize_currency="CNY").prize_currency == ""


def test_marking_ready_names_each_missing_field(cast: Cast) -> None:
    draft = transaction(lambda: service.create_task(cast.mona, cast.cycle, title="Half"))
    with pytest.raises(service.Incomplete) as refused:
        transaction(lambda: service.mark_ready(cast.mona, draft))
    assert "points" in refused.value.problems and "mentors" in refused.value.problems
    assert "Points" in str(refused.value)
    assert draft.state == "draft"


def test_ready_and_back(cast: Cast) -> None:
    task = create(cast)
    assert transaction(lambda: service.mark_ready(cast.mona, task)).state == "ready"
    with pytest.raises(Refused, match="ready"):
        transaction(lambda: service.mark_ready(cast.mona, task))
    assert transaction(lambda: service.return_task(cast.max, task)).state == "draft"
    with pytest.raises(Forbidden):
        transaction(lambda: service.mark_ready(cast.nils, task))


def test_a_ready_task_is_published_singly_in_an_open_quarter(cast: Cast) -> None:
    task = create(cast)
    with pytest.raises(Refused):
        transaction(lambda: service.publish_task(cast.mona, task))
    transaction(lambda: service.mark_ready(cast.mona, task))
    transaction(lambda: service.publish_task(cast.mona, task))
    assert task.state == "published" and task.published_at is not None
    assert told(events("task.published")[0]) == {cast.nils.id}


def test_it_isnt_published_singly_before_its_quarter(cast: Cast) -> None:
    cycle = planned(cast)
    task = transaction(
        lambda: service.create_task(
            cast.mona, cycle, **whole(cast, expected_on=dt.date(2031, 3, 1), accept_by=dt.date(2031, 3, 10))
        )
    )
    transaction(lambda: service.mark_ready(cast.mona, task))
    with pytest.raises(Refused, match="isn't open"):
        transaction(lambda: service.publish_task(cast.mona, task))


def test_publishing_a_quarter_publishes_every_ready_task_in_one_step(cast: Cast) -> None:
    from tracker.sigs.models import Follower

    cycle = planned(cast)
    dates = {"expected_on": dt.date(2031, 3, 1), "accept_by": dt.date(2031, 3, 10)}
    with pytest.raises(Refused, match="ready"):
        transaction(lambda: service.publish_cycle(cast.mona, cycle))
    made = [
        transaction(lambda n=n: service.create_task(cast.mona, cycle, **whole(cast, title=f"T{n}", **dates)))  # type: ignore[misc]
        for n in range(3)
    ]
    for task in made[:2]:
        transaction(lambda t=task: service.mark_ready(cast.mona, t))  # type: ignore[misc]
    db.session.add(Follower(user_id=cast.dora.id, sig_id=cast.akg.id))
    db.session.commit()
    with pytest.raises(Forbidden):
        transaction(lambda: service.publish_cycle(cast.nils, cycle))
    transaction(lambda: service.publish_cycle(cast.mona, cycle))
    assert [task.state for task in made] == ["published", "published", "draft"]
    assert cycle.state == "open" and cycle.published_at is not None
    (event,) = events("cycle.published")
    assert event.facts["tasks"] == 2 and event.facts["points"] == 80
    assert told(event) == {cast.dora.id, cast.nils.id}
    transaction(lambda: service.mark_ready(cast.mona, made[2]))
    transaction(lambda: service.publish_cycle(cast.mona, cycle))
    assert made[2].state == "published"


def test_publishing_stops_at_a_task_that_isnt_complete_any_more(cast: Cast) -> None:
    task = create(cast)
    transaction(lambda: service.mark_ready(cast.mona, task))
    task.mentors = []
    db.session.commit()
    with pytest.raises(service.Incomplete, match="Mentors"):
        transaction(lambda: service.publish_cycle(cast.mona, cast.cycle))
    assert task.state == "ready"


def test_an_edit_of_a_draft_is_revised_and_tells_nobody(cast: Cast) -> None:
    task = create(cast)
    edit(cast, task, title="Another title")
    (event,) = events("task.revised")
    assert event.facts["changes"] == [["title", "Express TopK as loops", "Another title"]]
    assert told(event) == set() and task.version == 2
    edit(cast, task, title="Another title")
    assert task.version == 2


def test_a_ready_task_that_becomes_incomplete_is_a_draft_again(cast: Cast) -> None:
    task = create(cast)
    transaction(lambda: service.mark_ready(cast.mona, task))
    assert edit(cast, task, guidance="x").state == "ready"
    assert edit(cast, task, criteria="").state == "draft"


def test_a_material_edit_is_told_to_whoever_claims_the_task(cast: Cast) -> None:
    cast.make_claim(state="active")
    edit(cast, cast.task, points=30, guidance="New")
    (event,) = events("task.edited")
    assert ["points", 20, 30] in event.facts["changes"]
    assert told(event) == {cast.dora.id}
    edit(cast, cast.task, guidance="Newer")
    assert len(events("task.edited")) == 1


def test_a_published_task_stays_complete(cast: Cast) -> None:
    with pytest.raises(Refused) as refused:
        edit(cast, cast.task, criteria=" ")
    assert refused.value.field == "criteria"


def test_seats_dont_go_below_those_held(cast: Cast) -> None:
    cast.make_claim(cast.dora)
    cast.make_claim(cast.otto)
    with pytest.raises(Refused, match="2 seats") as refused:
        edit(cast, cast.task, seats=1)
    assert refused.value.field == "seats"
    assert edit(cast, cast.task, seats=3).availability == "open"


def test_a_stale_edit_is_refused_with_what_changed_meanwhile(cast: Cast) -> None:
    seen = cast.task.version
    edit(cast, cast.task, by=cast.max, points=25)
    with pytest.raises(service.Stale, match="Max changed .* 20 → 25") as refused:
        edit(cast, cast.task, version=seen, points=30)
    assert refused.value.version == cast.task.version
    cast.task.version += 1
    db.session.commit()
    with pytest.raises(service.Stale, match="changed meanwhile"):
        edit(cast, cast.task, version=cast.task.version - 1, points=30)


def test_whoever_claims_the_task_neither_edits_nor_mentors_it(cast: Cast) -> None:
    cast.make_claim(cast.max)
    with pytest.raises(Refused, match="Max"):
        edit(cast, cast.task, by=cast.max, points=1)
    with pytest.raises(Refused, match="Max") as refused:
        edit(cast, cast.task, mentors=[cast.nils, cast.max])
    assert refused.value.field == "mentors"


def test_others_and_ended_tasks_arent_edited(cast: Cast) -> None:
    with pytest.raises(Forbidden):
        edit(cast, cast.task, by=cast.nils, points=1)
    cast.task.state = "withdrawn"
    db.session.commit()
    with pytest.raises(Refused, match="withdrawn"):
        edit(cast, cast.task, points=1)


def test_tasks_are_found_by_reference_and_title(cast: Cast) -> None:
    assert queries.get_task(cast.task.reference.lower()).id == cast.task.id
    assert queries.find_titled(cast.cycle.id, cast.task.title) is not None
    for reference in ("nothing", "AKG-2026Q4-999", "x" * 5000, "AKG-2026Q4-01"):
        with pytest.raises(Missing):
            queries.get_task(reference)


def test_possible_mentors_serve_the_sig_today_or_mentor_already(cast: Cast) -> None:
    names = dict(queries.possible_mentors(cast.akg.id, also=[cast.nils.id]))
    assert {cast.mona.id, cast.max.id, cast.nils.id} == set(names)
    assert names[cast.mona.id] == "Mona (mona)"


def test_mentors_of_a_task_a_claim_and_a_note(cast: Cast) -> None:
    from types import SimpleNamespace

    claim = cast.make_claim()
    for subject in (cast.task, claim, SimpleNamespace(claim=claim)):
        assert list(queries.mentors(subject)) == [cast.nils.id]
