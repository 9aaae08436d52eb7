"""The run screen without JavaScript, its answers for run.js, and the action items."""

from __future__ import annotations

import datetime as dt
import html
import re

import pytest

from tests.minutes.test_service import noted, published
from tests.support.cast import Cast
from tests.support.client import Client
from tests.support.statements import statements
from tracker import clock
from tracker.db import db, transaction
from tracker.meetings.models import ProgressNote
from tracker.minutes import service
from tracker.minutes.models import ActionItem, Attendance, Decision, Discussion, Report
from tracker.minutes.on_claim import on_claim
from tracker.minutes.on_meeting import on_meeting
from tracker.permissions import ANYBODY


def mona(app, cast):
    return Client(app).sign_in(cast.mona)


def words(answer):
    return html.unescape(re.sub(r"<[^>]+>", " ", answer.text))


def turn(claim, **fields):
    return {"claim": str(claim.id), "step": "next", "present": "1", "was": "", **fields}


# -- the run screen -------------------------------------------------------------------------------


def test_it_begins_at_the_first_claim_that_was_not_heard(app, cast: Cast, call, live, write):
    call(hours=24 * 14)
    meeting, first, second = call(), live(), live(cast.otto, cast.make_task(area_id=None))
    write(first, ago=20, next="A first table.", percent=35)
    write(first, ago=1, meeting=meeting, done="The table.", blockers="CI is down.")
    page = mona(app, cast).get(f"{meeting.path}run").text
    assert "A first table." in page and "35 last time" in page and "claim 1 of 2" in page
    assert re.search(r'<textarea[^>]*name="done"[^>]*>\s*The table\.</textarea>', page)
    assert 'value="The table."' in page and "Save, next: Otto" in page and "Other tasks" in page
    noted(cast.mona, meeting, first)
    assert cast.task.reference not in re.findall(
        r'class="ref" href="[^"]*">([^<]*)', mona(app, cast).get(f"{meeting.path}run").text
    )
    noted(cast.mona, meeting, second)
    assert "Who is here" in mona(app, cast).get(f"{meeting.path}run").text


def test_save_and_next_keeps_everything_that_stands_on_the_panel(app, cast: Cast, call, live):
    meeting, first, second = call(), live(), live(cast.otto, cast.make_task())
    answer = mona(app, cast).post(
        f"{meeting.path}run", **turn(first, done="A kernel.", percent="60", decision="It goes in.", to_do="Restart CI",
                                     owner="nils", due_on="2026-12-01"),
    )  # fmt: skip
    assert answer.location == f"{meeting.path}run?claim={second.id}"
    report, item = db.session.query(Report).one(), db.session.query(ActionItem).one()
    assert (report.done, report.percent, report.claim_id) == ("A kernel.", 60, first.id) and report.heard_at
    assert (item.text, item.user_id, item.due_on) == ("Restart CI", cast.nils.id, dt.date(2026, 12, 1))
    assert db.session.query(Decision).one().text == "It goes in."
    assert db.session.query(Attendance).one().user_id == cast.dora.id
    answer = mona(app, cast).post(f"{meeting.path}run", **turn(second))
    assert answer.location == f"{meeting.path}run?item=general"


def test_not_here_notes_the_absence_and_goes_on(app, cast: Cast, call, live):
    meeting, first, second = call(), live(), live(cast.otto, cast.make_task())
    answer = mona(app, cast).post(f"{meeting.path}run", **turn(first, step="absent"))
    assert answer.location.endswith(f"claim={second.id}")
    assert [(row.user_id, row.present) for row in db.session.query(Attendance)] == [(cast.dora.id, False)]
    assert db.session.query(Report).one().heard_at
    page = mona(app, cast).get(f"{meeting.path}run?claim={first.id}").text
    assert 'name="was" value="0"' in page and 'value="1" data-person' in page
    mona(app, cast).post(f"{meeting.path}run", **turn(first, step="save", was="0", present=None))
    assert [row.present for row in db.session.query(Attendance)] == [False]


def test_back_keeps_what_was_typed_and_ticks_nothing(app, cast: Cast, call, live):
    meeting, first, second = call(), live(), live(cast.otto, cast.make_task())
    answer = mona(app, cast).post(f"{meeting.path}run", **turn(second, step="back", done="Half a sentence"))
    assert answer.location.endswith(f"claim={first.id}")
    assert db.session.query(Report).one().heard_at is None and db.session.query(Attendance).count() == 0


