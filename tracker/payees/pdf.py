"""Whether bytes are a PDF and nothing else: by its first bytes, its end, and the table of contents that the end points to. Pure."""

from __future__ import annotations

import io
import re
import zipfile

from tracker.text import Text, _l

#: Of a signed agreement; an upload as a whole may have 2 MiB.
MOST = 3 * 512 * 1024
_END = re.compile(rb"startxref\s{1,4}([0-9]{1,10})\s{1,4}%%EOF[\s\0]{0,1024}\Z")
_TABLE = re.compile(rb"\s{0,8}xref\s")
_STREAM = re.compile(rb"\s{0,8}[0-9]{1,10}\s{1,4}[0-9]{1,5}\s{1,4}obj\b")
_ROOT = re.compile(rb"/Root\s{0,4}[0-9]{1,10}\s{1,4}[0-9]{1,5}\s{1,4}R\b")

_NO_PDF = _l("This isn't a PDF. Scan the agreement, or print it into a file, as PDF.")
_DAMAGED = _l("This PDF is damaged or has something else in it. Open it, print it into a new PDF, and upload that.")
_LOCKED = _l("This PDF is locked with a password. Print it into a new PDF, and upload that.")


def problem(data: bytes) -> Text | None:
    """Why the bytes aren't taken as a PDF; None when they are.

    ISO 32000: the header, at the end ``startxref``, an offset and ``%%EOF``; at the offset a cross-reference table with its
    trailer, or a cross-reference stream; either names the document's root. What stands before the header or behind the end
    belongs to another format that the same bytes would pass for, and so does a ZIP's directory.
    """
    if not re.match(rb"%PDF-[12]\.[0-9]", data):
        return _NO_PDF
    end = _END.search(data, max(0, len(data) - 2048))
    if end is None or zipfile.is_zipfile(io.BytesIO(data)):
        return _DAMAGED
    trailer = _trailer(data, int(end[1]))
    if trailer is None or not _ROOT.search(trailer):
        return _DAMAGED
    return _LOCKED if b"/Encrypt" in trailer else None


def _trailer(data: bytes, at: int) -> bytes | None:
    """The dictionary that closes the cross-reference section at ``at``; None where there is no such section."""
    if _TABLE.match(data, at):
        begins, ends = data.find(b"trailer", at), b"startxref"
    elif _STREAM.match(data, at):
        begins, ends = at, b"stream"
    else:
        return None
    if begins < 0 or (until := data.find(ends, begins)) < 0:
        return None
    found = data[begins:until]
    return found if ends == b"startxref" or b"/XRef" in found else None
