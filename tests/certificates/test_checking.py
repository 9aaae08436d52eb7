"""A PDF or a code that somebody was given: each answer, and nothing is kept."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pytest
from flask import Flask

from tests.certificates.earned import issue_task, revoke
from tests.support.cast import Cast
from tests.support.client import Client
from tests.support.statements import statements
from tracker.certificates import document, issuing, keyring, queries, signing
from tracker.certificates.check_views import checked
from tracker.certificates.forms import MOST_PDF
from tracker.certificates.models import Certificate
from tracker.certificates.service import snapshot_of


def pdf_of(certificate: Certificate) -> bytes:
    file = queries.file_of(certificate.id)
    assert file is not None
    return bytes(file.pdf)


def upload(client: Client, data: bytes, status: int = 200, name: str = "it.pdf", code: str = "") -> str:
    answer = client.post("/certificates/check", status, file=(io.BytesIO(data), name), code=code)
    return str(answer.get_data(as_text=True))


def test_the_file_as_it_was_issued_is_genuine(cast: Cast, client: Client) -> None:
    certificate = issue_task(cast)
    page = upload(client, pdf_of(certificate), code=certificate.code)
    assert "Genuine and valid." in page and certificate.path in page and certificate.sha256 in page
    assert "Dora" not in page.split("<main", 1)[1]  # the name is on the file


def test_nothing_of_an_upload_is_kept(cast: Cast, client: Client) -> None:
    data = pdf_of(issue_task(cast))
    with statements() as seen:
        upload(client, data)
    written = [statement for statement in seen if not statement.startswith(("SELECT", "PRAGMA", "BEGIN", "ROLLBACK"))]
    assert all("sign_in_attempt" in statement or "advisory" in statement for statement in written), written


def flipped(data: bytes) -> bytes:
    at = len(data) // 3
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


BROKEN = {
    "a flipped byte": (flipped, "Not genuine"),
    "an appended byte": (lambda data: data + b"\n", "Not genuine"),
    "a cut end": (lambda data: data[:-1], "Not genuine"),
    "half of it": (lambda data: data[: len(data) // 2], "Not genuine"),
    "no PDF": (lambda _data: b"%PNG", "this isn&#39;t a PDF file"),
    "an unsigned PDF": (lambda _data: b"%PDF-1.7\n%%EOF\n", "isn&#39;t signed by this site"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_was_changed_is_not_genuine(cast: Cast, client: Client, what: str) -> None:
    change, words = BROKEN[what]
    page = upload(client, change(pdf_of(issue_task(cast))))
    assert "Not genuine" in page and words in page and "Genuine and valid" not in page


def test_a_signed_file_that_is_not_on_record_proves_nothing(cast: Cast, client: Client) -> None:
    """As signed by somebody who has the key, or issued in a database that is gone."""
    certificate = issue_task(cast)
    from tracker.certificates.document import render

    snapshot = snapshot_of(certificate)
    assert snapshot is not None
    paper = render(snapshot, issuing.drawn(certificate.layout))
    later = certificate.issued_at + dt.timedelta(minutes=1)
    forged, _key = signing.sign(paper, reason=signing.reason(certificate.code), at=later)
    assert "isn&#39;t on record" in upload(client, forged)


def test_a_revoked_one_is_genuine_and_revoked(cast: Cast, client: Client) -> None:
    certificate = issue_task(cast)
    data = pdf_of(certificate)
    revoke(cast.mona, certificate)
    page = upload(client, data)
    assert "Genuine, but revoked." in page and "Issued twice by mistake." in page


def test_the_file_of_another_certificate_is_said_to_be_so(cast: Cast) -> None:
    one, other = issue_task(cast), issue_task(cast)
    assert checked(pdf_of(one), other.code).tone == "warn"
    assert checked(pdf_of(one), one.code.lower()).tone == "ok"


def test_keys_of_another_site_prove_nothing_here(cast: Cast, app: Flask, tmp_path: Any) -> None:
    data = pdf_of(issue_task(cast))
    from tests.conftest import settings_for

    keyring.configure(settings_for("sqlite://", tmp_path / "elsewhere"))
    keyring.current()
    assert checked(data).tone == "bad"


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({}, 422, "Choose a PDF file."), ({"file": (io.BytesIO(b""), "it.pdf")}, 422, "The file is empty."),
        ({"file": (io.BytesIO(b"%PDF" + b" " * MOST_PDF), "it.pdf")}, 422, "The file is too large: at most 1 MiB."),
        ({"file": "words"}, 422, "This isn&#39;t a file."), ({"code": "x" * 201}, 422, "At most 200 characters"),
    ],
    ids=["nothing", "empty", "large", "words", "long"],
)  # fmt: skip
def test_what_can_not_be_checked_is_said_at_the_field(
    client: Client, fields: dict[str, Any], status: int, words: str
) -> None:
    fields = {
        name: (io.BytesIO(value[0].getvalue()), value[1]) if isinstance(value, tuple) else value
        for name, value in fields.items()
    }
    assert words in str(client.post("/certificates/check", status, **fields).get_data(as_text=True))


def test_checks_of_files_are_limited(cast: Cast, client: Client) -> None:
    for _try in range(60):  # an office checks those of a whole intake
        upload(client, b"%PNG")
    upload(client, b"%PNG", 429)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("5HWTK-8PN3J-ZC61Q-E7B2M-4XRDV", "A code has 26 letters and digits; this has 25."),
        ("5HWTK-8PN3J-ZC61Q-E7B2M-4XRD%23U", "No code has these characters: # U."), ("9" * 26, "begins with a digit from 0 to 7"),
        ("5" * 150, "this has 150"),
    ],
)  # fmt: skip
def test_a_code_that_can_not_be_one_is_kept_and_what_is_wrong_is_said(client: Client, code: str, words: str) -> None:
    page = str(client.get(f"/certificates/check?code={code}", 422).get_data(as_text=True))
    assert words in page and f'value="{code.replace("%23", "#")}"' in page and 'aria-invalid="true"' in page


@pytest.mark.parametrize(
    ("who", "lists"), [("mona", True), ("admin", True), ("dora", False), ("fay", False), (None, False)]
)
def test_the_address_on_the_paper_leads_to_where_one_checks(
    cast: Cast, app: Flask, who: str | None, lists: bool
) -> None:
    certificate = issue_task(cast)
    snapshot = snapshot_of(certificate)
    assert snapshot is not None
    where = dict(document._said(snapshot, issuing.drawn(certificate.layout))["facts"])["查验 Check"]
    assert where == snapshot.check_url.partition("://")[2].replace(snapshot.code, "check")
    reader = Client(app)
    if who:
        reader.sign_in(getattr(cast, who))
    assert "Check a certificate" in str(reader.get("/certificates/check").get_data(as_text=True))
    if lists:
        reader.get("/certificates/")
    else:
        assert reader.get("/certificates/", 302).headers["Location"] == "/certificates/check"
    at = f"/certificates/?code={snapshot.code}"
    assert reader.get(at, 302).headers["Location"] == f"/certificates/check?code={snapshot.code}"


def test_a_code_leads_to_its_page(cast: Cast, client: Client) -> None:
    certificate = issue_task(cast)
    answer = client.get(f"/certificates/check?code={certificate.code.lower()}", 302)
    assert answer.headers["Location"] == certificate.path
    assert "Check a certificate" in str(client.get("/").get_data(as_text=True))
    client.get("/certificates/status/1")
    client.get("/certificates/status/0", 404)
    client.get("/certificates/status/2", 404)
    client.get("/certificates/status/99999999999999999999", 404)
