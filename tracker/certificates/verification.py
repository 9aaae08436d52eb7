"""Whether a PDF is a certificate of this site, unchanged to the last byte.

The file isn't opened as a PDF: nothing in it is unpacked, followed or believed before the signature has been checked, so that no
file can cost more than reading it once. What is asked is whether these are the bytes that the site signed: everything but the
place of the signature is hashed, and the signature itself may be written in one way only (see ``cms``).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from tracker.certificates import cms, codes
from tracker.certificates.keyring import PublicKeys
from tracker.certificates.verdicts import Verdict, refuse

#: Bytes; a certificate has some ten thousands, one with a large logo some hundred thousands.
LARGEST = 8 * 1024 * 1024
#: So many places that look like a signature's are looked at. In a whole certificate it is the last one: nothing typed follows.
_CANDIDATES = 20
#: A file that was cut off doesn't end like one.
_END, _END_WITHIN = b"%%EOF", 1024
_ENCRYPTED = b"/Encrypt"
_RANGES = re.compile(rb"/ByteRange \[0 (\d{1,8}) (\d{1,8}) (\d{1,8})\]")
_DIGITS = re.compile(rb"<([0-9A-F]{2,})>")
# Behind the place of the signature, in the same object: nothing that people typed comes before them.
_MOMENT = re.compile(rb"/M \(D(?::|\\072)(\d{14})Z\)")
_REASON = re.compile(rb"/Reason \(Certificate ((?:[0-9A-Z-]|\\055){26,60})\)")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a signature stands: bytes ``start`` to ``end`` are its digits in angle brackets, ``size`` is the file as signed."""

    start: int
    end: int
    size: int


def verify_pdf(data: bytes, public_keys: Sequence[PublicKeys]) -> Verdict:
    """The verdict on a file, whatever its bytes are. Costs time and memory in proportion to them, up to LARGEST."""
    if len(data) > LARGEST:
        return refuse("too_large")
    if not data.startswith(b"%PDF-"):
        return refuse("not_pdf")
    places = _places(data)
    place = next((place for place in places if place.size == len(data)), None)
    if place is None:
        return refuse(_not_whole(data, places))
    try:
        container = _container(data, place)
        signature = cms.read(container)
        said = signature.message_digest
    except cms.Damaged:
        return refuse("encrypted" if _ENCRYPTED in data else "damaged")
    pair = next((pair for pair in public_keys if signature.certificate == pair.der), None)
    if pair is None:
        return refuse("other_key")
    if signature.container(pair.certificate) != container or not signature.is_by(pair.certificate):
        return refuse("damaged")
    digest = hashlib.sha256(data[: place.start])
    digest.update(data[place.end :])
    if digest.digest() != said:
        return refuse("changed")
    return _believed(data, place, pair)


def _places(data: bytes) -> list[_Place]:
    """The last places that a signature may stand at, the last one first."""
    found: list[_Place] = []
    before = len(data)
    for _ in range(_CANDIDATES):
        if (before := data.rfind(b"/ByteRange [", 0, before)) < 0:
            break
        if ranges := _RANGES.match(data, before):
            start, end, rest = map(int, ranges.groups())
            found.append(_Place(start, end, end + rest))
    return found


def _not_whole(data: bytes, places: Sequence[_Place]) -> str:
    """Why no signature covers the whole file."""
    if any(place.size < len(data) for place in places):
        return "appended"
    if places or _END not in data[-_END_WITHIN:]:
        return "truncated"
    return "encrypted" if _ENCRYPTED in data else "unsigned"


def _container(data: bytes, place: _Place) -> bytes:
    """The signature's own bytes. Raises Damaged where they aren't written in the one way, unused digits included."""
    digits = _DIGITS.fullmatch(data, place.start, place.end)
    if digits is None or len(digits[1]) % 2:
        raise cms.Damaged
    return cms.unpadded(bytes.fromhex(digits[1].decode("ascii")))


def _believed(data: bytes, place: _Place, pair: PublicKeys) -> Verdict:
    """What the signed bytes say about the signature."""
    moment, reason = _MOMENT.search(data, place.end), _REASON.search(data, place.end)
    code = codes.read_code(reason[1].replace(rb"\055", b"-").decode("ascii")) if reason else None
    try:
        signed_at = (
            dt.datetime.strptime(moment[1].decode("ascii"), "%Y%m%d%H%M%S").replace(tzinfo=dt.UTC) if moment else None
        )
    except ValueError:
        signed_at = None
    if signed_at is None or not pair.in_use(signed_at):
        return Verdict(False, "out_of_time", code, signed_at, pair.id, whole_file=True)
    return Verdict(True, "genuine", code, signed_at, pair.id, whole_file=True)
