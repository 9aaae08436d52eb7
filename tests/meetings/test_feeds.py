"""Feeds over HTTP: what stands in them, who may read them, and that a revoked address is none."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tests.support.calendars import read
from tests.support.cast import Cast
from tests.support.client import Client
from tests.support.statements import statements
from tracker import clock
from tracker.accounts import tokens
from tracker.db import db, transaction
from tracker.errors import Forbidden, Refused
from tracker.events.models import Event
from tracker.meetings import feeds, service
from tracker.meetings.models import CalendarFeed
from tracker.permissions import ANYBODY
from tracker.sigs.models import Follower

BASE = "http://127.0.0.1:8000"


def follow(user: Any, sig: Any) -> None:
    db.session.add(Follower(user_id=user.id, sig_id=sig.id))
    db.session.commit()


@pytest.fixture
def feed(app, cast: Cast):
    """The path of a person's calendar, made by the page."""

    def make(user: Any) -> str:
        client = Client(app).sign_in(user)
        client.post("/account/calendar/new")
        page = client.get("/account/calendar").text
        return page.split(f'value="{BASE}', 1)[1].split('"', 1)[0]

    return make


def entries(client: Client, path: str) -> dict[str, Any]:
    answer = client.get(path)
    assert answer.content_type == "text/calendar; charset=utf-8"
    return read(answer.data)


def uid(meeting: Any) -> str:
    return f"meeting-{meeting.id}@127.0.0.1"


# -- of a SIG -------------------------------------------------------------------------------------


def test_everybody_reads_the_calendar_of_a_sig(cast: Cast, client: Client, call):
    mine, other = call(days=3, title="Scans"), call(days=4, sig=cast.ge, who=cast.nils)
    found = entries(client, "/sigs/akg/meetings.ics")
    assert set(found) == {uid(mine)} and uid(other) not in found
    assert found[uid(mine)].summary == "AKG: Scans" and found[uid(mine)].times[0][0] == mine.starts_at
    assert found[uid(mine)].url == f"{BASE}{mine.path}"
    client.get("/sigs/none/meetings.ics", 404)


def test_its_language_is_asked_for_in_the_address(cast: Cast, client: Client, call):
    call(title="Scans")
    assert "X-WR-CALNAME:AKG meetings" in client.get("/sigs/akg/meetings.ics").text
    assert "AKG图算融合编译" in client.get("/sigs/akg/meetings.ics?lang=zh").text
    assert "X-WR-CALNAME:AKG meetings" in client.get("/sigs/akg/meetings.ics?lang=xx").text


def test_changes_and_cancellations_raise_the_sequence_and_keep_the_uid(cast: Cast, client: Client, call):
    meeting = call(title="Scans")
    before = entries(client, "/sigs/akg/meetings.ics")[uid(meeting)]
    moved = meeting.starts_at + dt.timedelta(days=1)
    transaction(
        lambda: service.edit_meeting(
            cast.mona, meeting, version=meeting.version, kind="regular", title="Scans", starts_at=moved
        )
    )
    after = entries(client, "/sigs/akg/meetings.ics")[uid(meeting)]
    assert after.sequence > before.sequence and after.times[0][0] == moved
    transaction(lambda: service.cancel_meeting(cast.mona, meeting, reason="A storm"))
    gone = entries(client, "/sigs/akg/meetings.ics")[uid(meeting)]
    assert gone.sequence > after.sequence and gone.status == "CANCELLED" and "A storm" in gone.description


def test_it_has_a_year_of_the_past_and_all_that_is_ahead(cast: Cast, client: Client, call):
    with clock.pretend(clock.now() - dt.timedelta(days=400)):
        call(days=30)  # 370 days ago
        old = call(days=35)
    far = call(days=700)
    assert set(entries(client, "/sigs/akg/meetings.ics")) == {uid(old), uid(far)}


def test_it_keeps_to_a_number_of_meetings(cast: Cast, call, monkeypatch):
    with clock.pretend(clock.now() - dt.timedelta(days=4)):
        for days in (1, 2, 3, 5, 6, 7):
            call(days=days)
    monkeypatch.setattr(feeds, "MOST", 2)
    days = [round((row.starts_at - clock.now()) / dt.timedelta(days=1)) for row in feeds.meetings_of_sig(cast.akg.id)]
    assert days == [-2, -1, 1, 2]


def test_an_unchanged_calendar_is_not_sent_again(cast: Cast, client: Client, call):
    meeting = call()
    first = client.get("/sigs/akg/meetings.ics")
    assert "max-age=60" in first.headers["Cache-Control"]
    again = client.get("/sigs/akg/meetings.ics", 304, headers={"If-None-Match": first.headers["ETag"]})
    assert again.data == b""
    transaction(lambda: service.cancel_meeting(cast.mona, meeting, reason="A storm"))
    client.get("/sigs/akg/meetings.ics", 200, headers={"If-None-Match": first.headers["ETag"]})


# -- of a person ----------------------------------------------------------------------------------


def test_a_program_reads_my_calendar_without_signing_in(cast: Cast, client: Client, call, feed):
    followed, other = call(), call(sig=cast.ge, who=cast.nils)
    follow(cast.dora, cast.akg)
    path = feed(cast.dora)
    answer = client.get(path)
    assert set(read(answer.data)) == {uid(followed)} and uid(other) not in answer.text
    assert "private" in answer.headers["Cache-Control"] and "Set-Cookie" not in answer.headers
    client.get(path, 304, headers={"If-None-Match": answer.headers["ETag"]})


