"""The name on certificates: hidden, shown, erased, and what a correction does with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, select

from tests.certificates.earned import all_certificates, issue, issue_task, revoke
from tests.support.cast import Cast
from tests.support.client import Client
from tracker.certificates import badges, issuing, keyring, queries, service
from tracker.certificates.check_views import checked
from tracker.certificates.entitlements import entitled, get_entitlement, of_person
from tracker.certificates.models import Certificate
from tracker.certificates.rules import NotEntitled
from tracker.db import db, engine_options, transaction
from tracker.errors import Forbidden, Refused
from tracker.events import outbox
from tracker.events.models import Event


def paper_of(key: str) -> issuing.Paper:
    row = get_entitlement(key)
    return issuing.make(row, queries.layout_for(row.sig.community))


def test_the_public_credential_says_the_name_only_while_it_is_shown(cast: Cast) -> None:
    certificate = issue_task(cast)
    named = queries.credential_of(certificate)
    transaction(lambda: service.hide_name(cast.dora, certificate))
    nameless = queries.credential_of(certificate)
    assert "Dora" in named and "Dora" not in nameless
    for text in (named, nameless):
        assert badges.verify_credential(json.loads(text), keyring.public_keys()).genuine
        status = json.loads(text)["credentialStatus"]
        assert status["statusListIndex"] == str(certificate.status_index)
        assert status["statusListCredential"].endswith(f"/certificates/status/{certificate.status_list}")
    with pytest.raises(Refused):
        transaction(lambda: service.hide_name(cast.dora, certificate))
    transaction(lambda: service.show_name(cast.dora, certificate))
    assert queries.credential_of(certificate) == named


@pytest.mark.parametrize("who", ["mona", "admin", "otto"])
def test_only_the_holder_hides_the_name(cast: Cast, who: str) -> None:
    certificate = issue_task(cast)
    with pytest.raises(Forbidden):
        transaction(lambda: service.hide_name(getattr(cast, who), certificate))


def test_erasing_leaves_certificates_valid_and_no_name(cast: Cast, app: Any) -> None:
    certificate, others = issue_task(cast), issue_task(cast, cast.otto)
    kept = queries.file_of(certificate.id)
    assert kept is not None
    pdf = bytes(kept.pdf)
    assert transaction(lambda: service.erase_names(cast.dora, cast.dora)) == 1
    assert (certificate.name, certificate.revoked_at) == ("", None)
    assert queries.file_of(certificate.id) is None and service.snapshot_of(certificate) is None
    assert checked(pdf).tone == "ok"  # the holder's copy is still proven
    assert badges.verify_credential(json.loads(queries.credential_of(certificate)), keyring.public_keys()).genuine
    assert others.name == "Otto" and queries.file_of(others.id) is not None
    [mail] = [m for m in outbox.outgoing(app.extensions["settings"], limit=9) if m.name == "certificate.issued" and m.user_id == cast.dora.id]  # fmt: skip
    assert list(outbox.message(mail, app.extensions["settings"]).iter_attachments()) == []
    with pytest.raises(Refused):
        transaction(lambda: service.erase_names(cast.dora, cast.dora))
    revoke(cast.mona, certificate)  # which still can be


def test_a_correction_hides_the_name_as_the_one_before_did(cast: Cast) -> None:
    first = issue_task(cast)
    transaction(lambda: service.hide_name(cast.dora, first))
    revoke(cast.mona, first)
    second = issue(cast.mona, first.entitlement)
    assert second.name_hidden and "Dora" not in queries.credential_of(second)
    transaction(lambda: service.show_name(cast.dora, second))
    revoke(cast.mona, second)
    assert not issue(cast.mona, first.entitlement).name_hidden


def test_a_name_is_hidden_on_everything_that_was_certified_of_the_same(cast: Cast, client: Client) -> None:
    first, other = issue_task(cast), issue_task(cast)
    revoke(cast.mona, first)
    second = issue(cast.max, first.entitlement)
    transaction(lambda: service.hide_name(cast.dora, second))
    assert first.path in client.get(second.path).text
    for path in (first.path, first.path + ".json", second.path, second.path + ".json"):
        assert "Dora" not in client.get(path).text
    assert "Dora" in client.get(other.path).text
    transaction(lambda: service.show_name(cast.dora, first))
    assert "Dora" in client.get(first.path).text and "Dora" in client.get(second.path).text


def test_an_erased_name_is_not_brought_back_by_a_correction(cast: Cast) -> None:
    first = issue_task(cast)
    transaction(lambda: service.erase_names(cast.dora, cast.dora))
    revoke(cast.mona, first)
    assert first.entitlement not in {row.key for row in entitled(cast.akg, "task")}
    assert first.entitlement not in {row.key for row in of_person(cast.dora.id)}
    with pytest.raises(NotEntitled) as refusal:
        issue(cast.mona, first.entitlement)
    assert refusal.value.token == "erased"
    with pytest.raises(Refused):
        transaction(lambda: service.request_run(cast.mona, cast.akg, kind="task", keys=[first.entitlement]))
    assert all_certificates() == [first]


def test_a_name_that_is_erased_while_the_correction_is_made_stays_erased(cast: Cast) -> None:
    first = revoke(cast.mona, issue_task(cast))
    paper = paper_of(first.entitlement)
    transaction(lambda: service.erase_names(cast.dora, cast.dora))
    with pytest.raises(NotEntitled):
        transaction(lambda: service.issue_certificate(cast.mona, paper))
    assert all_certificates() == [first]


@pytest.mark.parametrize("what", ["hidden", "erased"])
def test_the_database_lets_no_correction_show_what_was_hidden_or_erased(cast: Cast, what: str) -> None:
    first = issue_task(cast)
    row = {column.name: getattr(first, column.name) for column in Certificate.__table__.columns if column.name != "id"}
    if what == "hidden":
        transaction(lambda: service.hide_name(cast.dora, first))
    else:
        transaction(lambda: service.erase_names(cast.dora, cast.dora))
    revoke(cast.mona, first)
    row |= {"code": "1" * 26, "code_hash": "1" * 64, "sha256": "1" * 64, "replaces_id": first.id}
    with pytest.raises(Exception, match="certificate_replaces_revoked"), db.session.begin_nested():
        db.session.execute(Certificate.__table__.insert().values(**row))


def test_what_was_erased_is_not_left_in_free_pages(tmp_path: Path) -> None:
    """Of SQLite: PostgreSQL gives the space back to no other table before it is written anew."""
    engine = create_engine(f"sqlite:///{tmp_path}/it.db", **engine_options(f"sqlite:///{tmp_path}/it.db"))
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE file (id INTEGER PRIMARY KEY, pdf BLOB)")
        connection.exec_driver_sql("INSERT INTO file VALUES (1, ?)", (b"Zephyrine" * 2000,))
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM file")
    with engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    assert b"Zephyrine" not in b"".join(file.read_bytes() for file in tmp_path.iterdir())


def test_who_erases(cast: Cast) -> None:
    issue_task(cast)
    for who in (cast.otto, cast.mona):
        with pytest.raises(Forbidden):
            transaction(lambda who=who: service.erase_names(who, cast.dora))  # type: ignore[misc]
    assert transaction(lambda: service.erase_names(cast.admin, cast.dora)) == 1


def test_no_event_of_a_certificate_says_the_name(cast: Cast) -> None:
    cast.dora.display_name = "Zephyrine"
    db.session.commit()
    certificate = issue_task(cast)
    transaction(lambda: service.hide_name(cast.dora, certificate))
    revoke(cast.mona, certificate)
    transaction(lambda: service.erase_names(cast.dora, cast.dora))
    said = [json.dumps(facts, ensure_ascii=False) for facts in db.session.scalars(select(Event.facts))]
    assert not any("Zephyrine" in text for text in said) and len(said) >= 4
