"""What is shown before a step is what is sent after it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.events.test_choices import choose
from tests.support.cast import Cast
from tests.support.mailbox import Box, mailing
from tests.support.statements import statements
from tracker.claims import service as claims
from tracker.db import db, transaction
from tracker.events import Event, Notice, outbox
from tracker.events.mails import in_language
from tracker.events.preview import LATER, Preview, preview
from tracker.sigs import service as sigs
from tracker.tasks import queries as task_queries
from tracker.tasks import service as tasks


def sent(app: Flask, box: Box, url: str, subject: str) -> list[Any]:
    """The mails that leave now and have to do with ``subject``."""
    outbox.deliver(mailing(app, url))
    return [mail for mail in box.mails if re.fullmatch(_pattern(subject), str(mail["Subject"]))]


def _pattern(text: str) -> str:
    return ".*?".join(re.escape(part) for part in text.split(LATER))


def same(shown: Preview, mails: list[Any]) -> None:
    """So many as were shown, each reading as it was shown but for what is each reader's own."""
    assert shown.count == len(mails) > 0
    for mail in mails:
        text = mail.get_content().replace("\r\n", "\n")
        assert re.fullmatch(_pattern(shown.text), text, re.DOTALL), f"{shown.text!r} is not {text!r}"


def test_publishing_a_quarter(app: Flask, cast: Cast, box: tuple[Box, str]) -> None:
    for person in (cast.dora, cast.otto, cast.fay):
        transaction(lambda person=person: sigs.follow(person, cast.akg))
    cast.make_task(state="ready")
    cast.make_task(state="ready")
    db.session.commit()
    choose(cast.fay, publications="daily")
    choose(cast.otto, publications="off")
    mentors = task_queries.mentor_ids(list(db.session.scalars(select(_ready()))))
    with app.test_request_context():
        shown = preview("cycle.published", cast.cycle, actor=cast.mona, facts={"tasks": 2}, tell=mentors)
    assert (shown.count, shown.daily, dict(shown.by_language)) == (2, 1, {"en": 2}), "dora and nils; fay in her digest"
    transaction(lambda: tasks.publish_cycle(cast.mona, cast.cycle))
    same(shown, sent(app, *box, shown.subject))


def _ready() -> Any:
    from tracker.tasks.models import Task

    return select(Task.id).where(Task.state == "ready").subquery().c.id


def test_withdrawing_a_task_closes_its_claims(app: Flask, cast: Cast, box: tuple[Box, str]) -> None:
    cast.make_claim(cast.dora, state="active")
    cast.make_claim(cast.otto)
    with app.test_request_context():
        told = preview("task.withdrawn", cast.task, actor=cast.mona, facts={"reason": LATER})
        closed = preview("claim.closed", *cast.task.live_claims, actor=cast.mona, facts={"reason": LATER})
    assert (told.count, closed.count) == (1, 2), "nils, who mentors; dora and otto"
    transaction(lambda: claims.withdraw_task(cast.mona, cast.task, reason="It was done elsewhere."))
    same(told, sent(app, *box, told.subject))
    same(closed, sent(app, *box, closed.subject))


STEPS: dict[str, Callable[[Cast, Any], Any]] = {
    "claim.submitted": lambda cast, claim: claims.submit(
        cast.dora, claim, summary="Done.", links=["https://gitee.com/mindspore/akg/pulls/1"]
    ),
    "claim.released": lambda cast, claim: claims.release(cast.dora, claim, reason="No time."),
}


@pytest.mark.parametrize("name", STEPS)
def test_a_step_of_a_claim(app: Flask, cast: Cast, box: tuple[Box, str], name: str) -> None:
    claim = cast.make_claim(cast.dora, state="active")
    cast.max.language = "zh"
    db.session.commit()
    facts = {"reason": LATER} if name == "claim.released" else {}
    with app.test_request_context():
        shown = preview(name, claim, actor=cast.dora, facts=facts)
    assert (shown.count, dict(shown.by_language)) == (3, {"en": 2, "zh": 1}), "nils, mona and max"
    cast.max.language = "en"
    db.session.commit()
    transaction(lambda: STEPS[name](cast, claim))
    same(shown, sent(app, *box, shown.subject))


def test_it_is_in_the_language_of_who_looks(app: Flask, cast: Cast) -> None:
    claim = cast.make_claim(cast.dora, state="active")
    with app.test_request_context():
        english = preview("claim.submitted", claim, actor=cast.dora)
    with app.test_request_context(), in_language("zh"):
        chinese = preview("claim.submitted", claim, actor=cast.dora)
    assert english.subject != chinese.subject and english.count == chinese.count


def test_it_writes_and_sends_nothing_and_gives_no_link_away(app: Flask, cast: Cast) -> None:
    claim = cast.make_claim(cast.dora, state="active")
    before = db.session.scalar(select(func.count()).select_from(Event))
    with app.test_request_context():
        shown = preview("claim.submitted", claim, actor=cast.dora)
    assert f"/unsubscribe/{LATER}" in shown.text and f"Hello {LATER}," in shown.text
    transaction(lambda: None)
    assert db.session.scalar(select(func.count()).select_from(Event)) == before
    assert db.session.scalars(select(Notice)).all() == []


def test_addresses_that_are_not_confirmed_are_not_counted(app: Flask, cast: Cast) -> None:
    claim = cast.make_claim(cast.dora, state="active")
    cast.max.email_verified_at = None
    db.session.commit()
    with app.test_request_context():
        assert preview("claim.submitted", claim, actor=cast.dora).count == 2


def test_more_readers_take_no_more_statements(app: Flask, cast: Cast) -> None:
    counts = []
    for people in ([cast.dora], [cast.otto, cast.fay, cast.finn, cast.nils]):
        for person in people:
            transaction(lambda person=person: sigs.follow(person, cast.akg))
        cycle, mona = cast.cycle, cast.mona
        _loaded = (cycle.label, cycle.path, mona.id)
        with app.test_request_context(), statements() as seen:
            preview("cycle.closed", cycle, actor=mona)
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 3


def test_of_nothing_there_is_nothing_to_show(cast: Cast) -> None:
    assert preview("claim.closed", actor=cast.mona) == Preview() and not Preview().several