def test_a_stale_page_is_merged_and_the_replaced_percent_told(app, cast: Cast, call, live):
    meeting, claim = call(), live()
    Client(app).sign_in(cast.max).post(f"{meeting.path}run", **turn(claim, done="From Max.", percent="45"))
    client = mona(app, cast)
    answer = client.post(f"{meeting.path}run", **turn(claim, step="save", done="From Mona.", percent="60"))
    assert db.session.query(Report).one().done == "From Max.\nFrom Mona."
    assert "replaced 45 % by Max" in words(client.get(answer.location))


@pytest.mark.parametrize(
    ("fields", "said"),
    [({"percent": "101"}, "Between 0 and 100"), ({"owner": "nobody-here"}, "no account"), ({"due_on": "soon"}, "A date"),
     ({"decision": "x" * 501}, "At most 500"), ({"step": "publish"}, "form that is asked"), ({"done": "\x00"}, "stored"),
     ({"step": "drop_item:99999999999"}, "form that is asked")],
)  # fmt: skip
def test_what_can_not_be_read_is_said_and_kept(app, cast: Cast, call, live, fields, said):
    meeting, claim = call(), live()
    page = mona(app, cast).post(f"{meeting.path}run", 422, **turn(claim, **{"next": "Keep me.", **fields}))
    assert said in words(page) and "Keep me." in page.text and db.session.query(Report).count() == 0


def test_a_claim_or_row_that_is_gone_is_refused(app, cast: Cast, call, live):
    meeting, claim = call(), live()
    client = mona(app, cast)
    client.post(f"{meeting.path}run", 409, **{**turn(claim), "claim": "99999"})
    for step in ("drop_decision:7", "drop_item:7", "finish_item:7", "hear:7"):
        client.post(f"{meeting.path}run/general", 409, step=step)
    assert db.session.query(Report).count() == 0


def test_decisions_and_items_are_removed_and_ticked_in_place(app, cast: Cast, call, live):
    meeting, claim = call(), live()
    old = call(hours=24 * 14)
    client = mona(app, cast)
    client.post(f"{meeting.path}run", **turn(claim, step="save", decision="It goes in.", to_do="Restart CI"))
    earlier = transaction(lambda: service.add_action_item(cast.mona, old, text="Find a room"))
    decision, item = (
        db.session.query(Decision).one().id,
        db.session.query(ActionItem).order_by(ActionItem.id).first().id,
    )
    client.post(f"{meeting.path}run", **turn(claim, step=f"drop_decision:{decision}"))
    client.post(f"{meeting.path}run", **turn(claim, step=f"drop_item:{item}"))
    assert "Find a room" in client.get(f"{meeting.path}run?item=general").text
    client.post(f"{meeting.path}run/general", step=f"finish_item:{earlier.id}")
    assert "Find a room" not in client.get(f"{meeting.path}run?item=general").text
    assert db.session.query(Decision).count() == 0 and db.session.query(ActionItem).one().done_at


def test_the_general_page_keeps_discussion_guests_and_ticks(app, cast: Cast, call, live):
    meeting = call()
    live()
    client = mona(app, cast)
    page = client.get(f"{meeting.path}run?item=general").text
    assert all(f">{name}" in page for name in ("Dora", "Nils", "Mona", "Max"))
    client.post(f"{meeting.path}run/general", step="save", interfaces="The buffer rule.", guests="Gu Est",
                here=[str(cast.dora.id), str(cast.nils.id)])  # fmt: skip
    # somebody else unticked dora meanwhile; this page only unticks nils
    transaction(lambda: service.note_attendance(cast.max, meeting, present={cast.dora.id: False}))
    client.post(f"{meeting.path}run/general", step="save", interfaces="The buffer rule.", guests="Gu Est",
                base_interfaces="The buffer rule.", base_guests="Gu Est",
                here=[str(cast.dora.id)], was_here=[str(cast.dora.id), str(cast.nils.id)])  # fmt: skip
    here = {row.user_id: row.present for row in db.session.query(Attendance)}
    assert here == {cast.dora.id: False, cast.nils.id: False}
    assert db.session.query(Discussion).one().interfaces == "The buffer rule."
    client.post(f"{meeting.path}run/general", 422, step="save", here=["999999"])


