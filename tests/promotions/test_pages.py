"""The pages: what is shown to whom, what is refused and how."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from tests.promotions.conftest import PLAN, Groups
from tests.support.client import Client
from tests.support.statements import statements
from tracker import clock, nightly
from tracker.db import db, transaction
from tracker.meetings.models import Meeting
from tracker.promotions import service
from tracker.promotions.models import Promotion, RoleEnding, Vote
from tracker.promotions.rule_queries import find_set
from tracker.sigs.models import Membership


def text_of(client: Client, path: str, status: int = 200) -> str:
    return client.get(path, status).get_data(as_text=True)


# -- Member --------------------------------------------------------------------------------------------


def test_an_application_is_sent_and_granted(groups: Groups, client: Client) -> None:
    cast = groups.cast
    client.sign_in(cast.otto)
    assert "needs your attention" in client.post("/sigs/akg/apply", 422).get_data(as_text=True)
    path = client.post("/sigs/akg/apply", statement="I want to **test**.").location
    assert "in preparation" in text_of(client, path).lower()
    assert "waits for an answer" in text_of(client, "/sigs/akg/apply")
    assert "waits for an answer" in client.post("/sigs/akg/apply", 409, statement="Again.").get_data(as_text=True)
    mona = Client(client.app).sign_in(cast.mona)
    assert "Application" in text_of(mona, "/dashboard/")
    mona.post(f"{path}grant")
    assert db.session.scalars(select(Membership.role).where(Membership.user_id == cast.otto.id)).all() == ["member"]
    mona.post(f"{path}grant", 409)
    assert "You belong to this SIG already" in text_of(client, "/sigs/akg/apply")


def test_what_an_applicant_wrote_is_for_the_maintainers(groups: Groups, client: Client) -> None:
    """While it waits they alone read it, with the person and administrators; once granted others see who, what and since when."""
    cast = groups.cast
    made = transaction(
        lambda: service.apply_for_membership(cast.otto, cast.akg, statement="My secret.", area=cast.area)
    )
    page = text_of(client.sign_in(cast.otto), "/sigs/akg/apply")
    assert "waits for an answer" in page
    assert "administrators read it, nobody else" in text_of(Client(client.app).sign_in(cast.nils), "/sigs/akg/apply")

    def reads(who: Any, status: int) -> str:
        reader = Client(client.app)
        return text_of(reader.sign_in(who) if who else reader, made.path, status)

    listed = Client(client.app).sign_in(groups.cleo)
    for who in (groups.cleo, cast.dora, cast.nils, None):
        reads(who, 404)
    assert made.path not in text_of(listed, "/promotions/")
    for who in (cast.otto, cast.mona, cast.admin):
        assert "My secret." in reads(who, 200)
    transaction(lambda: service.grant_membership(cast.mona, made))
    for who in (groups.cleo, cast.nils, None):
        page = reads(who, 200)
        assert "Otto" in page and "Member" in page and "Appointed." in page
        assert not [word for word in ("My secret.", cast.area.name, "took", "So far") if word in page]
    for who in (cast.otto, cast.max, cast.admin):
        page = reads(who, 200)
        assert "My secret." in page and cast.area.name in page
    for path in ("/promotions/", "/promotions.csv"):
        page = text_of(listed, path)
        assert "Otto" in page and cast.area.name not in page


def test_an_application_is_declined_with_a_reason(groups: Groups, client: Client) -> None:
    made = transaction(lambda: service.apply_for_membership(groups.cast.otto, groups.cast.akg, statement="I."))
    mona = client.sign_in(groups.cast.mona)
    mona.post(f"{made.path}decline", 422, reason=" ")
    mona.post(f"{made.path}decline", reason="Another SIG fits better.")
    otto = Client(client.app).sign_in(groups.cast.otto)
    assert "Another SIG fits better." in text_of(otto, made.path)
    Client(client.app).sign_in(groups.cast.nils).get(made.path, 404)
    otto.post("/sigs/akg/apply", statement="Once more.")


def test_a_nomination_isnt_granted_by_one_person(groups: Groups, client: Client) -> None:
    made = groups.nominated()
    client.sign_in(groups.cast.mona).post(f"{made.path}grant", 409)
    client.post(f"{made.path}decline", 409, reason="No.")
    assert db.session.get_one(Promotion, made.id).state == "proposed"


# -- nominations ---------------------------------------------------------------------------------------


def test_somebody_is_nominated_stands_and_is_put_to_the_vote(groups: Groups, client: Client) -> None:
    cast = groups.cast
    mona = client.sign_in(cast.mona)
    assert "The rules of the SIG" in text_of(mona, "/sigs/akg/nominate")
    mona.post("/sigs/akg/nominate", 422, user="nobody-known", role="contributor", statement="Good.")
    area = str(cast.area.id)
    mona.post(
        "/sigs/akg/nominate", 422, user="dora", role="contributor", area=area, statement="Good.", work_plan="Hers."
    )
    path = mona.post("/sigs/akg/nominate", user="dora", role="contributor", area=area, statement="Good.").location
    mona.post("/sigs/akg/nominate", 409, user="dora", role="contributor", area=area, statement="Good.")
    assert "Not yet: the checklist" in text_of(mona, path)
    dora = Client(client.app).sign_in(cast.dora)
    assert "You are nominated" in text_of(dora, "/dashboard/")
    dora.post(f"{path}stand", version="1")
    dora.post(f"{path}edit", version="1", area=area, work_plan=PLAN)
    mona.post(f"{path}open", 422)
    mona.post(f"{path}open", meeting=str(groups.meeting.id))
    assert "Votes on promotions" in text_of(mona, groups.meeting.path)
    assert "vote is open" in text_of(dora, path).lower()


def test_a_seed_rule_says_who_nominates(groups: Groups, client: Client) -> None:
    cast = groups.cast
    cast.member(cast.otto, cast.ge, "contributor")
    db.session.commit()
    sent = {"user": "otto", "role": "committer", "repository": str(groups.repository.id), "statement": "I did much."}
    page = client.sign_in(cast.otto).post("/sigs/ge/nominate", 422, **sent).get_data(as_text=True)
    assert "somebody else nominates" in page
    page = Client(client.app).sign_in(cast.dora).post("/sigs/ge/nominate", 409, **sent).get_data(as_text=True)
    assert "a nomination for this role is made by: Maintainer, Committer" in page
    nils = Client(client.app).sign_in(cast.nils)
    nils.post("/sigs/ge/nominate", 422, **{**sent, "repository": ""})
    assert nils.post("/sigs/ge/nominate", **sent).location


def test_what_didnt_come_to_pass_is_for_the_sig_alone(groups: Groups, client: Client) -> None:
    made = groups.nominated()
    for who, status in (("dora", 200), ("mona", 200), ("cleo", 200), ("nils", 404), ("otto", 404), ("admin", 200)):
        person = getattr(groups.cast, who, None) or groups.cleo
        Client(client.app).sign_in(person).get(made.path, status)
    client.get(made.path, 404)


# -- the vote ------------------------------------------------------------------------------------------


def test_votes_are_cast_changed_and_refused_with_the_reason(groups: Groups, client: Client) -> None:
    made, cast = groups.voting(), groups.cast
    mona = client.sign_in(cast.mona)
    mona.post(f"{made.path}vote", 422)
    page = mona.post(f"{made.path}vote", 422, choice="against").get_data(as_text=True)
    assert "needs a reason" in page
    mona.post(f"{made.path}vote", choice="against", reason="Too early for me.")
    mona.post(f"{made.path}vote", choice="for")
    assert [row.choice for row in db.session.scalars(select(Vote))] == ["for"]
    dora = Client(client.app).sign_in(cast.dora)
    assert "Nobody votes on themselves" in dora.post(f"{made.path}vote", 409, choice="for").get_data(as_text=True)
    nils = Client(client.app).sign_in(cast.nils)
    assert "Who may vote was set down" in nils.post(f"{made.path}vote", 409, choice="for").get_data(as_text=True)
    mona.post(f"{made.path}close")
    cleo = Client(client.app).sign_in(groups.cleo)
    assert "ballot is closed" in cleo.post(f"{made.path}vote", 409, choice="for").get_data(as_text=True)
    mona.post(f"{made.path}close", 409)


def test_how_somebody_voted_is_shown_to_nobody(groups: Groups, client: Client) -> None:
    made, cast = groups.voting(), groups.cast
    transaction(lambda: service.cast_vote(cast.max, made, choice="against", reason="Not enough reviews."))
    mona = client.sign_in(cast.mona)
    page = text_of(mona, made.path)
    assert "1 of 3 have voted" in page and "Not enough reviews." not in page
    transaction(lambda: service.cast_vote(cast.mona, made, choice="for"))
    mona.post(f"{made.path}close")
    for who in (cast.mona, groups.cleo, cast.dora, cast.admin):
        page = text_of(Client(client.app).sign_in(who), made.path)
        assert "Not enough reviews." in page and "a tie fails" in page


def test_reasons_are_for_the_sig_and_the_candidate(groups: Groups, client: Client) -> None:
    made, cast = groups.voting(), groups.cast
    for who in (cast.mona, cast.max):
        transaction(lambda who=who: service.cast_vote(who, made, choice="for", reason="Fine reviews."))
    transaction(lambda: service.close_ballot(cast.mona, made))
    page = text_of(client, made.path)
    assert "Appointed." in page and "more in favour than against" in page
    assert "Fine reviews." not in page and "Who may vote: set down" not in page


def test_after_the_clock_the_outcome_is_read_before_it_is_counted(
    groups: Groups, client: Client, later: Callable[[float], Any]
) -> None:
    people = groups.electors_of_ge(4)
    made = groups.committer()
    for person in people:
        transaction(lambda person=person: service.cast_vote(person, made, choice="for"))
    with later(72):
        nils = client.sign_in(groups.cast.nils)
        page = text_of(nils, made.path)
        assert "The vote is over." in page and "It comes to: passed." in page
        assert "Ballot to be closed" in text_of(nils, "/dashboard/")
        nils.post(f"{made.path}vote", 409, choice="for")
        nils.post(f"{made.path}close")
        assert "Appointed." in text_of(nils, made.path)


def test_the_nightly_job_counts_and_reminds(groups: Groups, later: Callable[[float], Any]) -> None:
    groups.electors_of_ge(2)
    made = groups.committer()
    with later(50):
        assert nightly.run_by_hand().counts["remind_electors"] == 3
    with later(73):
        assert nightly.run_by_hand().counts["count_ballot"] == 1
        assert nightly.run_by_hand().counts.get("count_ballot", 0) == 0
    assert db.session.get_one(Promotion, made.id).state == "rejected"


def test_a_ballot_moves_to_another_meeting(groups: Groups, client: Client) -> None:
    made = groups.voting()
    other = Meeting(sig_id=groups.cast.akg.id, starts_at=clock.now() + dt.timedelta(days=3), time_zone="Asia/Shanghai",
                    created_at=clock.now())  # fmt: skip
    db.session.add(other)
    db.session.commit()
    mona = client.sign_in(groups.cast.mona)
    mona.post(f"{made.path}move", 422)
    mona.post(f"{made.path}move", meeting=str(other.id))
    mona.post(f"{made.path}close", 409)


def test_withdrawn_and_taken_back(groups: Groups, client: Client) -> None:
    made = groups.voting()
    client.sign_in(groups.cast.dora).post(f"{made.path}withdraw", reason="Another job.")
    assert "Another job." in text_of(client, made.path)
    client.post(f"{made.path}withdraw", 409)
    cast = groups.cast
    other = transaction(
        lambda: service.nominate(cast.mona, cast.akg, user=cast.dora, role="contributor", area=cast.area, statement="x")
    )
    Client(client.app).sign_in(cast.mona).post(f"{other.path}take-back")
    assert db.session.get_one(Promotion, other.id).state == "withdrawn"


# -- the list ------------------------------------------------------------------------------------------


def test_the_list_has_open_ballots_first_and_its_export_the_same_rows(groups: Groups, client: Client) -> None:
    cast = groups.cast
    voting = groups.voting()
    applied = transaction(lambda: service.apply_for_membership(cast.otto, cast.akg, statement="I."))
    mona = client.sign_in(cast.mona)
    page = text_of(mona, "/promotions/")
    assert page.index(f'href="{voting.path}"') < page.index(f'href="{applied.path}"', page.index("<table"))
    for filters, ids in (
        ("", [voting.id, applied.id]), ("?state=voting", [voting.id]), ("?role=member", [applied.id]), ("?mine=vote", [voting.id]),
        ("?sig=ge", []), ("?state=open", [voting.id, applied.id]),
    ):  # fmt: skip
        answer = mona.get(f"/promotions.csv{filters}").get_data(as_text=True).removeprefix("\ufeff")
        assert [int(row["promotion"]) for row in csv.DictReader(io.StringIO(answer))] == ids
    anon = Client(client.app)
    assert voting.path not in text_of(anon, "/promotions/")
    for wrong in ("state=x", "sig=A B", "role=boss", "mine=x", "after=x~y"):
        mona.get(f"/promotions/?{wrong}", 422)


def test_the_list_is_paged_by_key_in_a_fixed_number_of_statements(groups: Groups, client: Client) -> None:
    cast = groups.cast
    groups.voting()
    mona = client.sign_in(cast.mona)
    counts = []
    for number in (3, 60):
        for index in range(number):
            person = cast.person(f"applicant{number}-{index}")
            db.session.add(Promotion(sig_id=cast.akg.id, user_id=person.id, role="member", nominated_by_id=person.id, statement="I.",
                                     nominated_at=clock.now(), stands_at=clock.now()))  # fmt: skip
        db.session.commit()
        with statements() as seen:
            page = text_of(mona, "/promotions/")
        counts.append(len(seen))
    assert counts[0] == counts[1] and 'rel="next"' in page
    following = page.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    assert "applicant3-0" in text_of(mona, f"/promotions/{following}").lower()


def test_a_promotions_page_takes_as_many_statements_with_many_electors(groups: Groups, client: Client) -> None:
    counts = []
    nils = client.sign_in(groups.cast.nils)
    for number, who in ((2, groups.cast.otto), (20, groups.cast.dora)):
        for index in range(number):
            person = groups.cast.person(f"elector{number}-{index}")
            groups.cast.member(person, groups.cast.ge, "committer", repository_id=groups.repository.id)
        made = groups.committer(who)
        with statements() as seen:
            nils.get(made.path)
        counts.append(len(seen))
    assert counts[0] == counts[1]


# -- roles ---------------------------------------------------------------------------------------------


def test_a_role_is_given_up_with_a_reason_and_stays_on_record(groups: Groups, client: Client) -> None:
    row = db.session.scalars(select(Membership).where(Membership.user_id == groups.cleo.id)).one()
    cleo = client.sign_in(groups.cleo)
    path = f"/sigs/akg/people/{row.id}/step-down"
    assert "Step down" in text_of(cleo, "/promotions/roles/")
    cleo.post(path, 422)
    cleo.post(path, reason="A new job.")
    assert "A new job." in text_of(cleo, "/promotions/roles/")
    cleo.post(path, 409, reason="Again.")
    ended = db.session.get_one(Membership, row.id)
    assert ended.until == clock.today() and db.session.get_one(RoleEnding, row.id).by_id == groups.cleo.id


def test_the_last_maintainer_doesnt_step_down(groups: Groups, client: Client) -> None:
    row = db.session.scalars(select(Membership).where(Membership.user_id == groups.cast.nils.id)).one()
    page = (
        client.sign_in(groups.cast.nils)
        .post(f"/sigs/ge/people/{row.id}/step-down", 409, reason="Tired.")
        .get_data(as_text=True)
    )
    assert "the only maintainer" in page


def test_a_maintainer_ends_a_role_with_a_reason(groups: Groups, client: Client) -> None:
    row = db.session.scalars(select(Membership).where(Membership.user_id == groups.cleo.id)).one()
    mona = client.sign_in(groups.cast.mona)
    assert f"people/{row.id}/end-role" in text_of(mona, "/sigs/akg/people")
    mona.post(f"/sigs/akg/people/{row.id}/end-role", 422)
    mona.post(f"/sigs/akg/people/{row.id}/end-role", 422, reason="Moved.", until="2020-01-01")
    mona.post(f"/sigs/akg/people/{row.id}/end-role", reason="Moved on, as agreed.")
    assert db.session.get_one(RoleEnding, row.id).by_id == groups.cast.mona.id


# -- who has become quiet ------------------------------------------------------------------------------


def test_the_report_names_who_is_quiet_by_the_rule(groups: Groups, client: Client) -> None:
    cast = groups.cast
    past = Meeting(sig_id=cast.akg.id, starts_at=clock.now() - dt.timedelta(days=20), time_zone="Asia/Shanghai",
                   created_at=clock.now(), organiser_id=cast.mona.id)  # fmt: skip
    db.session.add(past)
    db.session.flush()
    past.state = "held"
    young = cast.member(cast.otto, cast.akg, "maintainer")
    young.since = clock.today() - dt.timedelta(days=10)
    db.session.commit()
    mona = client.sign_in(cast.mona)
    transaction(lambda: service.choose_rule_set(cast.mona, cast.akg, rule_set=_set("cann-sig")))
    assert "The SIG meets." in text_of(mona, "/sigs/akg/inactivity")
    answer = mona.get("/sigs/akg/inactivity.csv").get_data(as_text=True).removeprefix("\ufeff")
    named = {row["handle"]: row["named_for"] for row in csv.DictReader(io.StringIO(answer))}
    assert named == {"max": "no_activity, no_meeting", "mona": "", "otto": ""}
    nils = Client(client.app).sign_in(cast.nils)
    assert "no meeting for too long" in text_of(nils, "/sigs/ge/inactivity")
    nils.get("/sigs/akg/inactivity", 403)


def _set(slug: str) -> Any:
    found = find_set(slug)
    assert found is not None
    return found


def test_without_rules_there_is_no_report(cast: Any, client: Client) -> None:
    client.sign_in(cast.mona).get("/sigs/akg/inactivity")
    client.get("/sigs/akg/inactivity.csv", 409)
    client.get("/sigs/akg/nominate")
    client.post("/sigs/akg/nominate", 422, user="dora", role="contributor", statement="x")


def test_who_belongs_to_a_sig_isnt_asked_to_become_a_member(groups: Groups, client: Client) -> None:
    for who, asked in ((None, True), (groups.cast.otto, True), (groups.cast.dora, False), (groups.cast.mona, False)):
        reader = Client(client.app)
        page = text_of(reader.sign_in(who) if who else reader, "/sigs/akg/")
        assert ("/sigs/akg/apply" in page) is asked


def test_what_happened_is_told_in_the_readers_language(groups: Groups, client: Client) -> None:
    made = groups.nominated()
    client.sign_in(groups.cast.mona)
    assert "AKG, Contributor" in text_of(client, made.path)
    groups.cast.mona.language = "zh"
    db.session.commit()
    page = text_of(client, made.path)
    assert "Contributor" not in page[page.index("<main") : page.index("</main>")]
