"""Pages of rules: what they would change, who proposed and decided, and what if."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask

from tests.rule_changes.conftest import DECEMBER, approve, do, earn, propose, settle
from tests.support.cast import Cast
from tests.support.client import Client
from tests.support.statements import statements
from tracker.db import db
from tracker.programmes.models import Agreement
from tracker.programmes.queries import rules_of
from tracker.rule_changes import service
from tracker.rule_changes.listing import SIZE
from tracker.rule_changes.models import RuleChange
from tracker.rule_changes.rules import numbers_of

RULES = "/rules/mindspore-internship/"
NEW = f"{RULES}changes/new"
#: The cast's rules as the form sends them.
SENT = {
    "valid_from": "2026-12-01", "live_claims_per_person": "2", "seats_per_task": "1", "answer_within_working_days": "3",
    "design_document_within_days": "14", "review_within_working_days": "5", "lapse_after_days": "14",
    "warn_before_lapse_days": "4", "snooze_days": "7", "undo_days": "3", "appeal_days": "7", "strike_limit": "3",
    "strike_window_days": "180", "cooldown_days": "30", "wage_scheme": "tiers", "wage_currency": "CNY",
    "tiers": "20 1000\r\n40 2500\r\n60 4000\r\n80 6000\r\n100 8000", "rate": "", "step": "", "cap": "",
    "certificate_points": "60", "certificate_months": "6", "certificate_comment": "1", "certificate_report": "1",
    "excellent_points": "", "excellent_task": "",
}  # fmt: skip
HIGHER = {**SENT, "tiers": "10 500\r\n20 1200\r\n40 2500\r\n60 4000\r\n80 6000\r\n100 8000"}
WHAT_IF = {"wage_scheme": "tiers", "tiers": "10 500\n30 1500\n45 2750", "first": "2026-09", "last": "2026-11"}


def said(page: Any) -> str:
    text = re.sub(r"<[^>]+>", " ", str(page.text))
    for sign, plain in (("&#39;", "'"), ("&amp;", "&"), ("\u00a0", " ")):
        text = text.replace(sign, plain)
    return " ".join(text.split())


def asked(path: str, fields: dict[str, str], **more: str) -> str:
    return f"{path}?{urlencode({**fields, **more})}"


def table(page: Any) -> list[dict[str, str]]:
    assert page.mimetype == "text/csv" and page.headers["X-Content-Type-Options"] == "nosniff"
    return list(csv.DictReader(io.StringIO(page.get_data().decode("utf-8-sig"))))


@pytest.fixture
def as_(app: Flask) -> Any:
    return lambda person: Client(app).sign_in(person)


# -- proposing ------------------------------------------------------------------------------------


def test_the_form_begins_with_the_rules_in_force(cast: Cast, as_: Any) -> None:
    page = as_(cast.mona).get(NEW)
    for field in ('name="live_claims_per_person"', 'name="cooldown_days"', 'value="2026-12-01"', "100 8000.00"):
        assert field in page.text
    assert "Compared with the rules that begin on 1 Jan 2025. No month is settled yet." in said(page)


def test_it_shows_what_changes_for_whom_before_anything_is_proposed(ledger: Cast, as_: Any) -> None:
    mona = as_(ledger.mona)
    page = said(mona.get(asked(NEW, {**HIGHER, "undo_days": "0"})))
    for part in ("Days in which a lapse can be undone 3 0", "Tier of 10 points – 500.00", "Tier of 20 points 1,000.00 1,200.00",
                 "By the rules until now CNY 3,500.00", "By the other rules CNY 3,700.00", "+200.00", "1 person gains · 0 lose",
                 "Dora 35 1,000.00 1,200.00 +200.00", "Otto 45 2,500.00 2,500.00 –", "Settled months don't change",
                 "3 numbers change.", "This mail goes to 4 people"):  # fmt: skip
        assert part in page, part
    assert db.session.query(RuleChange).count() == 0


def test_what_was_shown_is_proposed_and_approved_by_somebody_else(ledger: Cast, as_: Any) -> None:
    mona, fay = as_(ledger.mona), as_(ledger.fay)
    shown = mona.get(asked(NEW, HIGHER)).text
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', shown))
    hidden.pop("csrf_token", None)
    answer = mona.post(NEW, **hidden, reason="Ten points are work too.")
    page = said(mona.get(answer.location))
    assert "Proposed. Somebody else of finance, or an administrator, decides." in page
    assert "You proposed them: another person approves." in page and "Ten points are work too." in page
    assert "Withdraw the proposal" in page and "Decline the rules" not in page
    page = said(fay.get(answer.location))
    assert "2 numbers change. Months that aren't settled come to CNY 3,700.00 instead of CNY 3,500.00." in page
    fay.post(f"{answer.location}approve", version="1", reason="Agreed in the finance round.")
    page = said(fay.get(answer.location))
    assert "Approved. The rules are in force from their day on." in page and "Agreed in the finance round." in page
    assert "Read the rules that it became" in page and "What it changes for whom" not in page
    numbers = numbers_of(rules_of(ledger.programme.id)[0])
    assert numbers == {**numbers_of(ledger.rules), "wage": {"tiers": [[10, 50000], [20, 120000], [40, 250000], [60, 400000],
                                                                     [80, 600000], [100, 800000]]}}  # fmt: skip
    page = said(fay.get(RULES))
    assert "From 1 Dec on Proposed by Mona, approved by Fay on 20 Nov: Ten points are work too." in page


def test_a_change_of_nothing_but_the_scheme(ledger: Cast, as_: Any) -> None:
    steps = {**SENT, "wage_scheme": "steps", "rate": "50", "step": "40", "cap": "120"}
    as_(ledger.mona).post(NEW, **steps, reason="As R2CN does.", base=str(ledger.rules.id))
    change = db.session.query(RuleChange).one()
    assert (change.numbers["wage_scheme"], change.numbers["wage"]) == ("steps", {"rate": 5000, "step": 40, "cap": 120})
    none = {
        **SENT,
        "wage_scheme": "none",
        "certificate_points": "",
        "certificate_months": "",
        "valid_from": "2027-01-01",
    }
    as_(ledger.mona).post(NEW, **none, reason="Prizes only.", base=str(ledger.rules.id))
    change = db.session.query(RuleChange).order_by(RuleChange.id.desc()).first()
    assert change is not None and (change.numbers["wage"], change.numbers["certificate"]) == ({}, {})


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"valid_from": ""}, "This field is needed."),
        ({"valid_from": "1.12.2026"}, "A date such as 2026-12-18 is asked for here."),
        ({"valid_from": "2025-01-01"}, "Rules begin on 2025-01-01 already."),
        ({"valid_from": "2031-01-01"}, "more than two years ahead"),
        ({"tiers": "20 1000\r\n40 900\r\nx"}, "Line 3: points and an amount are asked for, such as 40 2500."),
        ({"tiers": "20 1000\r\n40 900\r\nx"}, "Line 2: 900.00 doesn't rise above the tier before, 1000.00."),
        ({"tiers": "20 NaN"}, "Line 1: “NaN” is no amount"),
        ({"tiers": ""}, "This field is needed."),
        ({"wage_scheme": "steps"}, "This field is needed."),
        ({"wage_scheme": "steps", "rate": "1e3", "step": "40", "cap": "120"}, "An amount such as 800 or 800.00 is asked for here."),
        ({"wage_scheme": "steps", "rate": "-50", "step": "40", "cap": "120"}, "The amount is out of range."),
        ({"wage_scheme": "steps", "rate": "50", "step": "40", "cap": "100"}, "100 isn't a multiple of 40"),
        ({"wage_scheme": "lottery"}, "There is no such choice."),
        ({"wage_currency": "JPY"}, "There is no such choice."),
        ({"live_claims_per_person": "0"}, "Between 1 and 100."),
        ({"undo_days": "NaN"}, "A whole number is asked for here."),
        ({"warn_before_lapse_days": "20"}, "The warning comes fewer days before a lapse"),
        ({"certificate_points": ""}, "Fill in both fields or neither: “Months in which they are reached” goes with it."),
        ({"excellent_points": "100"}, "Fill in both fields or neither: “Points of an excellent intern” goes with it."),
        ({"certificate_comment": "maybe"}, "This box is either ticked or not."),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_said_at_its_field_and_kept(
    cast: Cast, as_: Any, fields: dict[str, str], words: str
) -> None:
    mona = as_(cast.mona)
    for page in (
        mona.get(asked(NEW, {**SENT, **fields}), 422),
        mona.post(NEW, 422, **{**SENT, **fields}, reason="So.", base=str(cast.rules.id)),
    ):
        assert words in said(page), words
        assert 'aria-invalid="true"' in page.text and "What it changes for whom" not in page.text
        for typed in fields.values():
            assert not typed or typed.split("\r\n")[0] in page.text or typed in ("maybe", "lottery", "JPY")
    assert db.session.query(RuleChange).count() == 0


def test_what_another_scheme_needs_is_left_aside(cast: Cast, as_: Any) -> None:
    page = as_(cast.mona).get(asked(NEW, {**SENT, "wage_scheme": "none", "tiers": "rubbish", "rate": "1e9"}))
    assert "Wage scheme By tiers No wage" in said(page)


def test_a_field_that_is_sent_twice_is_refused(cast: Cast, as_: Any) -> None:
    page = as_(cast.mona).get(f"{asked(NEW, SENT)}&undo_days=9", 422)
    assert "This field was sent twice." in said(page)


def test_nothing_changed_and_a_missing_reason(cast: Cast, as_: Any) -> None:
    mona = as_(cast.mona)
    assert "in force already. Change one." in said(mona.get(asked(NEW, SENT), 409))
    page = mona.post(NEW, 422, **HIGHER, reason=" ", base=str(cast.rules.id))
    assert "Say why: it stands beside the rules from then on." in said(page) and "Tier of 10 points" in said(page)


def test_a_proposal_that_comes_too_late_says_so(cast: Cast, as_: Any) -> None:
    mona = as_(cast.mona)
    old = cast.rules.id
    propose(cast, cast.nils, undo_days=5)
    assert "proposed already" in said(mona.post(NEW, 409, **HIGHER, reason="So.", base=str(old)))
    cast.make_rules(valid_from=dt.date(2026, 11, 1), undo_days=9)
    db.session.commit()
    page = mona.post(NEW, 409, **{**HIGHER, "valid_from": "2027-01-01"}, reason="So.", base=str(old))
    assert "Other rules were added since" in said(page) and "Compared with the rules that begin on 1 Nov" in said(page)


def test_a_day_within_a_month_is_warned_of(cast: Cast, as_: Any) -> None:
    page = said(as_(cast.mona).get(asked(NEW, {**HIGHER, "valid_from": "2026-12-15"})))
    assert "from 1 December 2026 on, all points of the month are paid by these" in page


def test_who_may_not_is_turned_away(cast: Cast, client: Client, as_: Any) -> None:
    change = propose(cast)
    as_(cast.dora).get(NEW, 403)
    as_(cast.dora).get(change.path, 404)
    client.get(NEW, 302)
    client.get(change.path, 404)
    mona = as_(cast.mona)
    mona.post(f"{change.path}approve", 403, version="1")
    mona.get(f"/rules/none/changes/{change.id}/", 404)
    mona.get(f"{RULES}changes/999/", 404)
    mona.get(f"{RULES}changes/{10**12}/", 404)


# -- a proposal -----------------------------------------------------------------------------------


def test_a_stale_page_is_answered_with_what_happened(cast: Cast, as_: Any) -> None:
    change = propose(cast)
    do(service.decline_rule_change, cast.finn, change, version=1, reason="Next year.")
    page = said(as_(cast.fay).post(f"{change.path}approve", 409, version="1"))
    assert "This proposal changed since you opened the page: Finn declined other rules" in page
    as_(cast.fay).post(f"{change.path}approve", 422, version="x")
    as_(cast.fay).post(f"{change.path}decline", 422, version="2", reason="")
    as_(cast.mona).post(f"{change.path}withdraw", 409, version="2", reason="Late.")


def test_declined_and_withdrawn_ones_can_be_proposed_anew(cast: Cast, as_: Any) -> None:
    mona = as_(cast.mona)
    change = propose(cast, undo_days=9)
    as_(cast.fay).post(f"{change.path}decline", version="1", reason="Next year.")
    page = mona.get(change.path)
    assert "Next year." in said(page) and f"{NEW}?like={change.id}" in page.text
    assert 'name="undo_days" type="number" value="9"' in " ".join(
        re.sub(r' (id|step|required|min|max)(="[^"]*")?', "", mona.get(f"{NEW}?like={change.id}").text).split()
    )
    second = propose(cast, undo_days=8)
    mona.post(f"{second.path}withdraw", version="1", reason="A typing error.")
    assert "A typing error." in said(mona.get(second.path))
    for like in ("x", "0", "999999", str(10**30)):
        mona.get(f"{NEW}?like={like}")


def test_one_that_can_no_longer_be_approved_says_why(ledger: Cast, as_: Any) -> None:
    change = propose(ledger, day=dt.date(2026, 9, 1))
    settle(ledger, "2026-09")
    page = said(as_(ledger.fay).get(change.path))
    assert "It can't be approved any more. 2026-09 is settled" in page and "Decline the rules" in page
    assert "Propose it anew" in page
    as_(ledger.fay).post(f"{change.path}approve", 409, version="1")
    as_(ledger.fay).get(f"{change.path.rstrip('/')}.csv", 409)


def test_another_currency_is_not_compared(cast: Cast, as_: Any) -> None:
    page = said(as_(cast.mona).get(asked(NEW, {**HIGHER, "wage_currency": "USD"})))
    assert "Currency CNY USD" in page and "The currency changes: sums of the two can't be compared." in page


def test_people_are_paged_grouped_and_saved_as_a_file(ledger: Cast, as_: Any) -> None:
    for number in range(SIZE + 5):
        person = ledger.person(f"dev{number:02d}")
        db.session.add(Agreement(user_id=person.id, programme_id=ledger.programme.id, version=dt.date(2025, 1, 1),
                                 signed_at=ledger.task.created_at))  # fmt: skip
        db.session.commit()
        earn(ledger, person, 12, "10-05")
    change = propose(ledger)
    fay = as_(ledger.fay)
    first = fay.get(change.path).text
    assert len(re.findall(r"<strong>\+", first)) == SIZE
    second = fay.get(f"{change.path}?from={SIZE}").text
    assert len(re.findall(r"<strong>\+", second)) == 6 and f"{change.path}?from={SIZE}#people" in first
    assert "Otto" in said(fay.get(f"{change.path}?who=unchanged")) and "Nobody." in said(
        fay.get(f"{change.path}?who=losers")
    )
    rows = table(fay.get(f"{change.path.rstrip('/')}.csv"))
    assert len(rows) == SIZE + 7
    assert rows[0] == {"handle": "dev00", "display_name": "Dev00", "points": "12", "old": "0.00", "new": "500.00",
                       "difference": "500.00", "currency": "CNY", "excluded": ""}  # fmt: skip
    assert [row["handle"] for row in table(fay.get(f"{change.path.rstrip('/')}.csv?who=unchanged"))] == ["otto"]
    rows = table(as_(ledger.mona).get(asked(f"{NEW}.csv", HIGHER, who="winners")))
    assert len(rows) == SIZE + 6
    for odd in ("x", "-1", "9" * 20):
        fay.get(f"{change.path}?from={odd}&who={odd}")


# -- the rules page and the list ------------------------------------------------------------------


def test_the_rules_page_shows_what_waits_to_who_may_read_it(cast: Cast, client: Client, as_: Any) -> None:
    change = propose(cast)
    page = as_(cast.nils).get(RULES)
    assert "Waits for a decision" in said(page) and change.path in page.text and f"{RULES}what-if" in page.text
    for reader in (client, as_(cast.dora)):
        page = reader.get(RULES)
        assert "Waits for a decision" not in said(page) and "changes/" not in page.text and "what-if" not in page.text


def test_it_waits_on_the_dashboard_of_who_decides(cast: Cast, as_: Any) -> None:
    change = propose(cast)
    for person, waits in (
        (cast.fay, True),
        (cast.admin, True),
        (cast.mona, False),
        (cast.max, False),
        (cast.dora, False),
    ):
        page = as_(person).get("/dashboard/")
        assert (change.path in page.text) == waits == ("Rules from 1 December 2026 on" in said(page))
    mine = propose(cast, cast.fay, day=dt.date(2027, 1, 1), undo_days=9)
    assert mine.path not in as_(cast.fay).get("/dashboard/").text
    approve(cast.fay, change)
    assert change.path not in as_(cast.finn).get("/dashboard/").text


def test_all_changes_are_listed_with_who_and_why(cast: Cast, as_: Any) -> None:
    assert "Nothing was proposed yet" in said(as_(cast.nils).get(f"{RULES}changes/"))
    approve(cast.fay, propose(cast))
    second = propose(cast, cast.nils, day=dt.date(2027, 1, 1), base=rules_of(cast.programme.id)[0], undo_days=9)
    do(service.decline_rule_change, cast.finn, second, version=1, reason="=Too soon")
    page = said(as_(cast.nils).get(f"{RULES}changes/"))
    assert "1 Jan 2027 Ten points are work too. =Too soon" in page and "Declined Nils 20 Nov Finn 20 Nov" in page
    rows = table(as_(cast.nils).get(f"{RULES}changes.csv"))
    assert [(r["valid_from"], r["state"], r["proposed_by"], r["decided_by"], r["decision"]) for r in rows] == [
        ("2027-01-01", "declined", "nils", "finn", "'=Too soon"), ("2026-12-01", "approved", "mona", "fay", ""),
    ]  # fmt: skip
    as_(cast.nils).get(f"{RULES}changes/?after=x", 422)


def test_pages_ask_a_fixed_number_of_questions(ledger: Cast, as_: Any) -> None:
    fay = as_(ledger.fay)
    change = propose(ledger)
    paths = (change.path, f"{RULES}changes/", RULES, asked(f"{RULES}what-if", WHAT_IF))

    def counts() -> list[int]:
        found = []
        for path in paths:
            with statements() as seen:
                fay.get(path)
            found.append(len(seen))
        return found

    before = counts()
    for number in range(8):
        person = ledger.person(f"dev{number}")
        db.session.commit()
        earn(ledger, person, 30, f"{1 + number:02d}-05")
        propose(ledger, day=dt.date(2027, 1 + number, 1), undo_days=number + 4)
    assert counts() == before


# -- what if --------------------------------------------------------------------------------------


def test_what_if_begins_with_the_wage_in_force_and_twelve_months(cast: Cast, as_: Any) -> None:
    page = as_(cast.nils).get(f"{RULES}what-if").text
    assert 'value="2025-12"' in page and 'value="2026-11"' in page and "100 8000.00" in page


def test_what_if_shows_sums_months_and_people_and_keeps_nothing(ledger: Cast, as_: Any) -> None:
    nils = as_(ledger.nils)
    response = nils.get(asked(f"{RULES}what-if", WHAT_IF))
    page = said(response)
    for part in ("CNY 3,500.00", "CNY 4,250.00", "+750.00", "2 people gain · 0 lose", "October 2026 2,500.00 3,750.00 +1,250.00",
                 "Dora 35 1,000.00 1,500.00 +500.00", "Otto 45 2,500.00 2,750.00 +250.00", "Nothing is stored"):  # fmt: skip
        assert part in page, part
    assert 'role="img"' in response.text
    assert db.session.query(RuleChange).count() == 0
    rows = table(nils.get(asked(f"{RULES}what-if.csv", WHAT_IF)))
    assert [(row["handle"], row["difference"]) for row in rows] == [("dora", "500.00"), ("otto", "250.00")]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"first": "2026-13"}, "isn't in the form"), ({"first": ""}, "This field is needed."),
        ({"first": "2026-12"}, "The first month comes before the last."), ({"last": "2026-12"}, "There are no points after this month"),
        ({"first": "2020-01"}, "At most 36 months: from 2023-12 on."), ({"tiers": "10 500\n5 600"}, "Line 2: 5 points don't rise"),
        ({"wage_scheme": "steps"}, "This field is needed."), ({"wage_scheme": "x"}, "There is no such choice."),
    ],
)  # fmt: skip
def test_what_if_says_what_it_cannot_compute(ledger: Cast, as_: Any, fields: dict[str, str], words: str) -> None:
    nils = as_(ledger.nils)
    assert words in said(nils.get(asked(f"{RULES}what-if", {**WHAT_IF, **fields}), 422))
    nils.get(asked(f"{RULES}what-if.csv", {**WHAT_IF, **fields}), 422)


def test_what_if_of_a_programme_without_points_or_rules(cast: Cast, as_: Any) -> None:
    nils = as_(cast.nils)
    assert "Nobody has points yet" in said(nils.get(asked(f"{RULES}what-if", WHAT_IF)))
    db.session.delete(cast.rules)
    db.session.commit()
    nils.get(f"{RULES}what-if")
    nils.get(asked(f"{RULES}what-if", WHAT_IF))
    nils.get(NEW)
    page = said(nils.get(asked(NEW, HIGHER)))
    assert "Tier of 10 points – 500.00" in page


def test_december_is_the_first_of_the_next_month(cast: Cast) -> None:
    assert DECEMBER.isoformat() == SENT["valid_from"]
