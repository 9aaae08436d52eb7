"""A new notice's mail follows its reader's choice."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.support.cast import Cast
from tests.support.statements import statements
from tracker.accounts import notice_choices
from tracker.accounts.models import User
from tracker.claims.models import Claim
from tracker.db import db, transaction
from tracker.errors import Refused
from tracker.events import Event, Notice, record
from tracker.events.kinds import ACCOUNT, CHOICES, CHOSEN, kind_of, state_for

#: An action of each kind that can be told of a claim.
ONE_OF_EACH = {kind_of(name): name for name in (
    "sig.member_added", "claim.approved", "claim.applied", "progress.commented", "meeting.confirmed",
    "proposal.accepted", "cycle.published", "reward.paid", "export.cancelled", "certificate.issued",
    "promotion.recommended",
)}  # fmt: skip


def choose(user: User, **choices: str) -> None:
    transaction(lambda: notice_choices.choose_notices(user, choices=choices))


def tell(cast: Cast, claim: Claim, kind: str, *people: User) -> None:
    """Something of ``kind`` happens to a claim, and ``people`` (dora) hear of it."""
    told = [person.id for person in people or (cast.dora,)]
    transaction(lambda: record(cast.mona, ONE_OF_EACH[kind], claim, tell=told, person_id=told[0], holder_id=told[0]))


def states_of(user: User) -> list[str]:
    db.session.expire_all()
    return list(db.session.scalars(select(Notice.mail).where(Notice.user_id == user.id).order_by(Notice.id)))


@pytest.fixture
def claim(cast: Cast) -> Claim:
    return cast.make_claim(cast.dora, state="active")


def test_there_is_an_action_of_each_kind() -> None:
    assert set(ONE_OF_EACH) == {*CHOSEN, ACCOUNT}


@pytest.mark.parametrize("kind", CHOSEN)
@pytest.mark.parametrize("choice", CHOICES)
def test_the_mail_of_a_kind_begins_as_its_reader_chose(cast: Cast, claim: Claim, kind: str, choice: str) -> None:
    other = CHOSEN[CHOSEN.index(kind) - 1]
    choose(cast.dora, **{kind: choice})
    tell(cast, claim, kind)
    tell(cast, claim, other)
    tell(cast, claim, ACCOUNT)
    assert states_of(cast.dora) == [CHOICES[choice], "queued", "queued"]


def test_each_of_those_told_gets_it_as_they_chose_and_all_find_it_in_the_app(cast: Cast, claim: Claim) -> None:
    choose(cast.dora, claims="off")
    choose(cast.otto, claims="daily")
    tell(cast, claim, "claims", cast.dora, cast.otto, cast.nils)
    assert [states_of(person) for person in (cast.dora, cast.otto, cast.nils)] == [["none"], ["digest"], ["queued"]]
    assert db.session.scalars(select(Notice.read_at)).all() == [None, None, None]


def test_the_choices_of_all_who_are_told_take_one_statement(cast: Cast, claim: Claim) -> None:
    def asked(*people: User) -> int:
        with statements(of="notice_choice") as seen:
            transaction(lambda: [tell_two(person) for person in people])
        return len(seen)

    def tell_two(person: User) -> None:
        for kind in ("claims", "rewards"):
            record(cast.mona, ONE_OF_EACH[kind], claim, tell=[person.id], holder_id=person.id)

    assert asked(cast.dora) == asked(cast.dora, cast.otto, cast.nils, cast.max) == 1
    with statements(of="notice_choice") as seen:
        transaction(lambda: record(cast.dora, "sig.edited", cast.akg))
    assert seen == [], "nobody is told"


def test_what_concerns_the_account_always_goes_at_once() -> None:
    assert state_for("account.reset_requested", {ACCOUNT: "off"}, inbox=False) == "queued"
    assert state_for("sig.member_added", {ACCOUNT: "off"}) == "queued"


def test_switching_a_kind_off_drops_what_waits_and_leaves_the_others(cast: Cast, claim: Claim) -> None:
    choose(cast.dora, claims="daily", rewards="daily")
    for kind in ("claims", "rewards", "progress"):
        tell(cast, claim, kind)
    assert states_of(cast.dora) == ["digest", "digest", "queued"]
    choose(cast.dora, claims="off", progress="off")
    assert states_of(cast.dora) == ["none", "digest", "none"]


def test_what_is_being_sent_while_a_kind_is_switched_off_goes(cast: Cast, claim: Claim) -> None:
    tell(cast, claim, "claims")
    db.session.scalars(select(Notice).where(Notice.user_id == cast.dora.id)).one().mail = "sending"
    db.session.commit()
    choose(cast.dora, claims="off")
    assert states_of(cast.dora) == ["sending"]


def test_what_waits_for_a_digest_goes_with_it_though_mail_at_once_is_chosen_meanwhile(cast: Cast, claim: Claim) -> None:
    choose(cast.dora, claims="daily")
    tell(cast, claim, "claims")
    choose(cast.dora, claims="at_once")
    tell(cast, claim, "claims")
    assert states_of(cast.dora) == ["digest", "queued"]


def test_choosing_is_noted_once_and_choosing_the_same_again_is_not(cast: Cast) -> None:
    choose(cast.dora, claims="daily", rewards="at_once")
    choose(cast.dora, claims="daily")
    events = db.session.scalars(select(Event).where(Event.name == "account.notices_chosen")).all()
    assert [(event.actor_id, event.facts["choices"]) for event in events] == [(cast.dora.id, {"claims": "daily"})]


@pytest.mark.parametrize("choices", [{"account": "off"}, {"weather": "daily"}, {"claims": "hourly"}])
def test_it_refuses_kinds_and_choices_that_there_are_not(cast: Cast, choices: dict[str, str]) -> None:
    with pytest.raises(Refused, match="Choose for each kind"):
        choose(cast.dora, **choices)
