"""What the person and finance do: taken, refused, forbidden, stale; each step in the diary, none of what is sealed."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from tests.payees.conftest import AGREEMENT, DATA, FIRST, LAST, contract_for, events, exclude, give, recipient
from tests.rewards.lines import accepted, approve, propose
from tests.support.cast import Cast
from tracker import clock
from tracker.db import db, transaction
from tracker.errors import Forbidden, Missing, Refused
from tracker.events.models import Notice
from tracker.payees import queries, service
from tracker.payees.models import Contract, Payee, PayeeLook, PayExclusion
from tracker.payees.secrets import PayeeData, agreement_of, dates_of, opened
from tracker.permissions import ANYBODY, SYSTEM
from tracker.programmes.months import month_of
from tracker.settlements.queries import people
from tracker.settlements.service import preview


def told(event: Any) -> list[int]:
    return list(db.session.scalars(select(Notice.user_id).where(Notice.event_id == event.id)))


def looks(user: Any) -> list[tuple[int, str, str]]:
    rows = db.session.scalars(select(PayeeLook).where(PayeeLook.user_id == user.id).order_by(PayeeLook.id))
    return [(row.looker_id, row.kind, row.reason) for row in rows]


# -- payee data -----------------------------------------------------------------------------------


def test_a_person_gives_and_changes_payee_data(cast: Cast) -> None:
    payee = give(cast.dora, id_number=" 110105 19491231 002x", account="6200-0000-0000-0005")
    assert opened(payee) == PayeeData(**DATA) and payee.version == 1
    payee = give(cast.dora, version=1, account="12345678")
    assert opened(payee).account == "12345678" and payee.version == 2
    first, second = events("payee.changed")
    # Also who did it is told: it may have been somebody else with their session.
    assert told(first) == told(second) == [cast.dora.id]
    assert first.facts == {"person_id": cast.dora.id, "thing": "payee data", "path": "/account/payee"}


@pytest.mark.parametrize(
    ("field", "value"),
    [("legal_name", "1"), ("id_number", "110105194912310021"), ("bank", "-"), ("account", "123"), ("account", "DE88370400440532013000")],
)  # fmt: skip
def test_what_can_not_be_right_is_refused_at_its_field(cast: Cast, field: str, value: str) -> None:
    with pytest.raises(Refused) as refused:
        give(cast.dora, **{field: value})
    assert refused.value.field == field and value not in str(refused.value.message).split()
    assert queries.find_payee(cast.dora.id) is None


def test_a_page_that_is_stale_changes_nothing(cast: Cast) -> None:
    give(cast.dora)
    for version in (0, 2):
        with pytest.raises(Refused, match="meanwhile"):
            give(cast.dora, version=version, account="12345678")
    assert opened(db.session.get_one(Payee, cast.dora.id)).account == DATA["account"]


def test_nobody_gives_data_without_an_account(cast: Cast) -> None:
    for nobody in (ANYBODY, SYSTEM):
        for step in (lambda who: give(who), lambda who: transaction(lambda: service.ask_purge(who)), lambda who: transaction(lambda: service.take_back_purge(who))):  # fmt: skip
            with pytest.raises(Forbidden):
                step(nobody)


# -- looks ----------------------------------------------------------------------------------------


def test_finance_looks_with_a_reason_and_the_person_is_told(cast: Cast) -> None:
    give(cast.dora)
    contract_for(cast, cast.dora)
    who, programme = recipient(cast.dora), cast.programme
    assert transaction(lambda: service.look_at_payee(cast.fay, who, reason="First  payment")) == PayeeData(**DATA)
    assert (
        transaction(lambda: service.look_at_contract(cast.fay, who, programme, reason="When it ends")).ends_on == LAST
    )
    assert transaction(lambda: service.look_at_agreement(cast.finn, who, programme, reason="Is it signed")) == AGREEMENT
    assert looks(cast.dora) == [
        (cast.fay.id, "payee", "First payment"), (cast.fay.id, "contract", "When it ends"),
        (cast.finn.id, "agreement", "Is it signed"),
    ]  # fmt: skip
    for event in [*events("payee.looked"), *events("contract.looked")]:
        assert told(event) == [cast.dora.id] and event.facts["reason"] in {look[2] for look in looks(cast.dora)}


@pytest.mark.parametrize("reason", ["", "   ", "abcd", "x" * 301, "is it 6200 0000 0000 0005", "王小明!"])
def test_without_a_reason_that_will_do_nothing_is_opened(cast: Cast, reason: str) -> None:
    give(cast.dora)
    with pytest.raises(Refused) as refused:
        transaction(lambda: service.look_at_payee(cast.fay, recipient(cast.dora), reason=reason))
    assert refused.value.field == "reason" and looks(cast.dora) == []


def test_there_is_nothing_to_look_at(cast: Cast) -> None:
    who, programme = recipient(cast.dora), cast.programme
    with pytest.raises(Refused, match="no payee data"):
        transaction(lambda: service.look_at_payee(cast.fay, who, reason="First payment"))
    for look in (service.look_at_contract, service.look_at_agreement):
        with pytest.raises(Missing):
            transaction(lambda look=look: look(cast.fay, who, programme, reason="First payment"))
    contract_for(cast, cast.dora, agreement=None)
    with pytest.raises(Refused, match="No signed agreement"):
        transaction(lambda: service.look_at_agreement(cast.fay, who, programme, reason="First payment"))
    assert looks(cast.dora) == []


def test_nobody_but_finance_looks_or_edits_and_nobody_their_own(cast: Cast) -> None:
    for user in (cast.dora, cast.fay):
        give(user)
    contract_for(cast, cast.dora)
    out = exclude(cast, cast.dora)
    who, programme = recipient(cast.dora), cast.programme
    new = {"starts_on": FIRST, "ends_on": None, "agreement": None, "version": 1}
    note = {"programme": programme, "kind": "employee", "note": "", "since": FIRST, "until": None}
    for actor in (ANYBODY, SYSTEM, cast.dora, cast.otto, cast.mona, cast.admin):
        for step in (
            lambda a: service.look_at_payee(a, who, reason="First payment"),
            lambda a: service.look_at_contract(a, who, programme, reason="First payment"),
            lambda a: service.look_at_agreement(a, who, programme, reason="First payment"),
            lambda a: service.edit_contract(a, who, programme, **new),
            lambda a: service.remove_contract(a, who, programme, reason="By mistake", version=1),
            lambda a: service.add_exclusion(a, who, **note),
            lambda a: service.end_exclusion(a, out, until=LAST),
        ):
            with pytest.raises(Forbidden):
                transaction(lambda step=step, actor=actor: step(actor))
    own = recipient(cast.fay)
    for step in (
        lambda: service.look_at_payee(cast.fay, own, reason="First payment"),
        lambda: service.edit_contract(cast.fay, own, programme, **new),
        lambda: service.add_exclusion(cast.fay, own, **note),
    ):
        with pytest.raises(Forbidden):
            transaction(step)
    assert db.session.query(PayeeLook).count() == 0


def test_looks_stay_as_they_are_and_have_a_reason(cast: Cast) -> None:
    give(cast.dora)
    transaction(lambda: service.look_at_payee(cast.fay, recipient(cast.dora), reason="First payment"))
    for statement in (update(PayeeLook).values(reason="Other reason"), delete(PayeeLook)):
        with pytest.raises(Exception, match="payee_look_append_only"), db.session.begin_nested():
            db.session.execute(statement)
    row = {"user_id": cast.dora.id, "looker_id": cast.fay.id, "at": clock.now(), "kind": "payee"}
    with pytest.raises(IntegrityError, match="with_reason"), db.session.begin_nested():
        db.session.execute(insert(PayeeLook).values(**row, reason="why"))


# -- contracts ------------------------------------------------------------------------------------


def test_a_contract_is_entered_and_entered_anew(cast: Cast) -> None:
    contract = contract_for(cast, cast.dora)
    assert (dates_of(contract).starts_on, dates_of(contract).ends_on) == (FIRST, LAST)
    assert agreement_of(contract) == AGREEMENT and contract.agreement_at is not None
    contract = contract_for(cast, cast.dora, version=1, ends_on=None, agreement=None)
    assert dates_of(contract).ends_on is None and agreement_of(contract) == AGREEMENT and contract.version == 2
    assert queries.contract_ends(cast.programme.id) == {}
    contract_for(cast, cast.dora, version=2)
    contract_for(cast, cast.otto, ends_on=FIRST)
    assert queries.contract_ends(cast.programme.id) == {cast.dora.id: LAST, cast.otto.id: FIRST}
    assert queries.contract_ends(cast.programme.id, cast.otto.id) == {cast.otto.id: FIRST}
    first = events("contract.edited")[0]
    assert told(first) == [cast.dora.id] and "2026" not in str(first.facts) and "2027" not in str(first.facts)


def test_a_contract_that_can_not_be_is_refused_at_its_field(cast: Cast) -> None:
    for typed, field in (
        ({"ends_on": FIRST - dt.timedelta(days=1)}, "ends_on"),
        ({"agreement": b"<html></html>"}, "agreement"),
        ({"agreement": b"%PDF-1.4" + b"\0" * 2_000_000}, "agreement"),
    ):
        with pytest.raises(Refused) as refused:
            contract_for(cast, cast.dora, **typed)
        assert refused.value.field == field
    assert queries.contracts_of(cast.dora.id) == []


def test_a_stale_contract_page_changes_nothing(cast: Cast) -> None:
    contract_for(cast, cast.dora)
    for version in (0, 2):
        with pytest.raises(Refused, match="since you opened"):
            contract_for(cast, cast.dora, version=version, ends_on=None)
    who, programme = recipient(cast.dora), cast.programme
    with pytest.raises(Refused, match="since you opened"):
        transaction(lambda: service.remove_contract(cast.fay, who, programme, reason="By mistake", version=2))
    assert queries.contract_ends(cast.programme.id) == {cast.dora.id: LAST}


def test_a_contract_entered_by_mistake_is_taken_back(cast: Cast) -> None:
    contract_for(cast, cast.dora)
    who, programme = recipient(cast.dora), cast.programme
    with pytest.raises(Refused):
        transaction(lambda: service.remove_contract(cast.fay, who, programme, reason="?", version=1))
    transaction(lambda: service.remove_contract(cast.fay, who, programme, reason="Meant for Otto", version=1))
    assert queries.contracts_of(cast.dora.id) == []
    [event] = events("contract.removed")
    assert told(event) == [cast.dora.id] and event.facts["reason"] == "Meant for Otto"
    with pytest.raises(Missing):
        transaction(lambda: service.remove_contract(cast.fay, who, programme, reason="Meant for Otto", version=1))


def test_the_database_knows_whether_there_is_an_agreement(cast: Cast) -> None:
    contract_for(cast, cast.dora)
    with pytest.raises(IntegrityError, match="agreement_has_a_day"), db.session.begin_nested():
        db.session.execute(update(Contract).values(agreement_at=None))


# -- exclusions -----------------------------------------------------------------------------------


def test_a_person_is_excluded_and_told_why(cast: Cast) -> None:
    out = exclude(cast, cast.dora, kind="other", note="Paid by the university")
    assert queries.exclusions_on(cast.programme.id, FIRST) == {cast.dora.id: "other"}
    assert queries.exclusions_on(cast.programme.id, FIRST - dt.timedelta(days=1)) == {}
    ended = transaction(lambda: service.end_exclusion(cast.finn, out, until=LAST))
    assert ended.holds_on(LAST) and not ended.holds_on(LAST + dt.timedelta(days=1))
    added, over = events("exclusion.added")[0], events("exclusion.ended")[0]
    assert told(added) == told(over) == [cast.dora.id]
    assert added.facts["reason"] == over.facts["reason"] == "Paid by the university"
    assert "reason" not in _event_of(exclude(cast, cast.otto)).facts


def _event_of(exclusion: PayExclusion) -> Any:
    [found] = [event for event in events("exclusion.added") if event.subject_id == exclusion.id]
    assert found.facts["reason_code"] == exclusion.kind
    return found


def test_the_settlement_leaves_out_who_is_excluded(cast: Cast) -> None:
    accepted(cast)
    month = month_of(clock.now(), "Asia/Shanghai")
    [before] = people(cast.programme, month, cast.rules.scheme)
    exclude(cast, cast.dora, since=dt.date(2026, 1, 1))
    [after] = people(cast.programme, month, cast.rules.scheme)
    assert (before.excluded, after.excluded) == ("", "employee")


def test_a_contract_that_can_not_be_opened_refuses_the_settlement_in_words(cast: Cast) -> None:
    accepted(cast)
    month = month_of(clock.now(), "Asia/Shanghai")
    cast.rules.wage_scheme, cast.rules.wage = "steps", {"rate": 5000, "step": 40, "cap": 120}
    db.session.commit()
    contract_for(cast, cast.dora)
    db.session.execute(update(Contract).values(sealed="gAAAA"))
    db.session.commit()
    with clock.pretend(clock.now() + dt.timedelta(days=40)), pytest.raises(Refused, match="tracker doctor"):
        preview(cast.programme, month)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"kind": "other", "note": "  "}, "note"),
        ({"until": FIRST - dt.timedelta(days=1)}, "until"),
        ({"since": FIRST + dt.timedelta(days=9)}, "since"),
        ({"since": FIRST - dt.timedelta(days=9)}, "since"),
        ({"since": FIRST - dt.timedelta(days=9), "until": FIRST}, "since"),
    ],
)
def test_an_exclusion_that_can_not_be_is_refused_at_its_field(cast: Cast, typed: dict[str, Any], field: str) -> None:
    exclude(cast, cast.dora)
    with pytest.raises(Refused) as refused:
        exclude(cast, cast.dora, **typed)
    assert refused.value.field == field
    exclude(cast, cast.dora, since=FIRST - dt.timedelta(days=9), until=FIRST - dt.timedelta(days=1))


def test_an_exclusion_ends_once(cast: Cast) -> None:
    out = exclude(cast, cast.dora)
    with pytest.raises(Refused) as refused:
        transaction(lambda: service.end_exclusion(cast.fay, out, until=FIRST - dt.timedelta(days=1)))
    assert refused.value.field == "until"
    transaction(lambda: service.end_exclusion(cast.fay, out, until=FIRST))
    with pytest.raises(Refused, match="already"):
        transaction(lambda: service.end_exclusion(cast.fay, out, until=LAST))


def test_an_exclusion_does_not_grow_over_another(cast: Cast) -> None:
    soon = clock.today() + dt.timedelta(days=5)
    out = exclude(cast, cast.dora, until=soon)
    exclude(cast, cast.dora, since=soon + dt.timedelta(days=10))
    with pytest.raises(Refused) as refused:
        transaction(lambda: service.end_exclusion(cast.fay, out, until=soon + dt.timedelta(days=10)))
    assert refused.value.field == "until"


def test_the_database_keeps_exclusions_as_they_were_noted(cast: Cast) -> None:
    exclude(cast, cast.dora)
    for statement, says in (
        (update(PayExclusion).values(note="Other"), "pay_exclusion_frozen"),
        (update(PayExclusion).values(since=LAST), "pay_exclusion_frozen"),
        (delete(PayExclusion), "pay_exclusion_never_deleted"),
        (update(PayExclusion).values(until=FIRST - dt.timedelta(days=1)), "dates_in_order"),
    ):
        with pytest.raises(Exception, match=says), db.session.begin_nested():
            db.session.execute(statement)
    row = {"user_id": cast.dora.id, "programme_id": cast.programme.id, "set_by_id": cast.fay.id, "set_at": clock.now()}
    for more in ({"since": LAST, "kind": "employee"}, {"since": LAST, "until": LAST, "kind": "other"}):
        with pytest.raises(IntegrityError), db.session.begin_nested():
            db.session.execute(insert(PayExclusion).values(**row, note="", **more))


# -- who lacks data -------------------------------------------------------------------------------


def test_money_on_the_way_without_data_is_noticed(cast: Cast) -> None:
    assert not queries.lacks_payee_data(cast.dora.id)
    approve(cast.max, propose(cast))
    assert queries.lacks_payee_data(cast.dora.id)
    give(cast.dora)
    assert not queries.lacks_payee_data(cast.dora.id)