def test_agenda_items_are_heard_on_the_general_page(app, cast: Cast, call):
    from tracker.agendas import service as agendas

    meeting = call(hours=-1)
    item = transaction(
        lambda: agendas.propose_item(cast.otto, meeting, kind="demo", title="Softmax demo", details="", minutes_long=15)
    )
    transaction(lambda: agendas.accept_proposal(cast.mona, item))
    client = mona(app, cast)
    assert "Softmax demo" in client.get(f"{meeting.path}run").text
    client.post(f"{meeting.path}run/general", step=f"hear:{item.id}")
    assert "Not heard after all" in client.get(f"{meeting.path}run?item=general").text
    client.post(f"{meeting.path}run/general", step=f"unhear:{item.id}")
    assert f"hear:{item.id}" in client.get(f"{meeting.path}run?item=general").text


def test_a_seminar_has_no_claims_to_go_through(app, cast: Cast, call, live):
    live()
    page = mona(app, cast).get(f"{call(kind='seminar').path}run").text
    assert cast.task.reference not in page and "Who is here" in page


def test_a_meeting_that_is_off_takes_no_notes(app, cast: Cast, call, live):
    from tracker.meetings.service import cancel_meeting

    meeting, claim = call(hours=-3), live()
    transaction(lambda: cancel_meeting(cast.mona, meeting, reason="Nobody can come."))
    client = mona(app, cast)
    assert "“cancelled”" in words(client.get(f"{meeting.path}run"))
    client.post(f"{meeting.path}run", 409, **turn(claim))
    client.post(f"{meeting.path}end", 409)


def test_ending_leads_to_the_draft_and_back(app, cast: Cast, call, live):
    meeting = call()
    client = mona(app, cast)
    assert client.post(f"{meeting.path}end").location == f"{meeting.path}minutes"
    assert "The meeting is ended" in words(client.get(f"{meeting.path}run"))
    client.post(f"{meeting.path}end", 409)
    assert client.post(f"{meeting.path}resume").location == f"{meeting.path}run"
    client.post(f"{meeting.path}resume", 409)


def test_thirty_claims_take_no_more_statements_than_three(app, cast: Cast, call, live, write):
    cast.rules.live_claims_per_person = 100
    db.session.commit()
    meeting, client = call(), mona(app, cast)

    def count(path):
        client.get(path)
        with statements() as seen:
            client.get(path)
        return len(seen)

    paths = [f"{meeting.path}{end}" for end in ("run", "run?item=general", "run.json", "minutes", "minutes?draft=anew")]
    for number in range(3):
        write(live(cast.dora, cast.make_task()), done=f"Step {number}.")
    few = [count(path) for path in paths]
    for number in range(27):
        claim = live(cast.dora, cast.make_task())
        noted(cast.mona, meeting, claim, done=f"Step {number}.", heard=False)
    assert [count(path) for path in paths] == few


# -- for run.js -----------------------------------------------------------------------------------


def test_a_draft_answers_with_the_merged_texts(app, cast: Cast, call, live):
    meeting, claim = call(), live()
    noted(cast.max, meeting, claim, done="From Max.", percent=45)
    client = mona(app, cast)
    said = client.post(f"{meeting.path}run/draft", 200, claim=str(claim.id), done="From Mona.", percent="60").json
    assert said["fields"] == {"done": "From Max.\nFrom Mona.", "next": "", "blockers": "", "percent": 60}
    assert "replaced 45 %" in said["told"] and re.fullmatch(r"Saved \d\d:\d\d", said["saved"])
    assert (
        "Between 0 and 100"
        in client.post(f"{meeting.path}run/draft", 422, claim=str(claim.id), percent="900").json["message"]
    )
    assert "no such claim" in client.post(f"{meeting.path}run/draft", 409, claim="99999").json["message"]
    said = client.post(f"{meeting.path}run/general/draft", 200, interfaces="x", guests="y").json
    assert said["fields"] == {"interfaces": "x", "guests": "y"}
    client.post(f"{meeting.path}run/general/draft", 422, guests="y" * 5001)
    client.post(f"{meeting.path}run/attendance", 200, person=str(cast.dora.id), present="1")
    client.post(f"{meeting.path}run/attendance", 422, person=str(cast.dora.id), present="perhaps")
    assert (
        "no account" in client.post(f"{meeting.path}run/attendance", 409, person="99999", present="1").json["message"]
    )
    stranger = Client(app).sign_in(cast.dora)
    for end in ("run/draft", "run/general/draft", "run/attendance", "run", "run/general", "end", "resume"):
        stranger.post(f"{meeting.path}{end}", 403)


