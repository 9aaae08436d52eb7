"""A certificate that isn't, to the last bit, what was signed is not genuine; and no file is too strange to be told so."""

from __future__ import annotations

import io
import tracemalloc
import zlib
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import copy_into_new_writer
from pyhanko.sign import signers

from tests.certificates.proof.aside import aside
from tests.certificates.proof.paper import CODE, PLAIN, SIGNED_AT, signed, snapshot
from tracker.certificates import cms, document, keyring, verification
from tracker.certificates.keyring import PublicKeys
from tracker.certificates.pades import _Signer
from tracker.certificates.verdicts import SENTENCES, Verdict
from tracker.certificates.verification import verify_pdf
from tracker.config import Settings
from tracker.text import LazyString

_HOLE = b"/Contents <30"


def check(data: bytes, keys: list[PublicKeys] | None = None) -> Verdict:
    """The verdict by ``keys`` (those of the site), which is one that has a sentence."""
    found = verify_pdf(data, keyring.public_keys() if keys is None else keys)
    assert found.reason in SENTENCES and found.genuine == (found.reason == "genuine")
    return found


def flipped(data: bytes, at: int, mask: int) -> bytes:
    return data[:at] + bytes((data[at] ^ mask,)) + data[at + 1 :]


def test_what_was_signed_is_genuine(site: Settings, certificate: bytes) -> None:
    found = check(certificate)
    assert found == Verdict(True, "genuine", CODE, SIGNED_AT, keyring.current().id, whole_file=True)


def test_every_reason_has_a_sentence_that_is_translated() -> None:
    assert all(isinstance(sentence, LazyString) for sentence in SENTENCES.values())
    assert len({str(sentence) for sentence in SENTENCES.values()}) == len(SENTENCES)


# -- flips ----------------------------------------------------------------------------------------


@settings(max_examples=400, deadline=None)
@given(st.floats(0, 1, exclude_max=True), st.integers(1, 255))
@example(0.0, 1)
@example(0.9999999, 0x20)
def test_a_changed_byte_anywhere_isnt_genuine(
    public: list[PublicKeys], certificate: bytes, place: float, mask: int
) -> None:
    assert not check(flipped(certificate, int(place * len(certificate)), mask), public).genuine


def test_a_flipped_bit_in_every_byte_of_the_signature_isnt_genuine(site: Settings, certificate: bytes) -> None:
    """Everything from the signature to the end: its unused digits, names of algorithms, ranges, the last line."""
    start = certificate.rindex(_HOLE)
    spoiled = {at: check(flipped(certificate, at, 1 << at % 8)) for at in range(start, len(certificate))}
    assert [at for at, found in spoiled.items() if found.genuine] == []


def test_digits_of_the_signature_are_written_in_one_way(site: Settings, certificate: bytes) -> None:
    start = certificate.rindex(_HOLE) + len("/Contents <")
    end = certificate.index(b">", start)
    digits = certificate[start:end]
    for other in (digits.lower(), digits[:-2] + b"01", digits[:-1] + b" ", digits[:-1] + b"\n"):
        assert check(certificate[:start] + other + certificate[end:]).reason == "damaged"


def test_what_the_signature_doesnt_cover_is_rebuilt_and_compared(site: Settings, certificate: bytes) -> None:
    """Names and versions around the signed attributes: pyHanko's own validator doesn't mind some of them."""
    [place] = [place for place in verification._places(certificate) if place.size == len(certificate)]
    container = verification._container(certificate, place)
    minded = 0
    for at in range(len(container)):
        spoiled = flipped(container, at, 1).hex().upper().encode()
        data = certificate[: place.start + 1] + spoiled + certificate[place.start + 1 + len(spoiled) :]
        minded += check(data).genuine
    assert minded == 0


# -- more or less than was signed -------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(st.binary(min_size=1, max_size=200))
@example(b"\n")
@example(b"\0")
@example(b"%%EOF\n")
def test_appended_bytes_arent_genuine(public: list[PublicKeys], certificate: bytes, more: bytes) -> None:
    assert check(certificate + more, public).reason == "appended"


@settings(max_examples=200, deadline=None)
@given(st.floats(0, 1, exclude_max=True))
@example(0.9999999)
def test_a_truncated_file_isnt_genuine(public: list[PublicKeys], certificate: bytes, part: float) -> None:
    assert check(certificate[: int(part * len(certificate))], public).reason in {"not_pdf", "truncated", "unsigned"}


