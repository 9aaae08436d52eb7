"""Nothing is certified to accounts that were erased."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.certificates.earned import accepted, all_certificates, intern, issue, issue_task, role
from tests.erasure.conftest import erase, with_password
from tests.support.cast import Cast
from tests.support.client import Client
from tracker.certificates import entitlements, issuing, queries, service
from tracker.certificates.entitlements import entitled, get_entitlement
from tracker.certificates.models import Certificate
from tracker.certificates.rules import NotEntitled
from tracker.db import db, transaction
from tracker.errors import Refused


def keys(cast: Cast) -> list[str]:
    """One of Dora's of each kind."""
    served = role(cast, cast.dora, "contributor", dt.date(2025, 1, 1), dt.date(2026, 1, 1))
    internship = intern(cast)
    [task] = [row for row in entitled(cast.akg, "task") if row.user_id == cast.dora.id]
    return [task.key, internship.key, f"service-{served.id}-ended"]


def test_who_was_erased_is_not_on_any_list_and_gets_none(cast: Cast, client: Client) -> None:
    found = keys(cast)
    erase(with_password(cast.dora))
    db.session.expire_all()
    for kind, key in zip(("task", "internship", "service"), found, strict=True):
        assert cast.dora.id not in {row.user_id for row in entitled(cast.akg, kind)}
        with pytest.raises(NotEntitled) as refusal:
            issue(cast.mona, key)
        assert refusal.value.token == "account"
        with pytest.raises(Refused, match="isn't entitled any more"):
            transaction(lambda kind=kind, key=key: service.request_run(cast.mona, cast.akg, kind=kind, keys=[key]))  # type: ignore[misc]
        client.sign_in(cast.mona)
        assert "account was erased" in client.get(f"/certificates/issue/{key}").text


def test_an_erased_account_takes_no_place_on_the_list(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entitlements, "MOST", 1)
    accepted(cast)
    other = accepted(cast, cast.otto)
    erase(with_password(cast.dora))
    assert [row.claim_id for row in entitled(cast.akg, "task")] == [other.id]


def test_an_account_that_is_erased_while_the_paper_is_made_gets_none(cast: Cast) -> None:
    row = get_entitlement(f"task-{accepted(cast).id}")
    paper = issuing.make(row, queries.layout_for(row.sig.community))
    erase(with_password(cast.dora))
    with pytest.raises(NotEntitled):
        transaction(lambda: service.issue_certificate(cast.mona, paper))
    assert all_certificates() == []


def test_the_database_takes_no_certificate_of_an_erased_account(cast: Cast) -> None:
    first = issue_task(cast)
    row = {column.name: getattr(first, column.name) for column in Certificate.__table__.columns if column.name != "id"}
    claim = accepted(cast)
    row |= {
        "code": "1" * 26,
        "code_hash": "1" * 64,
        "sha256": "1" * 64,
        "entitlement": f"task-{claim.id}",
        "claim_id": claim.id,
    }
    erase(with_password(cast.dora))
    with pytest.raises(Exception, match="certificate_of_erased"), db.session.begin_nested():
        db.session.execute(Certificate.__table__.insert().values(**row))
