"""Agendas and minutes go to the SIG's mailing list, once, as they were read and edited before."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.support.cast import Cast
from tests.support.client import Client
from tests.support.mailbox import Box, mailing
from tracker import clock
from tracker.announcements import service
from tracker.announcements.on_meeting import on_meeting
from tracker.db import db, transaction
from tracker.errors import Forbidden, Refused
from tracker.events import Event, outbox
from tracker.events.models import Mailing
from tracker.meetings.models import Meeting

LIST = "akg@lists.example.org"


@pytest.fixture
def meeting(cast: Cast) -> Meeting:
    """A meeting of AKG in three days whose agenda is open; the SIG has a list."""
    cast.akg.mailing_list = LIST
    return make(cast)


def make(cast: Cast, days: float = 3, state: str = "planned", **columns: Any) -> Meeting:
    now = clock.now()
    found = Meeting(
        sig_id=cast.akg.id, starts_at=now + dt.timedelta(days=days), time_zone="Asia/Shanghai",
        created_at=now - dt.timedelta(days=9), organiser_id=cast.otto.id, **columns,
    )  # fmt: skip
    db.session.add(found)
    db.session.flush()
    for step in {"planned": [], "cancelled": ["cancelled"], "minutes_published": ["held", "minutes_published"]}[state]:
        found.state = step
        db.session.flush()
    db.session.commit()
    return found


def published(cast: Cast) -> Meeting:
    return make(
        cast, -2, "minutes_published", minutes="# Minutes\n\n- **Decided**: loops", minutes_published_at=clock.now()
    )


def announce(cast: Cast, meeting: Meeting, who: Any = None, kind: str = "agenda", **typed: Any) -> Mailing:
    values = {"subject": "[AKG] Agenda", "body": "1. Progress", "number": 1, **typed}
    return transaction(lambda: service.announce_meeting(who or cast.mona, meeting, kind=kind, **values))


def mailings() -> list[Mailing]:
    db.session.expire_all()
    return list(db.session.scalars(select(Mailing).order_by(Mailing.id)))


# -- the service ----------------------------------------------------------------------------------


def test_it_goes_to_the_list_as_it_was_typed_and_is_noted(
    app: Flask, cast: Cast, meeting: Meeting, box: tuple[Box, str]
) -> None:
    announce(cast, meeting, who=cast.otto, body="1. 进展\n2. 接口与标准\n")
    assert outbox.deliver(mailing(app, box[1])) == 1
    mail = box[0].mails[0]
    assert (mail["To"], mail["Reply-To"], mail["Subject"]) == (LIST, LIST, "[AKG] Agenda")
    assert mail.get_content().replace("\r\n", "\n") == "1. 进展\n2. 接口与标准\n"
    event = db.session.scalars(select(Event).where(Event.name == "meeting.announced")).one()
    assert (event.actor_id, event.subject_id, event.facts["what"]) == (cast.otto.id, meeting.id, "agenda")


def test_a_button_pressed_twice_is_one_mail(cast: Cast, meeting: Meeting) -> None:
    first = announce(cast, meeting).id
    assert announce(cast, meeting).id == first
    assert [found.key for found in mailings()] == [f"agenda:{meeting.id}:1"]
    assert len(db.session.scalars(select(Event).where(Event.name == "meeting.announced")).all()) == 1


def test_a_second_one_is_meant_or_refused_saying_when_the_first_went_out(cast: Cast, meeting: Meeting) -> None:
    late = clock.now().replace(hour=17)  # the next day in Beijing
    with clock.pretend(late):
        announce(cast, meeting)
    day = (late + dt.timedelta(days=1)).day
    with pytest.raises(Refused, match=f"announced on {day} ") as refused:
        announce(cast, meeting, number=2, body="Changed.")
    assert refused.value.field == "again"
    announce(cast, meeting, number=2, body="Changed.", again=True)
    assert [found.body for found in mailings()] == ["1. Progress", "Changed."]


def test_what_somebody_else_sent_meanwhile_is_told(cast: Cast, meeting: Meeting) -> None:
    announce(cast, meeting, who=cast.max)
    with pytest.raises(Refused, match="already, by Max"):
        announce(cast, meeting, body="Mine.")
    with pytest.raises(Refused, match="out of date"):
        announce(cast, published(cast), kind="minutes", number=2)


def test_the_agenda_and_the_minutes_are_counted_apart(cast: Cast, meeting: Meeting) -> None:
    done = published(cast)
    announce(cast, meeting)
    announce(cast, done, kind="minutes")
    assert [found.key for found in mailings()] == [f"agenda:{meeting.id}:1", f"minutes:{done.id}:1"]


@pytest.mark.parametrize("who", ["dora", "nils", "fay", "admin"])
def test_only_who_runs_the_meeting_announces(cast: Cast, meeting: Meeting, who: str) -> None:
    with pytest.raises(Forbidden):
        announce(cast, meeting, who=getattr(cast, who))


@pytest.mark.parametrize(
    ("mailing_list", "why"),
    [
        ("", "has no mailing list"),
        ("https://mailweb.example.org/akg", "is no e-mail address"),
        ("a@example.org, b@example.org", "is no e-mail address"),
        ("akg@lists.example.org\nBcc: x@example.org", "is no e-mail address"),
    ],
)
def test_it_refuses_a_list_that_is_none(cast: Cast, meeting: Meeting, mailing_list: str, why: str) -> None:
    cast.akg.mailing_list = mailing_list
    db.session.commit()
    with pytest.raises(Refused, match=why):
        announce(cast, meeting)


def test_it_refuses_an_agenda_that_is_not_open_yet(cast: Cast, meeting: Meeting) -> None:
    meeting.agenda_opens_at = clock.now() + dt.timedelta(days=1)
    db.session.commit()
    with pytest.raises(Refused, match="isn't open yet: it opens on"):
        announce(cast, meeting)


def test_it_refuses_the_agenda_of_a_meeting_that_began_or_fell_away(cast: Cast, meeting: Meeting) -> None:
    with pytest.raises(Refused, match="has begun"):
        announce(cast, make(cast, -0.01))
    with pytest.raises(Refused, match="doesn't take place"):
        announce(cast, make(cast, 5, "cancelled", reason="Holidays."))


def test_it_refuses_minutes_that_are_not_published(cast: Cast, meeting: Meeting) -> None:
    with pytest.raises(Refused, match="aren't published yet"):
        announce(cast, meeting, kind="minutes")


# -- the pages ------------------------------------------------------------------------------------


def typed(page: str) -> dict[str, str]:
    """The fields as they stand on the page."""
    import html
    import re

    body = re.search(r'<textarea[^>]*name="body"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    subject = re.search(r'<input[^>]*name="subject"[^>]*>', page)
    number = re.search(r'name="number" value="(\d+)"', page)
    assert body and subject and number
    value = re.search(r'value="([^"]*)"', subject[0])
    assert value
    return {"body": html.unescape(body[1]).strip(), "subject": html.unescape(value[1]), "number": number[1]}


def test_what_the_page_shows_is_what_is_sent(
    app: Flask, client: Client, cast: Cast, meeting: Meeting, box: tuple[Box, str]
) -> None:
    cast.make_claim(cast.dora, state="active")
    client.sign_in(cast.mona)
    page = client.get(f"{meeting.path}announce/agenda").text
    assert LIST in page and "tracker@localhost" in page
    fields = typed(page)
    assert cast.task.reference in fields["body"] and f"http://127.0.0.1:8000{meeting.path}agenda" in fields["body"]
    assert client.post(f"{meeting.path}announce/agenda", **fields).location == meeting.path
    assert outbox.deliver(mailing(app, box[1])) == 1
    mail = box[0].mails[0]
    assert mail["Subject"] == fields["subject"] and mail.get_content().replace("\r\n", "\n").strip() == fields["body"]


@pytest.mark.parametrize("language", ["zh", "en", "both"])
def test_the_draft_is_in_the_language_that_is_chosen(
    client: Client, cast: Cast, meeting: Meeting, language: str
) -> None:
    fields = typed(client.sign_in(cast.mona).get(f"{meeting.path}announce/agenda?language={language}").text)
    texts = fields["body"].split("-" * 40)
    assert len(texts) == (2 if language == "both" else 1) and fields["subject"].startswith("[AKG] ")
    assert ("Organiser: Otto" in texts[-1]) == (language != "zh")


def test_minutes_go_out_as_plain_text(client: Client, cast: Cast, meeting: Meeting) -> None:
    done = published(cast)
    fields = typed(client.sign_in(cast.mona).get(f"{done.path}announce/minutes?language=en").text)
    assert "Decided: loops" in fields["body"] and "**" not in fields["body"]
    assert f"The minutes on the web: http://127.0.0.1:8000{done.path}" in fields["body"]


def test_the_page_asks_before_it_sends_once_more(client: Client, cast: Cast, meeting: Meeting) -> None:
    path = f"{meeting.path}announce/agenda"
    client.sign_in(cast.mona).post(path, subject="A", body="B", number="1")
    page = client.get(path).text
    assert "It went out on" in page and "by Mona" in page and 'name="again"' in page
    page = client.post(path, status=422, subject="A", body="C", number="2").text
    assert "Tick this to send it once more" in page
    client.post(path, subject="A", body="C", number="2", again="1")
    assert [found.body for found in mailings()] == ["B", "C"]


def test_a_page_that_is_out_of_date_keeps_what_was_typed_and_says_what_happened(
    client: Client, cast: Cast, meeting: Meeting
) -> None:
    announce(cast, meeting, who=cast.max)
    page = (
        client.sign_in(cast.mona)
        .post(f"{meeting.path}announce/agenda", status=409, subject="Mine", body="My text.", number="1")
        .text
    )
    assert "already, by Max" in page and "My text." in page and 'name="number" value="2"' in page


def test_without_a_list_the_page_says_why_and_leads_to_the_facts_of_the_sig(
    client: Client, cast: Cast, meeting: Meeting
) -> None:
    cast.akg.mailing_list = ""
    db.session.commit()
    page = client.sign_in(cast.mona).get(f"{meeting.path}announce/agenda").text
    assert "has no mailing list" in page and "/sigs/akg/edit#mailing_list" in page and 'aria-disabled="true"' in page
    client.post(f"{meeting.path}announce/agenda", status=409, subject="A", body="B", number="1")
    assert mailings() == []


def test_an_empty_text_is_refused(client: Client, cast: Cast, meeting: Meeting) -> None:
    client.sign_in(cast.mona).post(f"{meeting.path}announce/agenda", status=422, subject="", body=" ", number="1")
    client.sign_in(cast.dora).post(f"{meeting.path}announce/agenda", status=403, subject="A", body="B", number="1")
    assert mailings() == []


# -- on the meeting's page ------------------------------------------------------------------------


def test_the_meetings_page_knows_what_was_announced_and_what_can_be(cast: Cast, meeting: Meeting) -> None:
    assert on_meeting(meeting, cast.dora) == {"may": False, "kinds": [], "obstacles": {}, "sent": []}
    announce(cast, meeting)
    about = on_meeting(meeting, cast.mona)
    assert about["kinds"] == ["agenda"] and about["obstacles"] == {"agenda": None}
    assert [(row.kind, row.who, row.mail) for row in about["sent"]] == [("agenda", "Mona", "queued")]
    assert on_meeting(published(cast), cast.mona)["kinds"] == ["minutes"]


def test_its_part_of_the_page_is_written_for_every_case(app: Flask, cast: Cast, meeting: Meeting) -> None:
    from flask import render_template

    announce(cast, meeting)
    with app.test_request_context():
        template = "announcements/_on_meeting.html"
        said = render_template(template, meeting=meeting, announcements=on_meeting(meeting, cast.mona))
        assert "Agenda announced on" in said and "announce/agenda" in said and "waiting in the outbox" in said
        assert render_template(template, meeting=meeting, announcements=on_meeting(meeting, cast.dora)).strip() == ""
        cast.akg.mailing_list = ""
        done = render_template(template, meeting=meeting, announcements=on_meeting(published(cast), cast.mona))
        assert "has no mailing list" in done
