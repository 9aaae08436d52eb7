"""Pages of meetings and of progress."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.support.cast import Cast
from tests.support.client import Client
from tracker import clock
from tracker.db import db
from tracker.meetings.models import Meeting, ProgressNote


def typed(**fields: Any) -> dict[str, Any]:
    day = (clock.now() + dt.timedelta(days=7)).date().isoformat()
    return {"kind": "regular", "title": "", "starts_on": day, "start": "19:00", "time_zone": "Asia/Shanghai",
            "minutes_long": "90", "place": "https://meeting.example.org/akg", "organiser": "mona", "agenda": "- Demo", **fields}  # fmt: skip


def reload(model, key):
    db.session.expire_all()
    return db.session.get(model, key)


# -- calling and changing -------------------------------------------------------------------------


def test_a_maintainer_enters_a_meeting(app, cast: Cast):
    mona = Client(app).sign_in(cast.mona)
    mona.get("/sigs/akg/meetings/new")
    answer = mona.post("/sigs/akg/meetings/new", **typed())
    meeting = db.session.query(Meeting).one()
    assert answer.location == f"/meetings/{meeting.id}/"
    assert meeting.starts_at.astimezone(ZoneInfo("Asia/Shanghai")).hour == 19 and meeting.organiser_id == cast.mona.id
    page = mona.get(answer.location).text
    assert "19:00" in page and "Organiser: Mona" in page and "<li>Demo</li>" in page


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"starts_on": "2026-02-30"}, "A date such as"), ({"start": "25:00"}, "A time such as"),
        ({"kind": "party"}, "no such choice"), ({"minutes_long": "3"}, "Between 5 and 10080"),
        ({"time_zone": "Mars/Base"}, "no time zone"), ({"organiser": "nobody-here"}, "There is no account"),
        ({"starts_on": "2001-01-01"}, "more than a year back"), ({"starts_on": "2099-01-01"}, "two years ahead"),
        ({"starts_on": ""}, "needed"), ({"title": "x" * 201}, "At most 200"), ({"agenda": "\x00"}, "can't be stored"),
        ({"starts_on": "2027-03-28", "start": "02:30", "time_zone": "Europe/Berlin"}, "doesn't exist on that day"),
        ({"kind": ["regular", "seminar"]}, "sent twice"),
    ],
)  # fmt: skip
def test_what_can_not_be_is_said_at_the_field_and_kept(app, cast: Cast, fields, words):
    page = (
        Client(app)
        .sign_in(cast.mona)
        .post("/sigs/akg/meetings/new", 422, **typed(**{"place": "Room 2", **fields}))
        .text
    )
    assert words in page.replace("&#39;", "'") and "Room 2" in page
    assert db.session.query(Meeting).count() == 0


def test_the_same_time_twice_is_refused(app, cast: Cast):
    mona = Client(app).sign_in(cast.mona)
    mona.post("/sigs/akg/meetings/new", **typed())
    assert "at this time already" in mona.post("/sigs/akg/meetings/new", 422, **typed()).text


def test_others_dont_enter_meetings(app, cast: Cast, client: Client):
    client.post("/sigs/akg/meetings/new", 302, **typed())
    for person in (cast.nils, cast.dora, cast.fay):
        Client(app).sign_in(person).post("/sigs/akg/meetings/new", 403, **typed())
    Client(app).sign_in(cast.mona).post("/sigs/none/meetings/new", 404, **typed())
    assert db.session.query(Meeting).count() == 0


def test_a_meeting_is_changed(app, cast: Cast, call):
    meeting, mona = call(), Client(app).sign_in(cast.mona)
    assert 'name="version" value="1"' in mona.get(f"{meeting.path}edit").text
    mona.post(f"{meeting.path}edit", **typed(version="1", title="Kick-off"))
    assert "Kick-off" in mona.get(meeting.path).text and reload(Meeting, meeting.id).version == 2


def test_a_stale_change_is_refused_with_what_changed_and_can_be_saved_again(app, cast: Cast, call):
    meeting, mona = call(), Client(app).sign_in(cast.mona)
    Client(app).sign_in(cast.max).post(f"{meeting.path}edit", **typed(version="1", place="Room 7"))
    page = mona.post(f"{meeting.path}edit", 409, **typed(version="1", title="Mine")).text
    assert "Max changed this since you opened the page" in page and "place" in page and 'value="Mine"' in page
    assert 'name="version" value="2"' in page
    mona.post(f"{meeting.path}edit", **typed(version="2", title="Mine"))
    assert reload(Meeting, meeting.id).title == "Mine"


def test_a_mistyped_stale_change_stays_stale(app, cast: Cast, call):
    meeting, mona = call(), Client(app).sign_in(cast.mona)
    Client(app).sign_in(cast.max).post(f"{meeting.path}edit", **typed(version="1", place="Room 7"))
    assert 'name="version" value="1"' in mona.post(f"{meeting.path}edit", 422, **typed(version="1", start="x")).text
    mona.post(f"{meeting.path}edit", 422, **typed(version="none"))


def test_a_meeting_is_cancelled_with_a_reason(app, cast: Cast, call):
    meeting, mona = call(), Client(app).sign_in(cast.mona)
    assert "Say why" in mona.post(f"{meeting.path}cancel", 422, reason=" ").text
    mona.post(f"{meeting.path}cancel", reason="A holiday.")
    assert "A holiday." in mona.get(meeting.path).text
    assert "cancelled" in mona.post(f"{meeting.path}cancel", 409, reason="Again.").text


@pytest.mark.parametrize("step", ["edit", "cancel"])
def test_steps_of_a_meeting_are_its_maintainers_own(app, cast: Cast, call, client: Client, step):
    meeting = call(days=-1)
    client.post(f"{meeting.path}{step}", 302, reason="x", version="1")
    Client(app).sign_in(cast.nils).post(f"{meeting.path}{step}", 403, reason="x", version="1")
    Client(app).sign_in(cast.mona).post(f"/meetings/99999999999/{step}", 404, reason="x", version="1")


# -- the agenda -----------------------------------------------------------------------------------


def test_everybody_reads_the_agenda_with_notes_and_blockers(app, cast: Cast, call, write, client: Client):
    meeting, claim = call(), cast.make_claim(state="active")
    cast.make_claim(cast.otto, cast.make_task(), state="active")
    write(claim, blockers="No FPGA.", links=["https://example.org/branch"])
    page = client.get(meeting.path).text
    assert "No FPGA." in page and "Operator support" in page and '<span class="late">not reported</span>' in page
    assert "1 of 2 holders has not reported yet." in page
    assert f'href="/tasks/{cast.task.reference}/"' in page and claim.path not in page
    assert claim.path in Client(app).sign_in(cast.mona).get(meeting.path).text


def test_an_agenda_without_claims_leads_to_the_tasks(cast: Cast, call, client: Client):
    assert "/tasks/?sig=akg" in client.get(call().path).text


def test_holders_find_their_report(app, cast: Cast, call, write):
    meeting, claim = call(), cast.make_claim(state="active")
    dora = Client(app).sign_in(cast.dora)
    assert f'href="{claim.path}progress"' in dora.get(meeting.path).text
    write(claim)
    assert "Everybody has reported." in dora.get(meeting.path).text
    cast.make_claim(task=cast.make_task(), state="active")
    assert 'href="#report"' in dora.get(meeting.path).text


def test_both_zones_are_written_where_they_differ(app, cast: Cast, call):
    at = dt.datetime.combine((clock.now() + dt.timedelta(days=3)).date(), dt.time(11), dt.UTC)
    meeting = call(starts_at=at)
    berlin = cast.person("berta", time_zone="Europe/Berlin")
    db.session.commit()
    assert "your time" not in Client(app).sign_in(cast.mona).get(meeting.path).text
    page = Client(app).sign_in(berlin).get(meeting.path).text
    local = at.astimezone(ZoneInfo("Europe/Berlin"))
    assert "19:00" in page and "your time" in page and f"{local:%H:%M}" in page
    assert "your time" in Client(app).sign_in(berlin).get("/meetings/").text


def test_a_hostile_place_is_no_link(cast: Cast, call, client: Client):
    page = client.get(call(place="javascript:alert(1)", agenda="<script>x</script>").path).text
    assert 'href="javascript:' not in page and "<script>x" not in page


# -- the calendar ---------------------------------------------------------------------------------


def test_the_calendar_tells_ahead_from_past_and_filters(cast: Cast, call, client: Client):
    (
        call(title="Ahead one"),
        call(days=-3, title="Past one"),
        call(sig=cast.ge, who=cast.nils, kind="seminar", title="Other one"),
    )
    ahead, past = client.get("/meetings/").text, client.get("/meetings/?when=past").text
    assert "Ahead one" in ahead and "Other one" in ahead and "Past one" not in ahead
    assert "Past one" in past and "Ahead one" not in past
    page = client.get("/meetings/?sig=ge&kind=seminar").text
    assert "Other one" in page and "Ahead one" not in page
    assert "No past meetings" in client.get("/meetings/?when=past&sig=ge").text
    assert "No meetings ahead" in client.get("/meetings/?kind=campus_activity").text


def test_unknown_filters_are_said_and_pages_that_dont_exist_refused(cast: Cast, client: Client):
    assert "isn't known" in client.get("/meetings/?sig=none&kind=%27&when=never").text.replace("&#39;", "'")
    for after in ("x", "2026-01-01~1", "2026-01-01T00:00:00+00:00~99999999999", "2026-01-01T00:00:00+00:00", "~", "1~2~3",
                  "0001-01-01T00:00:00+14:00~1"):  # fmt: skip
        client.get("/meetings/", 409, query_string={"after": after})


def test_long_calendars_are_read_by_page_in_both_directions(cast: Cast, call, client: Client):
    for index in range(53):
        call(days=1 + index, title=f"Ahead {index:02d}")
        call(days=-1 - index, title=f"Past {index:02d}")
    for query, name in (("", "Ahead"), ("?when=past", "Past")):
        first = client.get(f"/meetings/{query}").text
        assert f"{name} 00" in first and f"{name} 49" in first and f"{name} 50" not in first
        following = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
        second = client.get(f"/meetings/{following}").text
        assert f"{name} 49" not in second and f"{name} 50" in second and f"{name} 52" in second


# -- progress -------------------------------------------------------------------------------------


def test_a_holder_reports_for_the_next_meeting(app, cast: Cast, call, write):
    claim, dora = cast.make_claim(state="active"), Client(app).sign_in(cast.dora)
    write(claim, ago=3, next="A second kernel.", percent=35)
    meeting = call()
    page = dora.get(f"{claim.path}progress").text
    assert "You promised on" in page and "A second kernel." in page and 'value="35"' in page
    assert f'selected value="{meeting.id}"' in page
    answer = dora.post(f"{claim.path}progress", percent="60", done="It runs.", next="Tests.", blockers="", meeting=str(meeting.id),
                       links="https://example.org/a\nhttps://example.org/b")  # fmt: skip
    assert answer.location == f"{claim.path}#notes"
    note = db.session.query(ProgressNote).order_by(ProgressNote.id.desc()).first()
    assert (note.percent, note.meeting_id, len(note.links)) == (60, meeting.id, 2)


def test_a_report_for_no_meeting_in_particular(app, cast: Cast):
    claim, dora = cast.make_claim(state="active"), Client(app).sign_in(cast.dora)
    dora.get(f"{claim.path}progress")
    dora.post(f"{claim.path}progress", percent="0", done="Read the paper.", meeting="")
    assert db.session.query(ProgressNote).one().meeting_id is None


@pytest.mark.parametrize(
    "fields",
    [{"percent": ""}, {"percent": "101"}, {"percent": "-1"}, {"percent": "1e9"}, {"done": " "}, {"done": "x" * 5001},
     {"links": "javascript:alert(1)"}, {"meeting": "99"}, {"meeting": "x"}, {"meeting": "99999999999999"}],
)  # fmt: skip
def test_a_report_that_can_not_be_read_is_kept_on_the_page(app, cast: Cast, call, fields):
    claim, dora = cast.make_claim(state="active"), Client(app).sign_in(cast.dora)
    call()
    values = {"percent": "10", "done": "Much.", "next": "Keep me.", "meeting": "", **fields}
    assert "Keep me." in dora.post(f"{claim.path}progress", 422, **values).text
    assert db.session.query(ProgressNote).count() == 0


def test_a_meeting_of_another_sig_is_no_choice(app, cast: Cast, call):
    other = call(sig=cast.ge, who=cast.nils)
    claim = cast.make_claim(state="active")
    Client(app).sign_in(cast.dora).post(f"{claim.path}progress", 422, percent="1", done="x", meeting=str(other.id))


def test_a_claim_that_ended_has_no_report(app, cast: Cast):
    claim, dora = cast.make_claim(state="released"), Client(app).sign_in(cast.dora)
    assert "Released" in dora.get(f"{claim.path}progress").text
    assert "Released" in dora.post(f"{claim.path}progress", 409, percent="10", done="Much.", meeting="").text


def test_reports_are_the_holders_own(app, cast: Cast, client: Client):
    claim = cast.make_claim(state="active")
    values = {"percent": "10", "done": "Much.", "meeting": ""}
    Client(app).sign_in(cast.nils).post(f"{claim.path}progress", 403, **values)
    Client(app).sign_in(cast.otto).post(f"{claim.path}progress", 404, **values)
    client.post(f"{claim.path}progress", 404, **values)
    client.get("/claims/99999999999/progress", 404)


def test_a_mentor_comments_on_a_note(app, cast: Cast, write, client: Client):
    note = write(cast.make_claim(state="active"))
    nils, address = Client(app).sign_in(cast.nils), f"/progress/{note.id}/comment"
    assert nils.post(address, mentor_comment="Good.").location.endswith(f"#note-{note.id}")
    assert "Good." in Client(app).sign_in(cast.dora).get(f"/claims/{note.claim_id}/").text
    assert "Write the comment first." in nils.post(address, 422, mentor_comment=" ").text
    Client(app).sign_in(cast.dora).post(address, 403, mentor_comment="Mine.")
    Client(app).sign_in(cast.otto).post(address, 404, mentor_comment="Mine.")
    client.post(address, 404, mentor_comment="Mine.")
    nils.post("/progress/99999999999/comment", 404, mentor_comment="x")
    assert reload(ProgressNote, note.id).mentor_comment == "Good."


def test_pages_come_in_chinese(app, cast: Cast, call, write):
    cast.dora.language = "zh"
    db.session.commit()
    claim, dora = cast.make_claim(state="active"), Client(app).sign_in(cast.dora)
    write(claim)
    for path in ("/meetings/", call().path, claim.path, f"{claim.path}progress", "/help/"):
        assert 'lang="zh-Hans"' in dora.get(path).text
