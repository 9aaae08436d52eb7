"""The report and the comment that an internship needs, where the rules changed since it began."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import update

from tests.certificates.earned import accepted, commented
from tests.support.cast import Cast
from tests.support.client import Client
from tests.support.statements import statements
from tracker import clock
from tracker.certificates.entitlements import get_entitlement
from tracker.db import db, transaction
from tracker.errors import Refused
from tracker.programmes.models import Agreement
from tracker.reports import queries, service


@pytest.fixture
def key(cast: Cast) -> str:
    """Dora's internship, begun three months ago, with all points and a mentor's comment."""
    start = clock.now() - dt.timedelta(days=90)
    db.session.execute(update(Agreement).values(signed_at=start))
    commented(cast, accepted(cast, points=60, at=start + dt.timedelta(days=10)))
    return f"internship-{cast.programme.id}-{cast.dora.id}"


def rules_since(cast: Cast, *, comment: bool, report: bool) -> None:
    """Other rules, in force for five days."""
    cast.make_rules(
        valid_from=(clock.now() - dt.timedelta(days=5)).date(),
        certificate={"points": 60, "within_months": 6, "mentor_comment": comment, "report": report},
    )
    db.session.commit()


def test_who_began_under_a_rule_that_asks_for_a_report_writes_it(cast: Cast, client: Client, key: str) -> None:
    rules_since(cast, comment=False, report=False)
    assert get_entitlement(key).obstacle == "report"
    client.sign_in(cast.dora)
    new = f"/reports/new/{cast.programme.slug}"
    assert new in client.get("/reports/").text and "Nothing to write" not in client.get(new).text
    report = transaction(lambda: service.start_report(cast.dora, cast.programme, draft="My report."))
    transaction(lambda: service.hand_in_report(cast.dora, report, version=report.version))
    with pytest.raises(Refused, match="needs your comment"):
        transaction(lambda: service.assess_report(cast.nils, report, verdict="accept", text="", version=report.version))
    transaction(
        lambda: service.assess_report(cast.nils, report, verdict="accept", text="Fine.", version=report.version)
    )
    assert "A report that is accepted" in client.get(report.path).text
    assert get_entitlement(key).obstacle == ""


def test_a_report_without_words_is_not_handed_in_where_the_internship_needs_one(cast: Cast, key: str) -> None:
    rules_since(cast, comment=True, report=False)
    report = transaction(lambda: service.start_report(cast.dora, cast.programme, draft=""))
    with pytest.raises(Refused, match="The report is empty"):
        transaction(lambda: service.hand_in_report(cast.dora, report, version=report.version))
    assert get_entitlement(key).obstacle == "report"


def test_what_reports_of_all_programmes_need_takes_three_statements(cast: Cast, key: str) -> None:
    rules_since(cast, comment=False, report=False)
    person, programme = cast.dora.id, cast.programme
    programme.id, programme.time_zone  # noqa: B018  # read before it is counted
    with statements() as seen:
        needs = queries.needs_under(person, [programme])
    assert len(seen) == 3 and needs[cast.programme.id].report and needs[cast.programme.id].comment
    assert queries.needs(cast.fay.id, cast.programme) == queries.Needed()