def test_the_state_is_304_until_somebody_changes_something(app, cast: Cast, call, live):
    meeting, claim = call(), live()
    client, path = mona(app, cast), f"{meeting.path}run.json?claim={claim.id}"
    first = client.get(path)
    client.get(path, 304, headers={"If-None-Match": first.headers["ETag"]})
    noted(cast.max, meeting, claim, done="From Max.")
    transaction(lambda: service.add_decision(cast.max, meeting, text="It goes in.", claim=claim))
    second = client.get(path, headers={"If-None-Match": first.headers["ETag"]}).json
    assert second["fields"]["done"] == "From Max." and second["heard"] == [claim.id]
    assert second["others"].startswith(f"Max ({cast.task.reference}") and second["lists"] != first.json["lists"]
    assert Client(app).sign_in(cast.max).get(path).json["others"] == ""
    with clock.pretend(clock.now() + dt.timedelta(minutes=11)):
        assert client.get(path).json["others"] == ""
    assert client.get(f"{meeting.path}run.json").json["fields"] == {"guests": "", "interfaces": ""}


def test_the_state_has_no_notes_of_other_sigs(app, cast: Cast, call, live, write):
    theirs = live(cast.dora, cast.make_task(sig=cast.ge))
    write(theirs, done="Not for Mona.", percent=70)
    page = mona(app, cast).get(f"{call().path}run.json?claim={theirs.id}")
    assert page.json["fields"] == {} and "Not for Mona" not in page.text


# -- action items, other pages --------------------------------------------------------------------


def test_ones_action_items_are_ticked_off_and_taken_up_again(app, cast: Cast, call):
    meeting = call()
    item = transaction(
        lambda: service.add_action_item(
            cast.mona, meeting, text="Restart CI", owner=cast.otto, due_on=dt.date(2026, 1, 2)
        )
    )
    otto = Client(app).sign_in(cast.otto)
    assert "Restart CI" in otto.get("/action-items/").text
    assert "Nothing to do" in Client(app).sign_in(cast.dora).get("/action-items/").text
    assert otto.post(f"/action-items/{item.id}/done").location == "/action-items/"
    otto.post(f"/action-items/{item.id}/done", 409)
    assert "Restart CI" in otto.get("/action-items/?show=done").text
    answer = otto.post(f"/action-items/{item.id}/reopen", next=meeting.path)
    assert answer.location == meeting.path
    assert otto.post(f"/action-items/{item.id}/done", next="//evil.example").location == "/action-items/"
    Client(app).sign_in(cast.dora).post(f"/action-items/{item.id}/reopen", 403)
    otto.post("/action-items/99999/done", 404)
    otto.get("/action-items/?after=x", 409)


def test_until_publication_only_organisers_see_what_was_noted(app, cast: Cast, call, live):
    meeting, claim = call(), live()
    transaction(lambda: service.add_decision(cast.mona, meeting, text="It goes in.", claim=claim))
    transaction(lambda: service.note_attendance(cast.mona, meeting, present={cast.dora.id: True, cast.otto.id: False}))
    assert on_meeting(meeting, cast.mona)["present"] == ["Dora"] and on_meeting(meeting, cast.mona)["absent"] == [
        "Otto"
    ]
    assert on_meeting(meeting, ANYBODY)["decisions"] == [] and on_meeting(meeting, ANYBODY)["present"] == []
    assert [row.text for row in on_claim(claim, cast.dora)["decisions"]] == ["It goes in."]
    meeting = published(cast, meeting)
    assert [row.text for row in on_meeting(meeting, ANYBODY)["decisions"]] == ["It goes in."]
    assert db.session.query(ProgressNote).count() == 0
