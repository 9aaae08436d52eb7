"""The agenda as text, in short, and what waits for an answer."""

from __future__ import annotations

import datetime as dt

from flask import render_template
from flask_babel import force_locale

from tests.support.cast import Cast
from tests.support.statements import statements
from tracker import clock
from tracker.agendas import queries, service
from tracker.agendas.document import agenda_text
from tracker.agendas.on_meeting import on_meeting
from tracker.db import db, transaction
from tracker.meetings.models import ProgressNote
from tracker.permissions import ANYBODY

AT = dt.datetime(2031, 11, 28, 6, 0, tzinfo=dt.UTC)


def _agenda(cast: Cast, call, accepted):
    claim = cast.make_claim(state="active")
    cast.make_claim(cast.otto, cast.make_task(area_id=None), state="active")
    meeting = call(
        starts_at=AT,
        agenda_opens_at=None,
        agenda_closes_at=None,
        place="https://meeting.example.org/a_b",
        agenda="- A vote",
    )
    accepted(meeting, title="Softmax on *FPGA*", details="What\n\nit `needs`.")
    note = {"percent": 40, "done": "A kernel.", "blockers": "No\nFPGA.", "written_at": clock.now()}
    db.session.add(ProgressNote(claim_id=claim.id, meeting_id=meeting.id, author_id=cast.dora.id, **note))
    db.session.commit()
    return meeting


def test_as_plain_text(cast: Cast, call, accepted):
    meeting, first, second = _agenda(cast, call, accepted), *_references(cast)
    assert agenda_text(meeting, markdown=False) == (
        "Agenda: AKG, Regular meeting\n\n"
        "2031-11-28 14:00–15:00 (Asia/Shanghai)\nPlace: https://meeting.example.org/a_b\nOrganiser: Nils\n\n"
        "1. 14:00–14:10 Progress of claimed tasks\n"
        f"   Operator support\n   - {first} Express operator 1 as loops (Dora): 40 %; blockers: No FPGA.\n"
        f"   Other tasks\n   - {second} Express operator 2 as loops (Otto): not reported\n\n"
        "2. 14:10–14:30 Interface and standards\n\n"
        "3. 14:30–14:45 Demo of a stage result: Softmax on *FPGA* (Dora)\n   What it `needs`.\n\n"
        "Further agenda\n\n- A vote\n\n45 of 60 minutes planned.\n"
    )


def _references(cast: Cast) -> tuple[str, str]:
    return cast.task.reference, cast.task.reference.replace("-001", "-002")


def test_as_markdown(cast: Cast, call, accepted):
    meeting = _agenda(cast, call, accepted)
    text = agenda_text(meeting, markdown=True)
    assert text.startswith("# Agenda: AKG, Regular meeting\n\n- 2031-11-28 14:00–15:00 (Asia/Shanghai)\n")
    assert "- Place: <https://meeting.example.org/a_b>\n" in text
    assert (
        "\n### Operator support\n\n- " in text and "not reported\n\n## 2. 14:10–14:30 Interface and standards\n" in text
    )
    assert "## 3. 14:30–14:45 Demo of a stage result: Softmax on \\*FPGA\\* (Dora)\n\nWhat it \\`needs\\`.\n" in text
    meeting.place = "javascript:alert(1) <b>"
    assert "Place: javascript:alert(1) \\<b\\>" in agenda_text(meeting, markdown=True)


def test_in_chinese_areas_have_their_chinese_names(cast: Cast, call, accepted):
    meeting = _agenda(cast, call, accepted)
    with force_locale("zh_Hans_CN"):
        assert "算子支持" in agenda_text(meeting, markdown=False)


def test_it_says_when_too_much_is_planned_and_when_nothing_is_claimed(cast: Cast, call, accepted):
    meeting = call(minutes_long=25)
    accepted(meeting, details="x " * 400)
    text = agenda_text(meeting, markdown=False)
    assert "No task is claimed." in text and "40 of 25 minutes planned: 15 minutes too many." in text
    assert "…" in text and max(map(len, text.splitlines())) <= 310


def test_a_meeting_of_several_days_names_its_end_and_no_clock_times(cast: Cast, call, accepted):
    meeting = call(kind="campus_activity", starts_at=AT, agenda_opens_at=None, agenda_closes_at=None)
    accepted(meeting)
    meeting.days = 2
    text = agenda_text(meeting, markdown=False)
    assert "2031-11-28 14:00–2031-11-29 15:00" in text and "1. 15 minutes Demo of a stage result" in text


