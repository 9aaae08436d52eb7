"""The signature, as another program sees it: pyHanko's validator, with nothing but the public certificate."""

from __future__ import annotations

import datetime as dt
import io
import sys
from typing import Any

import pytest
from asn1crypto.x509 import Certificate
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

import tracker.certificates
from tests.certificates.proof.aside import aside
from tests.certificates.proof.paper import CLASSIC, CODE, LONG, PLAIN, SIGNED_AT, signed, snapshot
from tracker.certificates import document, keyring, signing
from tracker.certificates.document import Layout
from tracker.certificates.keyring import PublicKeys
from tracker.certificates.signing import NoSigner
from tracker.certificates.verification import verify_pdf
from tracker.config import Settings


def seen_by_pyhanko(data: bytes, trusted: list[PublicKeys], *, at: dt.datetime = SIGNED_AT) -> PdfSignatureStatus:
    """What pyHanko says of the one signature in ``data``, asked for the moment ``at``."""
    [found] = PdfFileReader(io.BytesIO(data)).embedded_signatures
    roots = [Certificate.load(pair.der) for pair in trusted]
    context = ValidationContext(trust_roots=roots, allow_fetching=False, moment=at)
    return aside(lambda: validate_pdf_signature(found, context))


@pytest.mark.parametrize("layout", [CLASSIC, PLAIN], ids=["classic", "plain"])
def test_it_is_valid_and_covers_the_whole_file(site: Settings, layout: Layout) -> None:
    status = seen_by_pyhanko(signed(layout=layout), keyring.public_keys())
    assert status.bottom_line and status.intact and status.valid and status.trusted
    assert status.coverage == SignatureCoverageLevel.ENTIRE_FILE
    assert status.modification_level == ModificationLevel.NONE


def test_it_certifies_that_nothing_may_be_changed(site: Settings, certificate: bytes) -> None:
    [found] = PdfFileReader(io.BytesIO(certificate)).embedded_signatures
    assert found.docmdp_level == MDPPerm.NO_CHANGES
    assert found.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
    assert str(found.sig_object["/Reason"]) == "Certificate 5HWTK-8PN3J-ZC61Q-E7B2M-4XRDVA"
    assert found.self_reported_timestamp == SIGNED_AT


def test_it_is_still_pdf_a(site: Settings) -> None:
    """What the document says of itself is what was set; nothing of a later PDF than that of PDF/A-2 came in."""
    plain = document.render(snapshot(), CLASSIC)
    data, _key = signing.sign(plain, reason=signing.reason(CODE), at=SIGNED_AT)
    assert data.startswith(plain)
    before, after = (PdfFileReader(io.BytesIO(each)).root for each in (plain, data))
    assert after["/Metadata"].data == before["/Metadata"].data
    assert "/Version" not in after
    field = after["/AcroForm"]["/Fields"][0]
    assert field["/F"] & 4 and [float(edge) for edge in field["/Rect"]] == [0, 0, 0, 0]


def test_it_is_valid_in_forty_years(site: Settings, certificate: bytes) -> None:
    later = SIGNED_AT + dt.timedelta(days=40 * 365)
    assert seen_by_pyhanko(certificate, keyring.public_keys(), at=later).bottom_line


def test_it_stays_valid_when_the_keys_were_changed(new_site: Settings) -> None:
    before = signed()
    first = keyring.current().id
    keyring.rotate(new_site)
    keys = keyring.public_keys()
    assert verify_pdf(before, keys).key_id == first
    assert verify_pdf(before, keys).genuine and seen_by_pyhanko(before, keys).bottom_line
    now = keys[-1].since + dt.timedelta(days=1)
    after = signed(at=now)
    assert verify_pdf(after, keys).genuine and seen_by_pyhanko(after, keys, at=now).bottom_line
    assert verify_pdf(after, keys).key_id == keyring.current().id != first


def test_the_old_certificate_alone_proves_what_it_signed_and_nothing_newer(new_site: Settings) -> None:
    before = signed()
    public = keyring.public_keys()
    keyring.rotate(new_site)
    assert verify_pdf(before, public).genuine
    assert verify_pdf(signed(at=keyring.public_keys()[-1].since), public).reason == "other_key"


def test_the_key_is_named(site: Settings) -> None:
    _data, key = signing.sign(document.render(snapshot(), CLASSIC), reason=signing.reason(CODE), at=SIGNED_AT)
    assert key == keyring.current().id


def test_without_the_library_it_is_refused_and_says_so(site: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "tracker.certificates.pades", raising=False)
    monkeypatch.delattr(tracker.certificates, "pades", raising=False)
    monkeypatch.setitem(sys.modules, "pyhanko.sign", None)
    with pytest.raises(NoSigner, match="sign"):
        signing.sign(b"%PDF-", reason="", at=SIGNED_AT)


@pytest.mark.parametrize("changes", [{"name": LONG}, {"points": None}, {"kind": "service", "title": "Maintainer"}])
def test_whoever_and_whatever_it_is_for(site: Settings, changes: dict[str, Any]) -> None:
    data = signed(snapshot(**changes))
    assert verify_pdf(data, keyring.public_keys()).genuine
    assert seen_by_pyhanko(data, keyring.public_keys()).bottom_line
