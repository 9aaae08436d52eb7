"""What passes for a PDF, and what only looks like one."""

from __future__ import annotations

import io
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser

from tests.payees.conftest import AGREEMENT
from tracker.payees import pdf


def with_stream(entries: bytes = b"/Root 1 0 R", kind: bytes = b"/XRef", version: bytes = b"1.5") -> bytes:
    """A PDF whose table of contents is a stream, as programs write since version 1.5."""
    made = (
        b"%PDF-"
        + version
        + b"\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    )
    at = len(made)
    table = zlib.compress(b"\0" * 20)
    made += b"3 0 obj<</Type%s/Size 4/W[1 2 2]%s/Length %d>>stream\n%s\nendstream endobj\n" % (
        kind,
        entries,
        len(table),
        table,
    )
    return made + b"startxref\n%d\n%%%%EOF" % at


def zipped_behind() -> bytes:
    """A PDF that a program for ZIP files opens as well: its directory stands behind, the end of the PDF in its comment."""
    head, _, tail = AGREEMENT.rpartition(b"startxref")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("evil.js", "alert(1)")
        archive.comment = b"\nstartxref" + tail
    return head + buffer.getvalue()


GOOD = {
    "a table": AGREEMENT,
    "a stream": with_stream(),
    "version 2": with_stream(version=b"2.0"),
    "blanks behind the end": AGREEMENT + b"\r\n \0\0\n",
    "windows line ends": AGREEMENT.replace(b"startxref\n", b"startxref\r\n"),
    "a later version appended": AGREEMENT + b"6 0 obj<<>>endobj\nxref\n0 1\n0000000000 65535 f \ntrailer<</Root 1 0 R/Size 7>>\nstartxref\n%d\n%%%%EOF\n" % (len(AGREEMENT) + 18),
}  # fmt: skip
BAD = {
    "nothing": b"",
    "HTML": b"<!doctype html><script>alert(1)</script>",
    "HTML in front": b"<html>\n" + AGREEMENT,
    "one byte in front": b" " + AGREEMENT,
    "the first bytes alone": b"%PDF-1.4\n",
    "first bytes and HTML": b"%PDF-1.4\n<html><script>alert(1)</script></html>",
    "first bytes, HTML and an end": b"%PDF-1.4\n<html></html>\nstartxref\n9\n%%EOF\n",
    "an end that points nowhere": AGREEMENT.replace(b"startxref\n", b"startxref\n9"),
    "an end that points into text": AGREEMENT.rpartition(b"startxref")[0] + b"startxref\n15\n%%EOF\n",
    "HTML behind the end": AGREEMENT + b"<script>alert(1)</script>",
    "no end": AGREEMENT.replace(b"%%EOF", b""),
    "cut off": AGREEMENT[: len(AGREEMENT) // 2],
    "no root": AGREEMENT.replace(b"/Root 1 0 R", b""),
    "a stream without root": with_stream(entries=b""),
    "a stream that is something else": with_stream(kind=b"/Page"),
    "locked": AGREEMENT.replace(b"/Root 1 0 R", b"/Root 1 0 R/Encrypt 9 0 R"),
    "a ZIP": b"PK\x05\x06" + b"\0" * 18,
    "a ZIP as well": zipped_behind(),
    "a picture": b"\x89PNG\r\n\x1a\n" + b"\0" * 100,
    "version 9": AGREEMENT.replace(b"%PDF-1.4", b"%PDF-9.9"),
    "PostScript": b"%!PS-Adobe-3.0\n",
}  # fmt: skip


@pytest.mark.parametrize("name", GOOD)
def test_it_is_taken(name: str) -> None:
    assert pdf.problem(GOOD[name]) is None


@pytest.mark.parametrize("name", BAD)
def test_it_is_refused(name: str) -> None:
    assert str(pdf.problem(BAD[name]))


def test_a_zip_would_have_passed_for_both() -> None:
    """The polyglot is one: without its own check the structure alone would take it."""
    assert zipfile.is_zipfile(io.BytesIO(zipped_behind())) and zipped_behind().startswith(b"%PDF-1.4")


def test_it_says_what_to_do() -> None:
    assert "password" in str(pdf.problem(BAD["locked"]))
    assert "isn't a PDF" in str(pdf.problem(BAD["HTML"]))
    assert "damaged" in str(pdf.problem(BAD["a ZIP as well"]))


def test_what_a_real_program_prints_is_taken(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content("<h1>Agreement</h1><p>Signed.</p>")
    printed = page.pdf()
    page.close()
    assert pdf.problem(printed) is None and pdf.problem(printed[:-200]) is not None


@given(st.binary(max_size=400), st.integers(0, len(AGREEMENT)), st.integers(0, 40))
def test_no_bytes_make_it_fail(noise: bytes, at: int, cut: int) -> None:
    for data in (noise, b"%PDF-1.4\n" + noise + b"startxref\n9\n%%EOF", AGREEMENT[:at] + noise + AGREEMENT[at + cut :]):
        why = pdf.problem(data)
        assert why is None or str(why)