def test_it_has_what_i_belong_to_hold_and_organise(cast: Cast, client: Client, call, feed):
    of_akg, of_ge = call(), call(sig=cast.ge, who=cast.nils, organiser=cast.otto)
    assert set(entries(client, feed(cast.mona))) == {uid(of_akg)}
    assert set(entries(client, feed(cast.otto))) == {uid(of_ge)}
    claim = cast.make_claim(cast.dora, state="active")
    found = entries(client, feed(cast.dora))
    due = f"claim-{claim.id}-{claim.due_on:%Y%m%d}@127.0.0.1"
    assert set(found) == {uid(of_akg), due}
    assert found[due].times[0][0] == claim.due_on and claim.task.reference in found[due].summary
    assert entries(client, feed(cast.fay)) == {}


def test_what_is_no_longer_mine_is_gone_at_the_next_request(cast: Cast, client: Client, call, feed):
    call()
    claim = cast.make_claim(cast.dora, state="active")
    follower = Follower(user_id=cast.otto.id, sig_id=cast.akg.id)
    db.session.add(follower)
    db.session.commit()
    role = cast.member(cast.fay, cast.akg, "member")
    db.session.commit()
    paths = [feed(person) for person in (cast.dora, cast.otto, cast.fay)]
    assert [len(entries(client, path)) for path in paths] == [2, 1, 1]
    claim.state, claim.seat_no, claim.hold_no = "released", None, None
    role.until = clock.today()
    db.session.delete(follower)
    db.session.commit()
    assert [len(entries(client, path)) for path in paths] == [0, 0, 0]


def test_texts_are_in_the_language_of_the_account(cast: Cast, client: Client, call, feed):
    cast.mona.language = "zh"
    db.session.commit()
    call(title="Scans")
    (entry,) = entries(client, feed(cast.mona)).values()
    assert entry.summary.startswith("AKG图算融合编译")


def test_a_feed_costs_a_few_statements_however_many_meetings(cast: Cast, call):
    follow(cast.dora, cast.akg)
    for days in range(1, 9):
        call(days=days, organiser=cast.mona)
    number = cast.dora.id
    with statements() as few:
        feeds.meetings_of_person(number)
    assert len(few) == 2


# -- the secret address ---------------------------------------------------------------------------


def refused(client: Client, path: str) -> str:
    """The page, without the address that was asked for."""
    return client.get(path, 404).text.replace(path, "…")


def test_a_revoked_address_answers_as_one_that_never_was(app, cast: Cast, client: Client, call, feed):
    follow(cast.dora, cast.akg)
    call()
    path = feed(cast.dora)
    client.get(path)
    forged = refused(client, "/account/calendar/forged.ics")
    Client(app).sign_in(cast.dora).post("/account/calendar/revoke")
    assert refused(client, path) == forged
    assert "no calendar address" in Client(app).sign_in(cast.dora).get("/account/calendar").text


def test_a_replaced_address_is_dead_and_the_new_one_works(cast: Cast, client: Client, feed):
    old, new = feed(cast.dora), feed(cast.dora)
    assert old != new
    client.get(old, 404)
    client.get(new)


def test_a_suspended_person_has_no_calendar(cast: Cast, client: Client, feed):
    path = feed(cast.dora)
    cast.dora.suspended_at = clock.now()
    db.session.commit()
    assert refused(client, path) == refused(client, "/account/calendar/forged.ics")


def test_a_link_signed_for_something_else_is_no_address(app, cast: Cast, client: Client, feed):
    path = feed(cast.dora)
    number = db.session.query(CalendarFeed.id).scalar()
    key = app.extensions["settings"].secret_key
    assert path == f"/account/calendar/{tokens.sign(number, 'calendar', key)}.ics"
    for bad in (tokens.sign(number, "reset", key), tokens.sign(number, "calendar", "another key"), str(number),
                tokens.sign(2**40, "calendar", key), tokens.sign(-1, "calendar", key), path[18:-5]):  # fmt: skip
        client.get(f"/account/calendar/{bad}.ics", 404)


def test_the_page_makes_replaces_and_revokes_it(app, cast: Cast, client: Client):
    dora = Client(app).sign_in(cast.dora)
    assert "Make an address" in dora.get("/account/calendar").text
    assert "You have no calendar address" in dora.post("/account/calendar/revoke", 409).text
    dora.post("/account/calendar/new")
    page = dora.get("/account/calendar").text
    assert f"{BASE}/account/calendar/" in page and "Revoke it" in page and "/sigs/akg/meetings.ics" in page
    dora.post("/account/calendar/new")
    dora.post("/account/calendar/revoke")
    names = [event.name for event in db.session.query(Event).order_by(Event.id)]
    assert names == ["calendar_feed.made", "calendar_feed.made", "calendar_feed.revoked"]
    for path in ("/account/calendar/new", "/account/calendar/revoke"):
        client.post(path, 302)
    client.get("/account/calendar", 302)


def test_nobody_without_an_account_makes_one(cast: Cast):
    for work in (feeds.make_feed, feeds.revoke_feed):
        with pytest.raises(Forbidden):
            transaction(lambda work=work: work(ANYBODY))
    with pytest.raises(Refused, match="Make one first"):
        transaction(lambda: feeds.revoke_feed(cast.dora))


def test_a_person_has_one_address_at_a_time(cast: Cast):
    transaction(lambda: feeds.make_feed(cast.dora))
    with pytest.raises(Exception, match="(?i)unique"):
        transaction(lambda: db.session.add(CalendarFeed(user_id=cast.dora.id, created_at=clock.now())))
