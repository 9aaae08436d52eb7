"""Issuing, revoking, and what the database keeps."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select

from tests.certificates.earned import accepted, all_certificates, intern, issue, issue_task, revoke, role
from tests.support.cast import Cast
from tracker import clock
from tracker.certificates import badges, codes, issuing, keyring, queries, service
from tracker.certificates.check_views import checked
from tracker.certificates.document import MissingGlyphs, render
from tracker.certificates.entitlements import get_entitlement
from tracker.certificates.models import LIST_SIZE, Certificate, CertificateFile
from tracker.certificates.rules import NotEntitled
from tracker.certificates.verification import verify_pdf
from tracker.db import db, transaction
from tracker.errors import Forbidden, Refused
from tracker.events import outbox
from tracker.events.models import Event, Notice


def events(name: str) -> list[Event]:
    return list(db.session.scalars(select(Event).where(Event.name == name).order_by(Event.id)))


def paper_of(key: str) -> issuing.Paper:
    row = get_entitlement(key)
    return issuing.make(row, queries.layout_for(row.sig.community))


def test_an_internship_is_certified_with_what_was_earned(cast: Cast) -> None:
    row = intern(cast)
    certificate = issue(cast.mona, row.key)
    assert (certificate.kind, certificate.name, certificate.points) == ("internship", "Dora", 60)
    assert certificate.programme_name_zh == "昇思MindSpore开源实习" and certificate.sig_id == cast.akg.id
    file = queries.file_of(certificate.id)
    assert file is not None
    verdict = verify_pdf(file.pdf, keyring.public_keys())
    assert verdict.genuine and verdict.code == certificate.code
    assert issuing.Paper("", 0, None, 0, file.pdf, "").sha256 == certificate.sha256  # type: ignore[arg-type]
    [event] = events("certificate.issued")
    assert event.facts["holder_id"] == cast.dora.id and "Dora" not in json.dumps(event.facts)
    assert [n.user_id for n in db.session.scalars(select(Notice).where(Notice.event_id == event.id))] == [cast.dora.id]


def test_the_paper_can_be_set_again_byte_by_byte_from_its_snapshot(cast: Cast) -> None:
    certificate = issue_task(cast)
    snapshot = service.snapshot_of(certificate)
    assert snapshot is not None
    cast.dora.display_name, cast.akg.name = "Another", "Another"
    layout = queries.get_layout("mindspore")
    service.edit_layout(
        cast.admin, layout, community="MindSpore", issuer="Another", issuer_zh="另一个", signatory="Another", signatory_zh="另一个",
        accent="#000000", second="#000000", design="plain", version=1,
    )  # fmt: skip
    db.session.commit()
    again = render(snapshot, issuing.drawn(certificate.layout))
    file = queries.file_of(certificate.id)
    assert file is not None and file.pdf.startswith(again[: len(again) // 2])
    assert (certificate.layout.key, snapshot.name, snapshot.sig) == ("mindspore-1", "Dora", "AKG")


@pytest.mark.parametrize(
    ("state", "token"), [("failed", "failed"), ("withdrawn", "withdrawn"), ("active", "not_accepted")]
)
def test_a_task_that_was_not_accepted_is_refused_with_its_reason(cast: Cast, state: str, token: str) -> None:
    claim = cast.make_claim(state=state)
    with pytest.raises(NotEntitled) as refusal:
        paper_of(f"task-{claim.id}")
    assert refusal.value.token == token
    assert all_certificates() == []


def test_nobody_certifies_their_own(cast: Cast) -> None:
    claim = accepted(cast, cast.mona)
    with pytest.raises(NotEntitled) as refusal:
        issue(cast.mona, f"task-{claim.id}")
    assert refusal.value.token == "own"
    assert issue(cast.max, f"task-{claim.id}").user_id == cast.mona.id


def test_a_task_that_its_holder_accepted_is_never_certified(cast: Cast) -> None:
    claim = accepted(cast)
    claim.decided_by_id = cast.dora.id
    db.session.commit()
    with pytest.raises(NotEntitled, match="accepted this task themselves"):
        issue(cast.mona, f"task-{claim.id}")


def test_nothing_is_certified_twice(cast: Cast) -> None:
    claim = accepted(cast)
    paper = paper_of(f"task-{claim.id}")
    transaction(lambda: service.issue_certificate(cast.mona, paper))
    with pytest.raises(NotEntitled, match="certified already"):
        transaction(
            lambda: service.issue_certificate(
                cast.max, replace(paper, snapshot=replace(paper.snapshot, code=codes.new_code()))
            )
        )
    with pytest.raises(NotEntitled, match="certified already"):
        paper_of(f"task-{claim.id}")
    assert len(all_certificates()) == 1 and len(events("certificate.issued")) == 1


@pytest.mark.parametrize("who", ["dora", "otto", "nils", "fay", "admin"])
def test_only_a_maintainer_of_the_sig_issues(cast: Cast, who: str) -> None:
    claim = accepted(cast)
    with pytest.raises(Forbidden):
        issue(getattr(cast, who), f"task-{claim.id}")
    assert all_certificates() == []


def test_what_changed_since_it_was_set_is_refused(cast: Cast) -> None:
    paper = paper_of(f"task-{accepted(cast).id}")
    cast.dora.display_name = "Dora Ekström"
    db.session.commit()
    with pytest.raises(NotEntitled, match="changed since the preview"):
        transaction(lambda: service.issue_certificate(cast.mona, paper))
    assert all_certificates() == []


def test_what_nobody_sees_of_a_name_is_not_certified(cast: Cast) -> None:
    cast.dora.display_name = "Do\u200bra\u00ad Ek\u2060ström\ufeff"
    db.session.commit()
    certificate = issue_task(cast)
    assert certificate.name == "Dora Ekström"
    assert '"name":"Dora Ekström"' in str(service.snapshot_of(certificate).to_json())  # type: ignore[union-attr]
    cast.dora.display_name = "\u200b"
    db.session.commit()
    with pytest.raises(NotEntitled, match="no name"):
        issue_task(cast)


@pytest.mark.parametrize("control", ["\u202e", "\u2066", "\u200f", "\u061c"])
def test_a_name_that_reads_otherwise_than_it_is_written_is_not_certified(cast: Cast, control: str) -> None:
    cast.dora.display_name = f"Dora {control}arod"
    db.session.commit()
    with pytest.raises(MissingGlyphs, match=f"U\\+{ord(control):04X}"):
        issue_task(cast)
    assert all_certificates() == []


def test_without_a_name_there_is_no_certificate(cast: Cast) -> None:
    claim = accepted(cast)
    cast.dora.display_name = ""
    db.session.commit()
    with pytest.raises(NotEntitled, match="no name"):
        paper_of(f"task-{claim.id}")


def test_a_role_is_certified(cast: Cast) -> None:
    row = role(cast, cast.dora, "contributor", dt.date(2024, 3, 1), dt.date(2025, 3, 1))
    certificate = issue(cast.mona, f"service-{row.id}")
    assert (certificate.programme_id, certificate.points, certificate.title) == (None, None, "Contributor of AKG")
    assert (certificate.period_from, certificate.period_to) == (dt.date(2024, 3, 1), dt.date(2025, 2, 28))


def test_the_mail_brings_the_signed_pdf_in_the_holders_language(cast: Cast, app: Any) -> None:
    cast.dora.language = "zh"
    db.session.commit()
    certificate = issue_task(cast)
    [mail] = outbox.outgoing(app.extensions["settings"])
    message = outbox.message(mail, app.extensions["settings"])
    [attached] = message.iter_attachments()
    assert attached.get_content_type() == "application/pdf"
    assert attached.get_filename() == f"certificate-{certificate.code}.pdf"
    assert checked(attached.get_content()).tone == "ok"  # type: ignore[attr-defined]
    text = message.get_body(("plain",))
    assert text is not None and certificate.path in text.get_content()  # type: ignore[attr-defined]
    assert "证书" in str(message["Subject"])


# -- revocation -----------------------------------------------------------------------------------


def test_a_revocation_has_a_reason_and_shows_on_the_status_list_at_once(cast: Cast) -> None:
    one, other = issue_task(cast), issue_task(cast)
    assert queries.revoked_on(one.status_list) == []
    with pytest.raises(Refused) as refusal:
        revoke(cast.mona, one, "  ")
    assert refusal.value.field == "reason"
    revoke(cast.mona, one)
    assert queries.revoked_on(one.status_list) == [one.status_index]
    assert other.revoked_at is None
    assert [n.user_id for n in db.session.scalars(select(Notice).join(Event).where(Event.name == "certificate.revoked"))] == [cast.dora.id]  # fmt: skip


def test_it_is_never_undone_nor_changed(cast: Cast) -> None:
    certificate = revoke(cast.mona, issue_task(cast))
    with pytest.raises(Refused, match="never changed"):
        revoke(cast.admin, certificate, "Another reason")
    assert certificate.reason == "Issued twice by mistake."


@pytest.mark.parametrize(
    ("who", "may"), [("mona", True), ("max", True), ("admin", True), ("nils", False), ("dora", False), ("fay", False)]
)
def test_who_revokes(cast: Cast, who: str, may: bool) -> None:
    certificate = issue_task(cast)
    if may:
        assert revoke(getattr(cast, who), certificate).revoked_by_id == getattr(cast, who).id
    else:
        with pytest.raises(Forbidden):
            revoke(getattr(cast, who), certificate)


def test_a_corrected_certificate_and_the_one_it_replaces_name_each_other(cast: Cast) -> None:
    first = issue_task(cast)
    revoke(cast.mona, first, "The name was misspelt.")
    cast.dora.display_name = "Dora Ekström"
    db.session.commit()
    second = issue(cast.max, first.entitlement)
    assert second.replaces is first and queries.replaced_by(first.id) == second.code
    snapshot = service.snapshot_of(second)
    assert snapshot is not None and (snapshot.replaces, snapshot.name) == (first.code, "Dora Ekström")
    revoke(cast.mona, second)
    third = issue(cast.mona, first.entitlement)
    assert third.replaces is second


# -- the database ---------------------------------------------------------------------------------


def _changed(certificate: Certificate, **columns: Any) -> None:
    with db.session.begin_nested():
        db.session.execute(
            Certificate.__table__.update().where(Certificate.__table__.c.id == certificate.id).values(**columns)
        )


@pytest.mark.parametrize(
    "columns",
    [
        {"points": 99}, {"title": "Other"}, {"user_id": 1}, {"code": "0" * 26}, {"sha256": "0" * 64}, {"name": "Other"}, {"name": ""},
        {"revoked_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}, {"credential": "{}"}, {"replaces_id": 1}, {"issued_by_id": 1},
        {"erased_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)},
    ],
    ids=lambda columns: ",".join(columns),
)  # fmt: skip
def test_the_database_keeps_what_was_certified(cast: Cast, columns: dict[str, Any]) -> None:
    certificate = issue_task(cast)
    with pytest.raises(Exception, match=r"certificate_|ck_certificate|CHECK"):
        _changed(certificate, **columns)


def test_the_database_keeps_revocations_files_and_rows(cast: Cast) -> None:
    certificate = revoke(cast.mona, issue_task(cast))
    with pytest.raises(Exception, match="certificate_revoked_for_good"):
        _changed(certificate, revoked_at=None, revoked_by_id=None, reason="")
    for table, column in ((CertificateFile.__table__, "certificate_id"), (Certificate.__table__, "id")):
        with (
            pytest.raises(Exception, match=r"certificate_file_deleted|certificate_never_deleted"),
            db.session.begin_nested(),
        ):
            db.session.execute(table.delete().where(table.c[column] == certificate.id))  # type: ignore[attr-defined]
    with pytest.raises(Exception, match="certificate_file_frozen"), db.session.begin_nested():
        db.session.execute(CertificateFile.__table__.update().values(snapshot="{}"))


@pytest.mark.parametrize(
    ("columns", "name"),
    [
        ({}, "uq_certificate|UNIQUE"), ({"issued_by_id": "dora"}, "not_ones_own"), ({"kind": "internship", "entitlement": "task-3"}, "claim_of_task"),
        ({"entitlement": "task-1", "claim_id": "failed"}, "certificate_of_accepted_claim"),
        ({"entitlement": "task-2", "replaces_id": "itself"}, "certificate_replaces_revoked"),
    ],
)  # fmt: skip
def test_the_database_refuses_what_no_service_makes(cast: Cast, columns: dict[str, Any], name: str) -> None:
    first = issue_task(cast)
    failed = cast.make_claim(cast.otto, state="failed")
    stand = {"dora": cast.dora.id, "failed": failed.id, "itself": first.id}
    row = {column.name: getattr(first, column.name) for column in Certificate.__table__.columns if column.name != "id"}
    row |= {"code": "1" * 26, "code_hash": "1" * 64, "sha256": "1" * 64}
    row |= {key: stand.get(value, value) if isinstance(value, str) else value for key, value in columns.items()}
    with pytest.raises(Exception, match=name), db.session.begin_nested():
        db.session.execute(Certificate.__table__.insert().values(**row))


def test_the_status_lists_are_as_long_as_their_credentials_say() -> None:
    assert LIST_SIZE == badges.STATUS_ENTRIES
    last, first = Certificate(id=LIST_SIZE - 1), Certificate(id=LIST_SIZE)
    assert (last.status_list, last.status_index) == (1, LIST_SIZE - 1)
    assert (first.status_list, first.status_index) == (2, 0)


def test_counting_is_by_state(cast: Cast) -> None:
    from tracker.certificates.shelf import Filters

    revoke(cast.mona, issue_task(cast))
    issue_task(cast)
    assert queries.counts(Filters(), cast.mona) == {"revoked": 1, "valid": 1}
    assert queries.counts(Filters(), cast.nils) == {}
    assert db.session.scalar(select(func.count()).select_from(queries.rows(Filters(), cast.dora).subquery())) == 2
    assert clock.now() >= all_certificates()[0].issued_at