def test_bytes_put_in_or_taken_out_arent_genuine(site: Settings, certificate: bytes) -> None:
    for at in range(0, len(certificate), 397):
        assert not check(certificate[:at] + b" " + certificate[at:]).genuine
        assert not check(certificate[:at] + certificate[at + 1 :]).genuine
    assert check(b"\n" + certificate).reason == "not_pdf"
    assert not check(certificate + certificate).genuine


def test_an_incremental_update_isnt_genuine(site: Settings, certificate: bytes) -> None:
    writer = IncrementalPdfFileWriter(io.BytesIO(certificate))
    writer.root["/Lang"] = generic.pdf_string("zh")
    writer.update_root()
    output = io.BytesIO()
    writer.write(output)
    assert output.getvalue().startswith(certificate)
    assert check(output.getvalue()).reason == "appended"


def test_another_signature_over_it_isnt_ours(site: Settings, certificate: bytes, new_site: Settings) -> None:
    """A second signature by somebody else covers the whole file, ours no longer does."""
    stranger = keyring.current()
    keyring.configure(site)
    meta = signers.PdfSignatureMetadata(field_name="Other", md_algorithm="sha256")
    output = io.BytesIO()
    writer = IncrementalPdfFileWriter(io.BytesIO(certificate))
    # The document forbids it; a program that doesn't ask does it all the same.
    signer = signers.PdfSigner(meta, _Signer(stranger))
    signer._enforce_certification_constraints = lambda reader: None  # type: ignore[method-assign]
    aside(lambda: signer.sign_pdf(writer, bytes_reserved=8192, output=output))
    assert not check(output.getvalue()).genuine


def _page_of(data: bytes) -> bytes:
    """The compressed drawing of the one page."""
    page = PdfFileReader(io.BytesIO(data)).root["/Pages"]["/Kids"][0]
    return bytes(page["/Contents"].encoded_data)


def test_a_swapped_page_isnt_genuine(site: Settings, certificate: bytes) -> None:
    other = signed(snapshot(name="Somebody else", points=999))
    ours, theirs = _page_of(certificate), _page_of(other)
    assert check(certificate.replace(ours, theirs[: len(ours)].ljust(len(ours), b"\0"))).reason == "changed"
    # Whole: the page of one certificate written into the other by a program that knows PDF.
    writer = IncrementalPdfFileWriter(io.BytesIO(certificate))
    page = writer.root["/Pages"]["/Kids"][0]
    page["/Contents"] = writer.add_object(generic.StreamObject(stream_data=zlib.decompress(theirs)))
    writer.update_container(page)
    output = io.BytesIO()
    writer.write(output)
    assert not check(output.getvalue()).genuine


def test_the_signature_of_another_certificate_isnt_genuine(site: Settings, certificate: bytes) -> None:
    other = signed(snapshot(name="Somebody else", points=999))
    ours, theirs = (verification._places(data)[0] for data in (certificate, other))
    data = certificate[: ours.start] + other[theirs.start : theirs.end] + certificate[ours.end :]
    assert check(data).reason == "changed"


# -- other keys -----------------------------------------------------------------------------------


def test_another_sites_certificate_isnt_genuine(site: Settings, new_site: Settings) -> None:
    forged = signed()
    assert verify_pdf(forged, keyring.public_keys()).genuine, "it is, at the other site"
    keyring.configure(site)
    assert check(forged).reason == "other_key"


def test_without_any_keys_nothing_is_genuine(certificate: bytes) -> None:
    assert verify_pdf(certificate, []).reason == "other_key"


def test_another_key_behind_our_certificate_isnt_genuine(
    site: Settings, new_site: Settings, certificate: bytes
) -> None:
    """Signed by a stranger who puts our certificate into the file."""
    stranger = keyring.current()
    keyring.configure(site)
    ours = keyring.current()
    place = verification._places(certificate)[0]
    found = cms.read(verification._container(certificate, place))
    pretended = _signature_by(stranger, found.attributes)
    container = cms.Signature(found.certificate, found.attributes, pretended).container(ours.certificate)
    digits = container.hex().upper().encode()
    data = certificate[: place.start + 1] + digits + certificate[place.start + 1 + len(digits) :]
    assert check(data).reason == "damaged"


def _signature_by(keys: keyring.Keys, attributes: bytes) -> bytes:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

    return keys.document.sign(cms._der(0x31, attributes), PKCS1v15(), hashes.SHA256())