# -- in short -------------------------------------------------------------------------------------


def test_the_meetings_page_gets_the_items_and_what_the_reader_can_do(cast: Cast, call, accepted, propose):
    cast.make_claim(state="active")
    meeting = call()
    accepted(meeting)
    propose(meeting, title="Another")
    about = on_meeting(meeting, ANYBODY)
    assert [(item.number, item.minutes) for item in about["outline"].items] == [(1, 5), (2, 20), (3, 15)]
    assert (about["phase"], about["propose"], about["to_answer"]) == ("open", True, 0)
    assert on_meeting(meeting, cast.nils)["to_answer"] == 1 and on_meeting(meeting, cast.dora)["to_answer"] == 0
    with clock.pretend(meeting.agenda_closes_at):
        assert not on_meeting(meeting, cast.dora)["propose"] and on_meeting(meeting, cast.nils)["propose"]
    _ = cast.nils.memberships, meeting.organiser_ids
    with statements() as seen:
        on_meeting(meeting, cast.nils)
    assert len(seen) == 3, seen


def test_the_short_form_is_a_part_of_a_page(app, cast: Cast, call, accepted, propose):
    meeting = call(minutes_long=30)
    accepted(meeting, title="<b>Softmax</b>")
    propose(meeting, title="Another")
    with app.test_request_context():
        shown = render_template("agendas/_on_meeting.html", meeting=meeting, agendas=on_meeting(meeting, cast.nils))
        empty = call(kind="seminar", days=20)
        nothing = render_template("agendas/_on_meeting.html", meeting=empty, agendas=on_meeting(empty, ANYBODY))
    assert "&lt;b&gt;Softmax" in shown and "10 minutes too many" in shown and f'href="{meeting.path}agenda"' in shown
    assert "Answer 1 proposal" in shown and f"{meeting.path}agenda/propose" in shown
    assert "Nothing is on the agenda yet." in nothing and "agenda/propose" not in nothing and "opens on" in nothing


# -- what waits -----------------------------------------------------------------------------------


def test_proposals_wait_for_the_organiser_oldest_first(cast: Cast, call, propose, accepted):
    meeting = call()
    with clock.pretend(clock.now() - dt.timedelta(hours=3)):
        old = propose(meeting, title="Old")
    new = propose(meeting, title="New")
    accepted(meeting, title="Answered")
    rows = queries.waiting_for(cast.nils)
    assert [(row.title, row.proposer, row.proposal_id) for row in rows] == [
        ("Old", "Dora", old.id),
        ("New", "Dora", new.id),
    ]
    assert (rows[0].since, rows[0].due, rows[0].path) == (
        old.created_at, meeting.agenda_closes_at, f"{meeting.path}agenda#to-answer"
    )  # fmt: skip
    assert (str(rows[0].kind), rows[0].sig_name) == ("Demo of a stage result", "AKG")
    for other in (cast.mona, cast.dora, cast.admin, ANYBODY):
        assert queries.waiting_for(other) == []
    with clock.pretend(meeting.agenda_closes_at):
        assert len(queries.waiting_for(cast.mona)) == 2 == len(queries.waiting_for(cast.nils))


def test_without_an_organiser_they_wait_for_the_maintainers(cast: Cast, call, propose):
    propose(call(organiser_id=None))
    assert len(queries.waiting_for(cast.mona)) == 1 == len(queries.waiting_for(cast.max))
    assert queries.waiting_for(cast.nils) == []


def test_what_is_put_off_waits_once_its_agenda_opens(cast: Cast, call, propose):
    meeting, later = call(), call(days=20)
    proposal = propose(meeting)
    transaction(lambda: service.defer_proposal(cast.nils, proposal))
    assert queries.waiting_for(cast.nils) == []
    with clock.pretend(later.agenda_opens_at):
        [row] = queries.waiting_for(cast.nils)
    assert row.due == later.agenda_closes_at and row.since == proposal.decided_at
    later.state = "cancelled"
    db.session.commit()
    with clock.pretend(later.agenda_opens_at):
        assert queries.waiting_for(cast.nils) == []
