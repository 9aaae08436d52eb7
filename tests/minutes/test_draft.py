"""Drafts of minutes in Markdown and as plain text."""

from __future__ import annotations

import datetime as dt

import pytest
from flask_babel import force_locale

from tests.minutes.test_service import ended, noted
from tests.support.cast import Cast
from tests.support.statements import statements
from tracker.db import db, transaction
from tracker.minutes import service
from tracker.minutes.draft import draft
from tracker.minutes.plain import plain
from tracker.minutes.reports import General


def test_it_tells_everything_that_was_noted(cast: Cast, call, live, write):
    meeting, first = call(agenda="- Demo"), live()
    second, third = live(cast.otto, cast.make_task()), live(cast.fay, cast.make_task(area_id=None))
    write(first, meeting=meeting, done="Reported before.")
    noted(cast.mona, meeting, second, done="Two versions.\nSide by side.", blockers="No library.", percent=45)
    transaction(lambda: service.note_attendance(
        cast.mona, meeting, present={cast.dora.id: True, cast.otto.id: False, cast.fay.id: False}))  # fmt: skip
    transaction(
        lambda: service.note_discussion(
            cast.mona, meeting, base=General(), interfaces="The *buffer* rule.", guests="Gu_Est"
        )
    )
    transaction(lambda: service.add_decision(cast.mona, meeting, text="It goes in [now].", claim=first))
    transaction(
        lambda: service.add_action_item(
            cast.mona, meeting, text="Restart CI", owner=cast.nils, due_on=dt.date(2026, 12, 1)
        )
    )
    text = draft(meeting)
    for line in (
        "- Organised by: Mona", "- Present: Dora, Gu\\_Est (guest)", "- Absent: Fay, Otto", "### Operator support",
        f"- {cast.task.reference} Express operator 1 as loops (Dora): 40 %; done: Reported before",
        "absent; 45 %; done: Two versions. Side by side; blockers: No library", "absent, not reported", "### Other tasks",
        "The *buffer* rule.", f"- {cast.task.reference}: It goes in \\[now\\].", "- Restart CI (Nils, by 1 December 2026)", "- Demo",
    ):  # fmt: skip
        assert line in text, f"{line}\n{text}"
    assert third.task.reference in text


def test_nothing_noted_reads_as_nothing(cast: Cast, call):
    text = draft(call())
    assert "No task is claimed." in text and text.count("None.") == 2 and "Present" not in text


def test_claims_that_ended_since_are_still_told(cast: Cast, call, live):
    meeting, claim = call(), live()
    noted(cast.mona, meeting, claim, done="Said before it was given back.")
    claim.state, claim.seat_no, claim.hold_no = "released", None, None
    db.session.commit()
    assert "Claims that ended since" in draft(meeting) and "Said before it was given back" in draft(meeting)


def test_items_of_the_agenda_are_heard_or_wait(cast: Cast, call):
    from tracker import clock
    from tracker.agendas import service as agendas

    meeting = call(hours=-1)
    for title in ("Demo", "Layout"):
        item = transaction(lambda title=title: agendas.propose_item(
            cast.otto, meeting, kind="topic", title=title, details="", minutes_long=10))  # fmt: skip
        transaction(lambda item=item: agendas.accept_proposal(cast.mona, item))
    with clock.pretend(clock.now() + dt.timedelta(hours=2)):
        transaction(lambda: agendas.hear_item(cast.mona, item))
        ended(cast.mona, meeting)
        text = draft(meeting)
    assert "- Layout (Otto)" in text and "- Demo: not heard, waits for the next meeting" in text


def test_names_are_in_the_writers_language(cast: Cast, call, live):
    live()
    with force_locale("zh_Hans_CN"):
        text = draft(call())
    assert text.startswith("# AKG图算融合编译") and "### 算子支持" in text and "年" in text


def test_a_seminars_draft_has_no_progress(cast: Cast, call, live):
    live()
    text = draft(call(kind="seminar"))
    assert cast.task.reference not in text and "Decisions" in text


def test_thirty_claims_take_as_many_statements_as_one(cast: Cast, call, live):
    cast.rules.live_claims_per_person = 100
    db.session.commit()
    meeting = call()
    counts = []
    for number in (1, 29):
        for _ in range(number):
            noted(cast.mona, meeting, live(cast.dora, cast.make_task()), done="A kernel.")
        _known = meeting.sig.name, meeting.organiser, meeting.vice_organiser
        with statements() as seen:
            draft(meeting)
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 9


# -- plain text -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("# Minutes\n\nAll *well*, `code`.", "Minutes\n=======\n\nAll well, code.\n"),
        ("## 进展\n\n- a\n- b", "进展\n----\n\n- a\n- b\n"),
        ("1. a\n2. b\n   - c", "1. a\n2. b\n  - c\n"),
        ("[here](https://example.org/1), <https://example.org/2>", "here <https://example.org/1>, https://example.org/2\n"),
        ("\\[down\\]", "[down]\n"),
        ("a\nb  \nc", "a\nb\nc\n"),
        ("> said\n\nafter", "> said\n\nafter\n"),
        ("```\nx = 1\n\ny\n```\n\n---", "x = 1\n\ny\n\n--------------------\n"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "a | b\n1 | 2\n"),
        ("<b>raw</b>", "<b>raw</b>\n"),
        ("", "\n"),
    ],
)  # fmt: skip
def test_markdown_reads_as_plain_text(source, text):
    assert plain(source) == text


def test_both_forms_of_a_draft_say_the_same(cast: Cast, call, live):
    meeting, claim = call(), live()
    noted(cast.mona, meeting, claim, done="A [kernel] with _names_.")
    text = draft(meeting, markdown=False)
    assert "done: A [kernel] with _names_" in text and "\\" not in text and "#" not in text
