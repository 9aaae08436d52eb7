"""Who erases which account, and while what is open it isn't."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from tests.erasure.conftest import PASSWORD, do, erase, events, refused, with_password
from tests.rewards.lines import cancel, paid_anew, pay, returned
from tests.support.cast import Cast
from tracker import clock
from tracker.accounts import service as accounts
from tracker.accounts import signing_in
from tracker.accounts.models import User
from tracker.accounts.queries import find_user, people
from tracker.activities.models import Speaker
from tracker.appeals.models import Appeal
from tracker.batches import service as batches
from tracker.dashboard.queries import queue
from tracker.db import db, transaction
from tracker.erasure import queries, service
from tracker.errors import Forbidden, Refused
from tracker.events import record
from tracker.events.models import Notice
from tracker.handovers.models import HandOver
from tracker.meetings.models import Meeting
from tracker.payees.queries import needed_for_payments
from tracker.promotions.models import Promotion
from tracker.reports.models import InternshipReport
from tracker.rewards.models import Reward
from tracker.rewards.proposals import acceptors
from tracker.sigs import service as sigs

# -- one's own ------------------------------------------------------------------------------------


def test_an_account_is_left_with_nothing(cast: Cast) -> None:
    dora = erase(with_password(cast.dora))
    db.session.expire_all()
    assert (dora.handle, dora.email, dora.display_name) == (f"erased-{dora.id}", "", "erased account")
    assert dora.erased_at is not None and dora.suspended_at is not None and dora.password_hash == ""
    assert find_user("dora") is None and find_user("dora@example.org") is None
    assert dora.id not in [row.id for row in db.session.execute(people())]
    assert db.session.scalars(select(Notice).where(Notice.user_id == dora.id)).all() == []


@pytest.mark.parametrize(
    ("typed", "field"),
    [({"handle": "otto"}, "handle"), ({"handle": "dora@example.org"}, "handle"), ({"password": "wrong"}, "password")],
)
def test_handle_and_password_are_asked(cast: Cast, typed: dict[str, str], field: str) -> None:
    given = {"handle": "dora", "password": PASSWORD, **typed}
    assert refused(service.erase_account, with_password(cast.dora), **given)[1] == field
    assert cast.dora.erased_at is None and events("account.erased") == []


def test_an_account_without_a_password_can_not_be_erased_by_an_empty_one(cast: Cast) -> None:
    assert refused(service.erase_account, cast.dora, handle="dora", password="")[1] == "password"


def test_the_handle_may_be_spelled_otherwise(cast: Cast) -> None:
    erase(with_password(cast.dora), handle=" ＤORA ")
    assert cast.dora.erased_at is not None


def test_the_only_administrator_stays(cast: Cast) -> None:
    said, _ = refused(service.erase_account, with_password(cast.admin), handle="admin", password=PASSWORD)
    assert "only administrator" in said
    other = cast.person("other", is_admin=True, suspended_at=clock.now())
    assert "only administrator" in refused(service.erase_account, cast.admin, handle="admin", password=PASSWORD)[0]
    other.suspended_at = None
    erase(cast.admin)
    assert not cast.admin.is_admin


# -- by an administrator --------------------------------------------------------------------------


def test_an_administrator_does_it_for_who_asked(cast: Cast) -> None:
    do(service.erase_person, cast.admin, cast.dora, handle="dora", reason="asked_in_writing")
    [event] = events("account.erased")
    assert (event.actor_id, event.subject_id, event.facts["reason_code"]) == (
        cast.admin.id,
        cast.dora.id,
        "asked_in_writing",
    )
    assert "was erased" in refused(accounts.restore, cast.admin, cast.dora)[0]
    assert (
        "was erased" in refused(service.erase_person, cast.admin, cast.dora, handle=cast.dora.handle, reason="died")[0]
    )


@pytest.mark.parametrize("who", ["dora", "otto", "mona", "fay"])
def test_nobody_else_does(cast: Cast, who: str) -> None:
    with pytest.raises(Forbidden):
        do(service.erase_person, getattr(cast, who), cast.dora, handle="dora", reason="asked_in_writing")


def test_an_administrator_erases_no_administrator(cast: Cast) -> None:
    other = cast.person("other", is_admin=True)
    for person in (other, cast.admin):
        assert refused(service.erase_person, cast.admin, person, handle=person.handle, reason="died")[1] is None
        assert person.erased_at is None


def test_somebody_suspended_is_erased_too(cast: Cast) -> None:
    since = clock.now() - dt.timedelta(days=9)
    cast.dora.suspended_at = since
    do(service.erase_person, cast.admin, cast.dora, handle="dora", reason="asked_in_writing")
    assert cast.dora.suspended_at == since


# -- while something is open ----------------------------------------------------------------------


def _reward(cast: Cast, user: User, *, thing: bool = False) -> Reward:
    line = Reward(
        sig_id=cast.akg.id, programme_id=cast.programme.id, user_id=user.id, kind="prize", state="proposed", description="A board",
        amount=None if thing else 50000, currency="" if thing else "CNY", proposed_by_id=cast.mona.id, proposed_at=clock.now(),
        acceptors=acceptors([cast.nils.id]), quarter=cast.cycle.quarter, month="2026-11",
    )  # fmt: skip
    db.session.add(line)
    db.session.flush()
    return line


def _approved(cast: Cast, user: User, *, thing: bool = False) -> Reward:
    line = _reward(cast, user, thing=thing)
    line.approved_by_id, line.approved_at, line.approved_amount, line.state = (
        cast.max.id,
        clock.now(),
        line.amount,
        "approved",
    )
    db.session.commit()
    return line


def _meeting(cast: Cast, **columns: object) -> Meeting:
    meeting = Meeting(
        sig_id=cast.akg.id, starts_at=clock.now() + dt.timedelta(days=3), time_zone="Asia/Shanghai", created_at=clock.now(), **columns
    )  # fmt: skip
    db.session.add(meeting)
    db.session.flush()
    return meeting


def _hand_over(cast: Cast, user: User) -> None:
    claim = cast.make_claim(cast.otto, state="active")
    db.session.add(HandOver(claim_id=claim.id, user_id=user.id, offered_at=clock.now()))


def _appeal(cast: Cast, user: User) -> None:
    now, claim = clock.now(), cast.make_claim(user, state="failed", reason="Slow.")
    db.session.add(Appeal(claim_id=claim.id, text="No.", made_at=now, answer_by=now, failed_by_id=cast.nils.id))


def _report(cast: Cast, user: User) -> None:
    now = clock.now()
    report = InternshipReport(
        user_id=user.id, programme_id=cast.programme.id, created_at=now, edited_at=now, state_since=now
    )
    db.session.add(report)
    db.session.flush()
    report.newest = 1
    db.session.flush()
    report.state, report.answer_by = "handed_in", now


def _promotion(cast: Cast, user: User) -> None:
    db.session.add(
        Promotion(sig_id=cast.akg.id, user_id=user.id, role="member", nominated_by_id=user.id, nominated_at=clock.now(), statement="Hi.")
    )  # fmt: skip


def _talk(cast: Cast, user: User) -> None:
    about = {"meeting_id": _meeting(cast).id, "topic": "Fusion", "created_at": clock.now()}
    db.session.add(Speaker(**about, user_id=user.id, name="Dora"))


def _batch(cast: Cast, user: User) -> None:
    user.is_finance = True
    line = _approved(cast, cast.otto)
    do(batches.freeze_batch, user, lines={line.id: line.version}, count=1, amount=50000, currency="CNY")


def _came_back(cast: Cast, user: User) -> Reward:
    return returned(cast.fay, pay(cast.fay, _approved(cast, user)))


#: Kind → what makes it, for the person.
MAKING: dict[str, Callable[[Cast, User], object]] = {
    "claim": lambda cast, user: cast.make_claim(user, state="active"),
    "hand_over": _hand_over,
    "appeal": _appeal,
    "report": _report,
    "promotion": _promotion,
    "maintainer": lambda cast, user: cast.member(user, cast.ge, "maintainer") and setattr(cast.nils, "suspended_at", clock.now()),
    "mentor": lambda cast, user: cast.make_task(mentors=[user]),
    "meeting": lambda cast, user: _meeting(cast, vice_organiser_id=user.id),
    "talk": _talk,
    "reward": lambda cast, user: _approved(cast, user, thing=True),
    "batch": _batch,
}  # fmt: skip


@pytest.mark.parametrize("kind", MAKING)
def test_it_waits_for_what_is_open(cast: Cast, kind: str) -> None:
    MAKING[kind](cast, cast.dora)
    db.session.commit()
    [found] = queries.open_things(cast.dora.id)
    assert found.kind == kind and str(found.label) and found.path.startswith("/")
    assert "still open" in refused(service.erase_account, with_password(cast.dora), handle="dora", password=PASSWORD)[0]
    said, _ = refused(service.erase_person, cast.admin, cast.dora, handle="dora", reason="asked_in_writing")
    assert "still open" in said and cast.dora.erased_at is None


def test_money_that_came_back_is_open_until_it_is_paid_anew_or_given_up(cast: Cast) -> None:
    line = _came_back(cast, with_password(cast.dora))
    assert [found.path for found in queries.open_things(cast.dora.id)] == [line.path]
    assert "still open" in refused(service.erase_account, cast.dora, handle="dora", password=PASSWORD)[0]
    again = paid_anew(cast.mona, line)
    assert [found.path for found in queries.open_things(cast.dora.id)] == [again.path]
    cancel(cast.mona, again, "The bank closed the account, and no other is known")
    assert queries.open_things(cast.dora.id) == []
    erase(cast.dora)
    assert queue(cast.fay, clock.now()).total == 0  # nobody is asked to pay it anew
    assert needed_for_payments(cast.dora.id).on_the_way == 0


@pytest.mark.parametrize("state", ["applied", "waiting", "design_review", "submitted", "changes_requested"])
def test_every_claim_that_goes_on_is_open(cast: Cast, state: str) -> None:
    cast.make_claim(cast.dora, state=state)
    assert [found.kind for found in queries.open_things(cast.dora.id)] == ["claim"]


def test_what_is_over_or_others_can_do_is_not(cast: Cast) -> None:
    for state in ("accepted", "released"):
        cast.make_claim(cast.dora, cast.make_task(), state=state)
    cast.member(cast.dora, cast.akg, "maintainer")
    cast.make_task(mentors=[cast.dora, cast.nils])
    cast.make_task(mentors=[cast.dora], state="draft")
    past = _meeting(cast, organiser_id=cast.dora.id)
    past.starts_at = clock.now() - dt.timedelta(days=3)
    db.session.commit()
    assert queries.open_things(cast.dora.id) == []
    erase(with_password(cast.dora))


def test_roles_end_today(cast: Cast) -> None:
    old, later = cast.member(cast.dora, cast.akg, "member"), cast.member(cast.dora, cast.ge, "member")
    later.since = clock.today() + dt.timedelta(days=9)
    erase(with_password(cast.dora))
    db.session.expire_all()
    assert (old.until, later.until) == (clock.today(), later.since)


# -- afterwards -----------------------------------------------------------------------------------


@pytest.fixture
def erased(cast: Cast) -> User:
    return erase(with_password(cast.dora))


def test_it_can_not_sign_in(cast: Cast, erased: User, app: object) -> None:
    settings = app.extensions["settings"]  # type: ignore[attr-defined]
    for name in ("dora", erased.handle, "dora@example.org"):
        tried = do(signing_in.begin, handle=name, address="192.0.2.1", settings=settings)
        assert not tried.fits(PASSWORD) and not tried.fits("")
    do(accounts.request_reset, cast.otto, handle=erased.handle)
    assert events("account.reset_requested") == []


def test_it_is_told_nothing(cast: Cast, erased: User) -> None:
    claim = cast.make_claim(cast.otto, state="active")
    transaction(
        lambda: record(cast.mona, "claim.approved", claim, tell=[erased.id, cast.otto.id], holder_id=cast.otto.id)
    )
    assert erased.id not in set(db.session.scalars(select(Notice.user_id)))
    assert cast.otto.id in set(db.session.scalars(select(Notice.user_id)))


def test_nothing_of_it_is_changed(cast: Cast, erased: User) -> None:
    for step, facts in (
        (accounts.restore, {}), (accounts.suspend, {"reason": "Once more."}), (accounts.set_roles, {"is_admin": True, "is_finance": False}),
    ):  # fmt: skip
        assert "was erased" in refused(step, cast.admin, erased, **facts)[0]
    said, _ = refused(sigs.add_member, cast.mona, cast.akg, user=erased, role="member")
    assert "was erased" in said


def test_nobody_else_has_such_a_handle(cast: Cast) -> None:
    typed = {"display_name": "X", "email": "x@example.org", "password": "four unrelated words"}
    for handle in ("erased-77", "Erased-me"):
        with pytest.raises(Refused, match="kept for the site"):
            transaction(lambda handle=handle: accounts.register(cast.otto, handle=handle, **typed))  # type: ignore[misc]
        with pytest.raises(Refused, match="kept for the site"):
            transaction(lambda handle=handle: accounts.create_user(cast.admin, handle=handle, email="x@example.org"))  # type: ignore[misc]


# -- the database ---------------------------------------------------------------------------------


def _says_no(sql: str, **facts: object) -> str:
    with pytest.raises(DBAPIError) as caught, db.session.begin_nested():
        db.session.execute(text(sql), facts)
    return str(caught.value.orig)


@pytest.mark.parametrize(
    "change",
    ["email = 'dora@example.org'", "display_name = 'Dora'", "password_hash = 'x'", "suspended_at = NULL", "erased_at = NULL",
     "handle = 'dora'", "is_admin = TRUE"],
)  # fmt: skip
def test_the_database_keeps_it_erased(erased: User, change: str) -> None:
    assert "user_account_erased_for_good" in _says_no(f"UPDATE user_account SET {change} WHERE id = :id", id=erased.id)


@pytest.mark.parametrize(
    "left", ["email = 'x@example.org'", "display_name = 'Dora'", "handle_key = 'dora'", "is_finance = TRUE"]
)
def test_the_database_takes_no_erasure_that_leaves_something(cast: Cast, left: str) -> None:
    wanted = {
        "handle": "'erased-' || CAST(id AS VARCHAR(20))", "handle_key": "'erased-' || CAST(id AS VARCHAR(20))",
        "email_key": "'erased-' || CAST(id AS VARCHAR(20))", "email": "''", "display_name": "'erased account'", "affiliation": "''",
        "language": "''", "password_hash": "''", "email_verified_at": "NULL", "suspended_at": "created_at", "is_admin": "FALSE",
        "is_finance": "FALSE", "in_ranking": "FALSE", "in_hall": "FALSE", "erased_at": "created_at",
    }  # fmt: skip
    column, _, value = left.partition(" = ")
    changes = ", ".join(f"{name} = {said}" for name, said in {**wanted, column: value}.items())
    said = _says_no(f"UPDATE user_account SET {changes} WHERE id = :id", id=cast.dora.id)
    assert "ck_user_account_nothing_left" in said
    whole = ", ".join(f"{name} = {said}" for name, said in wanted.items())
    db.session.execute(text(f"UPDATE user_account SET {whole} WHERE id = :id"), {"id": cast.dora.id})


@pytest.mark.parametrize("make", [MAKING["claim"], MAKING["reward"], _came_back])
def test_the_database_erases_nobody_with_something_open(cast: Cast, make: Callable[[Cast, User], object]) -> None:
    make(cast, cast.dora)
    db.session.commit()
    assert "user_account_erased_open" in _says_no(
        "UPDATE user_account SET erased_at = created_at WHERE id = :id", id=cast.dora.id
    )


def test_a_claim_of_an_erased_account_is_not_taken_up_again(cast: Cast) -> None:
    claim = cast.make_claim(cast.dora, state="failed", reason="Slow.")
    erase(with_password(cast.dora))
    sql = "UPDATE claim SET state = 'changes_requested', seat_no = 1, hold_no = 1 WHERE id = :id"
    assert "claim_of_erased" in _says_no(sql, id=claim.id)


def test_the_database_gives_an_erased_account_nothing(cast: Cast, erased: User) -> None:
    for sql in (
        "INSERT INTO follower (user_id, sig_id) VALUES (:id, :sig)",
        "INSERT INTO forge_account (user_id, forge, handle) VALUES (:id, 'gitee', 'dora')",
        "INSERT INTO task_mentor (user_id, task_id) VALUES (:id, :task)",
        "INSERT INTO notice_choice (user_id, kind, mail) VALUES (:id, 'claims', 'off')",
    ):
        assert "_of_erased" in _says_no(sql, id=erased.id, sig=cast.akg.id, task=cast.task.id)