def test_a_signature_outside_the_time_of_its_key_isnt_genuine(new_site: Settings) -> None:
    signed_early, keys = signed(), keyring.public_keys()
    keyring.rotate(new_site)
    retired = PublicKeys(keys[0].id, keys[0].certificate, keys[0].badge, keys[0].since, until=keys[0].since)
    found = verify_pdf(signed_early, [retired])
    assert (found.genuine, found.reason, found.code) == (False, "out_of_time", CODE)


# -- files that are something else ------------------------------------------------------------------


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=2000))
def test_no_bytes_are_too_strange(public: list[PublicKeys], data: bytes) -> None:
    assert check(data, public).reason == "not_pdf" or data.startswith(b"%PDF-")
    assert not check(b"%PDF-1.7\n" + data, public).genuine


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 2**30), st.integers(0, 2**30), st.integers(0, 2**30))
def test_no_ranges_are_too_strange(public: list[PublicKeys], hole: bytes, start: int, end: int, rest: int) -> None:
    head = b"%PDF-1.7\n/Contents <"
    signature = b"%s>/ByteRange [0 %d %d %d]" % (hole.hex().upper().encode(), start, end, rest)
    assert not check(head + signature, public).genuine
    fitting = head + b"%s>" % hole.hex().upper().encode()
    tail = b"/ByteRange [0 %d %d 100]" % (len(head) - 1, len(fitting))
    assert not check(fitting + tail.ljust(100), public).genuine


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_container_is_too_strange(public: list[PublicKeys], certificate: bytes, data: Any) -> None:
    """Spoiled in several places, so that lengths and tags lead astray."""
    place = verification._places(certificate)[0]
    container = bytearray(verification._container(certificate, place))
    for _ in range(data.draw(st.integers(1, 4))):
        container[data.draw(st.integers(0, len(container) - 1))] = data.draw(st.integers(0, 255))
    if bytes(container) == verification._container(certificate, place):
        return
    digits = bytes(container).hex().upper().encode()
    assert not check(
        certificate[: place.start + 1] + digits + certificate[place.start + 1 + len(digits) :], public
    ).genuine


def test_an_unsigned_document_isnt_genuine(site: Settings) -> None:
    assert check(document.render(snapshot(), PLAIN)).reason == "unsigned"


def test_an_encrypted_copy_isnt_genuine(site: Settings, certificate: bytes) -> None:
    writer = copy_into_new_writer(PdfFileReader(io.BytesIO(document.render(snapshot(), PLAIN))))
    writer.encrypt(owner_pass="secret")
    output = io.BytesIO()
    writer.write(output)
    assert check(output.getvalue()).reason == "encrypted"


def test_a_newly_saved_copy_isnt_genuine(site: Settings, certificate: bytes) -> None:
    output = io.BytesIO()
    copy_into_new_writer(PdfFileReader(io.BytesIO(certificate))).write(output)
    assert not check(output.getvalue()).genuine


def test_a_huge_file_is_refused_at_once(site: Settings) -> None:
    assert check(b"%PDF-1.7\n" + bytes(verification.LARGEST)).reason == "too_large"


def test_a_bomb_costs_no_more_than_its_bytes(site: Settings) -> None:
    """Streams that unpack to a thousand times their size, objects that nest, and ranges by the thousand."""
    packed = zlib.compress(bytes(512 * 1024 * 1024 // 100), 9)
    bomb = b"%%PDF-1.7\n1 0 obj<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream endobj\n" % (len(packed), packed)
    nested = b"[" * 200_000 + b"<<" * 200_000
    ranges = b"/ByteRange [0 1 2 3]" * 50_000
    data = bomb * 20 + nested + ranges + b"\n%%EOF"
    tracemalloc.start()
    try:
        found = check(data)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found.reason == "appended"
    assert peak < len(data) + 1_000_000


# -- what people typed ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "/ByteRange [0 1 2 3]",
        "/Contents <3082>",
        "/M (D:19990101000000Z)",
        f"/Reason (Certificate {'0' * 26})",
        "%%EOF",
        "/Encrypt",
    ],
)
def test_a_name_that_looks_like_a_signature_is_a_name(site: Settings, name: str) -> None:
    found = check(signed(snapshot(name=name, issuer=name, sig=name)))
    assert found.genuine and found.code == CODE and found.signed_at == SIGNED_AT


def test_the_code_is_that_of_the_signed_document(site: Settings) -> None:
    other = "7" + "Z" * 25
    assert check(signed(snapshot(code=other))).code == other
