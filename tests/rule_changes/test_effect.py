"""What other rules come to over the ledger: the months that aren't settled, and what if."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest

from tests.erasure.conftest import erase, with_password
from tests.programmes.tables import MINDSPORE, OPENEULER, steps, tiers
from tests.rule_changes.conftest import DECEMBER, HIGHER, NOW, approve, changed, earn, propose, settle
from tests.rule_changes.test_pages import NEW, SENT, asked, said
from tests.support.cast import Cast
from tests.support.client import Client
from tests.support.statements import statements
from tracker import clock
from tracker.db import db
from tracker.errors import Refused
from tracker.payees.models import Contract, PayExclusion
from tracker.payees.secrets import Dates, put_dates
from tracker.programmes.models import Agreement
from tracker.programmes.wages import Scheme
from tracker.rewards.models import Reward
from tracker.rule_changes.queries import effect, what_if
from tracker.rule_changes.simulation import Comparison
from tracker.settlements.models import Settlement
from tracker.settlements.service import preview
from tracker.settlements.statement import statements as account_of


def by_handle(found: Comparison) -> dict[str, tuple[int, int]]:
    """Handle → (old, new) in CNY."""
    return {one.handle: (one.old // 100, one.new // 100) for one in found.outcomes}


def of(cast: Cast, day: dt.date = DECEMBER, **columns: Any) -> Comparison:
    return effect(cast.programme, day, changed(cast.rules, **(columns or {"wage": HIGHER})))


# -- months that aren't settled -----------------------------------------------------------------------


def test_it_looks_at_the_months_that_are_not_settled_up_to_the_one_in_which_the_rules_begin(ledger: Cast) -> None:
    found = of(ledger)
    assert by_handle(found) == {"dora": (1000, 1200), "otto": (2500, 2500)}
    assert found.months == [
        ("2026-09", 100000, 100000),
        ("2026-10", 250000, 250000),
        ("2026-11", 0, 0),
        ("2026-12", 0, 20000),
    ]
    assert (found.old, found.new) == (350000, 370000)


def test_settled_months_stay_out_and_are_set_off(ledger: Cast) -> None:
    settle(ledger, "2026-09")
    found = of(ledger, day=dt.date(2026, 10, 1))
    assert by_handle(found) == {"dora": (0, 200), "otto": (2500, 2500)}
    assert [month for month, _old, _new in found.months] == ["2026-10", "2026-11"]


def test_it_is_what_the_settlement_pays_afterwards(ledger: Cast) -> None:
    earn(ledger, ledger.dora, 20, "11-10")
    settle(ledger, "2026-09")
    found = of(ledger, day=dt.date(2026, 10, 1))
    approve(ledger.fay, propose(ledger, day=dt.date(2026, 10, 1)))
    paid: dict[str, int] = {}
    with clock.pretend(dt.datetime(2026, 12, 3, tzinfo=dt.UTC)):
        for month in ("2026-10", "2026-11"):
            for line in preview(ledger.programme, month).lines:
                paid[line.person.handle] = paid.get(line.person.handle, 0) + line.pays
            settle(ledger, month, clock.now())
    assert {one.handle: one.new for one in found.outcomes} == paid


def test_largest_difference_first_and_then_by_name(ledger: Cast) -> None:
    for handle, points in (("zoe", 25), ("ada", 25), ("eve", 45), ("kim", 12)):
        person = ledger.person(handle)
        db.session.add(
            Agreement(user_id=person.id, programme_id=ledger.programme.id, version=dt.date(2025, 1, 1), signed_at=NOW)
        )
        db.session.commit()
        earn(ledger, person, points, "10-05")
    found = of(ledger, day=dt.date(2026, 10, 1), wage={"tiers": [[10, 70000], [20, 120000], [40, 240000]]})
    assert [(one.handle, one.difference // 100) for one in found.outcomes] == [
        ("kim", 700), ("ada", 200), ("dora", 200), ("zoe", 200), ("eve", -100), ("otto", -100),
    ]  # fmt: skip
    assert [len(found.group(name)) for name in ("", "winners", "losers", "unchanged")] == [6, 4, 2, 0]


def test_who_is_not_paid_is_listed_with_the_reason_and_counts_as_nothing(ledger: Cast) -> None:
    earn(ledger, ledger.max, 25, "10-05")  # signed nothing
    db.session.add(PayExclusion(user_id=ledger.otto.id, programme_id=ledger.programme.id, kind="employee", since=dt.date(2026, 11, 1),
                                set_by_id=ledger.fay.id, set_at=NOW))  # fmt: skip
    db.session.commit()
    found = of(ledger, wage={"tiers": [[20, 150000], [40, 300000]]})
    reasons = {one.handle: one.excluded for one in found.outcomes}
    assert reasons == {"dora": "", "max": "unsigned", "otto": "employee"}
    assert by_handle(found) == {"dora": (1000, 1500), "max": (0, 0), "otto": (2500, 2500)}


def test_a_wage_that_was_taken_back_is_open_again(ledger: Cast) -> None:
    settle(ledger, "2026-09")
    db.session.query(Reward).filter(Reward.kind == "wage").one().state = "cancelled"
    db.session.commit()
    assert by_handle(of(ledger))["dora"] == (1000, 1200)


def open_handles(found: Comparison) -> set[str]:
    return {one.handle for one in found.outcomes if one.open}


def test_what_is_open_when_wages_end(ledger: Cast) -> None:
    nothing = {"wage_scheme": "none", "wage": {}}
    zoe = with_password(ledger.person("zoe"))  # signed nothing
    earn(ledger, zoe, 25, "10-05")
    assert open_handles(of(ledger, **nothing)) == {"dora", "otto", "zoe"}
    for month in ("2026-09", "2026-10"):
        settle(ledger, month)
    assert open_handles(of(ledger, day=dt.date(2026, 11, 1), **nothing)) == {"zoe"}, "the others are settled"
    erase(zoe)
    assert open_handles(of(ledger, day=dt.date(2026, 11, 1), **nothing)) == set(), "given up with the account"


def test_points_in_hand_are_open_when_steps_end(ledger: Cast) -> None:
    ledger.rules.wage_scheme, ledger.rules.wage = "steps", {"rate": 5000, "step": 40, "cap": 120}
    db.session.commit()
    for month in ("2026-09", "2026-10"):
        settle(ledger, month)
    found = of(ledger, day=dt.date(2026, 11, 1), wage_scheme="none", wage={})
    assert open_handles(found) == {"dora", "otto"}, "35 points, and 5 of 45"


def test_who_ends_the_wage_reads_how_many_have_something_open(ledger: Cast, client: Client) -> None:
    words = "2 people have something open"
    mona = client.sign_in(ledger.mona)
    assert words not in said(mona.get(asked(NEW, {**SENT, "undo_days": "0"})))
    page = said(mona.get(asked(NEW, {**SENT, "wage_scheme": "none", "wage_currency": "USD"})))
    assert f"no settlement pays a wage, and {words}" in page and "By the rules until now CNY 3,500.00" in page
    change = propose(ledger, wage_scheme="none", wage={})
    assert words in said(client.sign_in(ledger.fay).get(change.path))


def test_nobody_has_points_yet(cast: Cast) -> None:
    found = of(cast)
    assert found.outcomes == [] and [month for month, *_sums in found.months] == ["2026-11", "2026-12"]


def test_it_changes_nothing_and_asks_a_fixed_number_of_questions(ledger: Cast) -> None:
    def count() -> int:
        of(ledger)  # what a commit made the session forget is read again
        with statements() as seen:
            of(ledger)
        assert not [one for one in seen if not one.lstrip().upper().startswith("SELECT")]
        return len(seen)

    before = count()
    for number in range(12):
        person = ledger.person(f"dev{number}")
        db.session.commit()
        earn(ledger, person, 30, f"{1 + number % 10:02d}-05")
    assert count() == before


# -- what if ------------------------------------------------------------------------------------------


def test_another_wage_over_the_months_that_have_been(ledger: Cast) -> None:
    found = what_if(ledger.programme, tiers(OPENEULER), "2026-09", "2026-11")
    assert by_handle(found) == {"dora": (1000, 1500), "otto": (2500, 2750)}
    assert found.months == [("2026-09", 100000, 100000), ("2026-10", 250000, 325000), ("2026-11", 0, 0)]


def test_it_knows_nothing_of_what_was_settled(ledger: Cast) -> None:
    before = what_if(ledger.programme, tiers(OPENEULER), "2026-09", "2026-11")
    settle(ledger, "2026-09")
    assert what_if(ledger.programme, tiers(OPENEULER), "2026-09", "2026-11") == before


def test_points_of_the_months_before_are_brought_in_as_the_rules_paid_them(ledger: Cast) -> None:
    found = what_if(ledger.programme, tiers(OPENEULER), "2026-10", "2026-11")
    assert by_handle(found)["dora"] == (0, 500)
    found = what_if(ledger.programme, steps(), "2026-10", "2026-11")
    assert by_handle(found) == {"dora": (0, 0), "otto": (2500, 2000)}


def test_the_rules_in_force_in_each_month_are_the_measure(ledger: Cast) -> None:
    openeuler = {"tiers": [[points, amount * 100] for points, amount in OPENEULER.items()]}
    ledger.make_rules(valid_from=dt.date(2026, 10, 15), wage=openeuler)
    db.session.commit()
    found = what_if(ledger.programme, tiers(MINDSPORE), "2026-09", "2026-11")
    assert by_handle(found) == {"dora": (1500, 1000), "otto": (2750, 2500)}


def test_no_wage_is_a_wage_to_try(ledger: Cast) -> None:
    assert by_handle(what_if(ledger.programme, Scheme(), "2026-09", "2026-11")) == {
        "dora": (1000, 0),
        "otto": (2500, 0),
    }


def test_contracts_that_ended_pay_the_remainder(ledger: Cast) -> None:
    contract = Contract(user_id=ledger.otto.id, programme_id=ledger.programme.id, sealed="", updated_at=NOW)
    put_dates(contract, Dates(dt.date(2026, 1, 1), dt.date(2026, 10, 31)))
    db.session.add(contract)
    db.session.commit()
    found = what_if(ledger.programme, steps(), "2026-09", "2026-11")
    assert by_handle(found)["otto"] == (2500, 45 * 50)


def test_months_before_the_first_point_are_empty(ledger: Cast) -> None:
    found = what_if(ledger.programme, tiers(OPENEULER), "2026-01", "2026-11")
    assert [sums for _month, *sums in found.months[:8]] == [[0, 0]] * 8
    assert by_handle(found)["dora"] == (1000, 1500)


def test_sums_of_several_currencies_are_not_compared(ledger: Cast) -> None:
    with pytest.raises(Refused, match="several currencies"):
        what_if(ledger.programme, Scheme(kind="tiers", currency="USD", tiers=((20, 100),)), "2026-09", "2026-11")


# -- months, by the ledger ----------------------------------------------------------------------------


def test_the_last_evening_of_a_year_and_the_first_night_of_the_next_are_two_months(cast: Cast) -> None:
    earn(cast, cast.dora, 20, "2026-12-31T23:30:00+08:00")
    earn(cast, cast.dora, 20, "2027-01-01T00:30:00+08:00")
    with clock.pretend(dt.datetime(2027, 2, 2, tzinfo=dt.UTC)):
        december = {line.person.handle: line.month.payable for line in preview(cast.programme, "2026-12").lines}
        settle(cast, "2026-12", clock.now())
        january = {line.person.handle: line.month.payable for line in preview(cast.programme, "2027-01").lines}
        shown = what_if(cast.programme, tiers(OPENEULER), "2026-12", "2027-01")
        [statement] = account_of(cast.dora.id)
    assert december == {"dora": 100000} and january == {"dora": 150000}
    assert [(month, old) for month, old, _new in shown.months] == [("2026-12", 100000), ("2027-01", 150000)]
    assert {m.month: m.points for m in statement.months if m.points} == {"2026-12": 20, "2027-01": 20}


def test_a_programme_elsewhere_cuts_them_elsewhere(cast: Cast) -> None:
    cast.programme.time_zone = "Europe/Berlin"
    db.session.commit()
    earn(cast, cast.dora, 20, "2026-12-31T23:30:00+08:00")
    earn(cast, cast.dora, 20, "2027-01-01T00:30:00+08:00")
    with clock.pretend(dt.datetime(2027, 1, 2, tzinfo=dt.UTC)):
        [line] = preview(cast.programme, "2026-12").lines
    assert line.month.payable == 250000


def test_rules_from_the_last_day_of_a_month_pay_all_of_it(ledger: Cast) -> None:
    approve(ledger.fay, propose(ledger, day=dt.date(2026, 11, 30)))
    earn(ledger, ledger.dora, 5, "11-02")
    with clock.pretend(dt.datetime(2026, 12, 2, tzinfo=dt.UTC)):
        for month in ("2026-09", "2026-10"):
            settle(ledger, month, clock.now())
        lines = {line.person.handle: line.month.payable for line in preview(ledger.programme, "2026-11").lines}
    assert lines["dora"] == 150000  # the tier of 40


def test_months_without_a_wage_are_passed_over(ledger: Cast) -> None:
    """Else the months after them could never be settled."""
    ledger.make_rules(valid_from=dt.date(2026, 10, 1), wage_scheme="none", wage={})
    ledger.make_rules(valid_from=DECEMBER)
    db.session.commit()
    later = dt.datetime(2027, 1, 2, tzinfo=dt.UTC)
    settle(ledger, "2026-09", later)
    with clock.pretend(later), pytest.raises(Refused, match="It is the turn of 2026-12"):
        preview(ledger.programme, "2026-10")
    done = settle(ledger, "2026-12", later)
    assert (done.count, done.amount) == (1, 250000)


def test_a_month_is_committed_also_when_nobody_is_paid(cast: Cast, client: Client) -> None:
    earn(cast, cast.dora, 5, "10-05")
    path = "/settlements/mindspore-internship/2026-10/"
    page = client.sign_in(cast.mona).get(path).text
    sent = dict(re.findall(r'name="(count|amount|seen)" value="(\w+)"', page))
    assert (sent["count"], sent["amount"]) == ("0", "0")
    client.post(f"{path}commit", checked="1", **sent)
    done = db.session.query(Settlement).one()
    assert (done.count, done.amount) == (0, 0)
