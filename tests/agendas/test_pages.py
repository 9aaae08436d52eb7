"""Pages of agendas and proposals."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tests.support.cast import Cast
from tests.support.client import Client
from tests.support.statements import statements
from tracker import clock
from tracker.agendas import service
from tracker.agendas.models import Proposal
from tracker.db import db, transaction


def typed(**fields: Any) -> dict[str, Any]:
    return {"title": "The IR draft", "kind": "topic", "minutes_long": "25", "details": "Read *it*.", **fields}


def said(page: Any) -> str:
    return str(page.text).replace("&#39;", "'").replace("&amp;", "&")


def reload(proposal: Proposal) -> Proposal:
    db.session.expire_all()
    return db.session.get_one(Proposal, proposal.id)


# -- the agenda -----------------------------------------------------------------------------------


def test_everybody_reads_the_items_with_their_time_boxes(cast: Cast, call, accepted, client: Client):
    cast.make_claim(state="active")
    meeting = call(starts_at=clock.now().replace(hour=6, minute=0, second=0, microsecond=0) + dt.timedelta(days=3))
    accepted(meeting, details="What *it* needs.")
    page = said(client.get(f"{meeting.path}agenda"))
    assert "14:00</time>–14:05" in page and "14:05</time>–14:25" in page and "14:25</time>–14:40" in page
    assert "40 of 60 minutes planned." in page and "too many" not in page
    assert (
        "Operator support" in page and "not reported" in page and "What <em>it</em> needs." in page and "Dora" in page
    )
    assert "The agenda is open since" in page and "Beijing time" in page


def test_more_than_the_meeting_lasts_is_said(cast: Cast, call, accepted, client: Client):
    meeting = call(minutes_long=30)
    accepted(meeting)
    assert "10 minutes too many" in said(client.get(f"{meeting.path}agenda"))


def test_it_says_when_it_opens_and_that_it_closed(cast: Cast, call, client: Client):
    assert "The agenda opens on" in said(client.get(f"{call(days=20).path}agenda"))
    meeting = call(days=0.5)
    page = said(client.get(f"{meeting.path}agenda"))
    assert (
        "The agenda closed on" in page and "To the agenda of the next meeting" in page and "agenda/propose" not in page
    )
    meeting.state = "cancelled"
    db.session.commit()
    assert "doesn't take place" in said(client.get(f"{meeting.path}agenda"))
    meeting = call(days=-1)
    meeting.state = "held"
    db.session.commit()
    assert "The meeting is over." in said(client.get(f"{meeting.path}agenda"))


def test_a_seminar_has_no_fixed_items(cast: Cast, call, accepted, client: Client):
    meeting = call(kind="seminar")
    assert "Nothing is on the agenda yet." in said(client.get(f"{meeting.path}agenda"))
    accepted(meeting)
    page = said(client.get(f"{meeting.path}agenda"))
    assert "Progress of claimed tasks" not in page and "1. Softmax on an FPGA" in page


def test_both_zones_are_written_where_they_differ(app, cast: Cast, call):
    cast.otto.time_zone = "Europe/Berlin"
    meeting = call()
    assert "Cut-off in your time" in said(Client(app).sign_in(cast.otto).get(f"{meeting.path}agenda"))
    assert "Cut-off in your time" not in said(Client(app).sign_in(cast.dora).get(f"{meeting.path}agenda"))


def test_what_isnt_accepted_is_seen_by_its_proposer_and_who_answers_alone(
    app, cast: Cast, call, propose, client: Client
):
    meeting = call()
    proposal = propose(meeting, title="A secret plan")
    for person in (cast.dora, cast.nils, cast.mona):
        assert "A secret plan" in said(Client(app).sign_in(person).get(f"{meeting.path}agenda"))
    for other in (
        client,
        Client(app).sign_in(cast.otto),
        Client(app).sign_in(cast.admin),
        Client(app).sign_in(cast.fay),
    ):
        assert "A secret plan" not in said(other.get(f"{meeting.path}agenda"))
        assert "A secret plan" not in other.get(f"{meeting.path}agenda.txt").text
        other.get(f"/proposals/{proposal.id}/edit", 404)
        other.post(f"/proposals/{proposal.id}/accept", 404)


def test_hostile_titles_and_details_stay_text(app, cast: Cast, call, accepted, client: Client):
    meeting = call()
    accepted(
        meeting, title="<script>x</script> **b** [a](javascript:b)", details="<img src=x> [a](javascript:b)\n# big\n"
    )
    page = client.get(f"{meeting.path}agenda").text
    assert "<script>x" not in page and "<img src=x" not in page and 'href="javascript' not in page and "<b>" not in page
    text, marked = client.get(f"{meeting.path}agenda.txt").text, client.get(f"{meeting.path}agenda.md").text
    assert "<img src=x> [a](javascript:b) # big" in text
    assert r"\<script\>x\</script\> \*\*b\*\* \[a\](javascript:b)" in marked and "\n# big" not in marked


# -- proposing ------------------------------------------------------------------------------------


def test_an_item_is_proposed_and_its_state_followed(app, cast: Cast, call):
    meeting, dora = call(), Client(app).sign_in(cast.dora)
    assert 'value="15"' in dora.get(f"{meeting.path}agenda/propose").text
    answer = dora.post(f"{meeting.path}agenda/propose", **typed())
    assert answer.location == f"{meeting.path}agenda"
    proposal = db.session.query(Proposal).one()
    page = said(dora.get(f"{meeting.path}agenda"))
    assert "The IR draft" in page and "Waits for an answer" in page and f"/proposals/{proposal.id}/withdraw" in page
    transaction(lambda: service.decline_proposal(cast.nils, proposal, reason="Not for us."))
    page = said(dora.get(f"{meeting.path}agenda"))
    assert "Declined" in page and "Not for us." in page and f"/proposals/{proposal.id}/withdraw" not in page


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"title": " "}, "needed"), ({"title": "x" * 201}, "At most 200"), ({"kind": "party"}, "no such choice"),
        ({"minutes_long": "0"}, "Between 1 and 480"), ({"minutes_long": "ten"}, "whole number"),
        ({"details": "x" * 5001}, "At most 5000"), ({"title": "\x00"}, "can't be stored"), ({"title": ["a", "b"]}, "sent twice"),
    ],
)  # fmt: skip
def test_what_can_not_be_is_said_at_the_field_and_kept(app, cast: Cast, call, fields, words):
    meeting = call()
    page = said(Client(app).sign_in(cast.dora).post(f"{meeting.path}agenda/propose", 422, **typed(**fields)))
    assert words in page and ("Read *it*." in page or "details" in fields)
    assert db.session.query(Proposal).count() == 0


def test_after_the_cut_off_the_form_leads_to_the_next_meeting(app, cast: Cast, call):
    meeting, later = call(days=0.5), call(days=14)
    dora = Client(app).sign_in(cast.dora)
    page = said(dora.get(f"{meeting.path}agenda/propose"))
    assert "aria-disabled" in page and f"{later.path}agenda" in page and "closed on" in page
    page = said(dora.post(f"{meeting.path}agenda/propose", 409, **typed()))
    assert "closed on" in page and "The IR draft" in page
    assert "same item" not in page and db.session.query(Proposal).count() == 0
    Client(app).sign_in(cast.nils).post(f"{meeting.path}agenda/propose", **typed())


def test_sent_twice_it_is_one_proposal(app, cast: Cast, call):
    meeting, dora = call(), Client(app).sign_in(cast.dora)
    dora.post(f"{meeting.path}agenda/propose", **typed())
    assert "already" in said(dora.post(f"{meeting.path}agenda/propose", 422, **typed(title="the ir  draft")))
    assert db.session.query(Proposal).count() == 1


def test_visitors_sign_in_first(cast: Cast, call, client: Client):
    meeting = call()
    assert "/login" in client.get(f"{meeting.path}agenda/propose", 302).location
    client.post(f"{meeting.path}agenda/propose", 302, **typed())
    client.get("/meetings/99999999999/agenda", 404)


def test_a_proposal_is_changed_until_the_cut_off(app, cast: Cast, call, propose):
    proposal, dora = propose(call()), Client(app).sign_in(cast.dora)
    path = f"/proposals/{proposal.id}/edit"
    assert "Softmax on an FPGA" in dora.get(path).text
    dora.post(path, **typed(version="1"))
    assert reload(proposal).title == "The IR draft"
    page = said(dora.post(path, 409, **typed(version="1", title="Stale")))
    assert "changed since" in page and 'value="Stale"' in page and 'name="version" value="2"' in page
    dora.post(path, 422, **typed(version="x"))
    Client(app).sign_in(cast.nils).post(path, 403, **typed(version="2"))
    Client(app).sign_in(cast.otto).post(path, 404, **typed(version="2"))
    proposal.meeting.agenda_closes_at = clock.now()
    db.session.commit()
    assert "closed on" in said(dora.get(path))
    assert "closed on" in said(dora.post(path, 409, **typed(version="2", title="Late")))


def test_it_is_withdrawn_with_a_button(app, cast: Cast, call, propose):
    proposal, dora = propose(call()), Client(app).sign_in(cast.dora)
    path = f"/proposals/{proposal.id}/withdraw"
    Client(app).sign_in(cast.mona).post(path, 403)
    dora.post(path)
    assert reload(proposal).state == "withdrawn"
    assert "withdrawn" in said(dora.post(path, 409))


# -- answering ------------------------------------------------------------------------------------


def test_the_organiser_answers_on_the_page(app, cast: Cast, call, propose):
    meeting, later = call(), call(days=17)
    yes, no, then = (propose(meeting, title=title) for title in ("Yes", "No", "Then"))
    nils = Client(app).sign_in(cast.nils)
    page = nils.get(f"{meeting.path}agenda").text
    assert all(
        f"/proposals/{item.id}/{step}" in page for item in (yes, no, then) for step in ("accept", "decline", "defer")
    )
    nils.post(f"/proposals/{yes.id}/accept")
    nils.get(f"/proposals/{no.id}/decline")
    assert "Say why" in said(nils.post(f"/proposals/{no.id}/decline", 422, reason=" "))
    answer = nils.post(f"/proposals/{no.id}/decline", reason="Not for us.")
    assert answer.location == f"{meeting.path}agenda"
    answer = nils.post(f"/proposals/{then.id}/defer", reason="Too full.")
    assert answer.location == f"{meeting.path}agenda"
    assert [reload(item).state for item in (yes, no, then)] == ["accepted", "declined", "deferred"]
    assert then.meeting_id == later.id
    for step, fields in (("accept", {}), ("defer", {"reason": ""}), ("decline", {"reason": "No."})):
        nils.post(f"/proposals/{no.id}/{step}", 409, **fields)
    assert "can't be declined any more" in said(nils.get(f"/proposals/{no.id}/decline"))
    page = said(Client(app).sign_in(cast.dora).get(f"{meeting.path}agenda"))
    assert "Too full." in page and f'href="/meetings/{later.id}/agenda"' in page


@pytest.mark.parametrize("step", ["accept", "decline", "defer", "up", "down"])
def test_others_dont_answer(app, cast: Cast, call, accepted, client: Client, step):
    proposal = accepted(call())
    client.post(f"/proposals/{proposal.id}/{step}", 302, reason="x")
    for person in (cast.dora, cast.otto, cast.fay):
        Client(app).sign_in(person).post(f"/proposals/{proposal.id}/{step}", 403, reason="x")
    Client(app).sign_in(cast.nils).post(f"/proposals/99999999999/{step}", 404, reason="x")


def test_too_long_a_reason_is_not_taken(app, cast: Cast, call, propose):
    proposal, nils = propose(call()), Client(app).sign_in(cast.nils)
    assert "At most 2000" in said(nils.post(f"/proposals/{proposal.id}/defer", 422, reason="x" * 2001))
    nils.post(f"/proposals/{proposal.id}/decline", 422, reason="x" * 2001)


def test_the_order_is_changed_with_buttons(app, cast: Cast, call, accepted):
    meeting, nils = call(), Client(app).sign_in(cast.nils)
    first, second = accepted(meeting, title="One"), accepted(meeting, title="Two")
    page = nils.get(f"{meeting.path}agenda").text
    assert f"/proposals/{first.id}/up" not in page and f"/proposals/{second.id}/up" in page
    assert f"/proposals/{first.id}/down" in page and f"/proposals/{second.id}/down" not in page
    nils.post(f"/proposals/{second.id}/up")
    nils.post(f"/proposals/{second.id}/up", 409)
    nils.post(f"/proposals/{first.id}/down", 409)
    page = nils.get(f"{meeting.path}agenda").text
    assert page.index("3. Two") < page.index("4. One")


def test_what_waits_without_a_meeting_is_taken_up(app, cast: Cast, call, propose):
    meeting, nils = call(), Client(app).sign_in(cast.nils)
    proposal = propose(meeting)
    nils.post(f"/proposals/{proposal.id}/defer", reason="")
    assert "waits until a later meeting is planned" in said(Client(app).sign_in(cast.dora).get(f"{meeting.path}agenda"))
    assert "agenda/take-up" not in nils.get(f"{meeting.path}agenda").text
    later = call(days=20)
    assert "agenda/take-up" in nils.get(f"{later.path}agenda").text
    assert "agenda/take-up" not in Client(app).sign_in(cast.otto).get(f"{later.path}agenda").text
    Client(app).sign_in(cast.otto).post(f"{later.path}agenda/take-up", 403)
    nils.post(f"{later.path}agenda/take-up")
    assert reload(proposal).meeting_id == later.id
    assert "Nothing waits" in said(nils.post(f"{later.path}agenda/take-up", 409))


# -- as text, short, and how much it costs --------------------------------------------------------


def test_pages_are_read_in_chinese(app, cast: Cast, call, accepted, propose):
    cast.nils.language = "zh"
    db.session.commit()
    meeting, nils = call(), Client(app).sign_in(cast.nils)
    accepted(meeting)
    waiting = propose(meeting, title="Another")
    for path in (f"{meeting.path}agenda", f"{meeting.path}agenda/propose", f"/proposals/{waiting.id}/decline"):
        assert 'lang="zh-Hans"' in nils.get(path).text


@pytest.mark.parametrize("who", ["anon", "dora", "nils"])
def test_the_page_takes_as_many_statements_for_many_claims_as_for_one(app, cast: Cast, call, accepted, propose, who):
    cast.rules.live_claims_per_person = 100
    meeting = call()
    reader = Client(app) if who == "anon" else Client(app).sign_in(getattr(cast, who))

    def more(number: int) -> int:
        for index in range(number):
            cast.make_claim(cast.dora, cast.make_task(), state="active")
            accepted(meeting, cast.nils, f"On {number} {index}")
        for index in range(min(number, 4)):
            propose(meeting, title=f"Asked {number} {index}")
        db.session.commit()
        for path in ("agenda", "agenda.md"):  # what is read once per process is read now
            reader.get(f"{meeting.path}{path}")
        with statements() as seen:
            reader.get(f"{meeting.path}agenda")
            reader.get(f"{meeting.path}agenda.md")
        return len(seen)

    assert more(1) == more(30)
