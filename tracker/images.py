"""What a picture's bytes say before a library decodes them."""

from __future__ import annotations

#: Passes over a JPEG. Cameras and programs write up to a dozen; each takes as long as decoding all of it.
MOST_SCANS = 64
_JPEG, _SCAN = b"\xff\xd8", b"\xff\xda"


def scans(data: bytes) -> int:
    """How many passes a JPEG has, at most: how often a scan begins in its bytes; 0 for what is no JPEG.

    In the compressed data itself these bytes can't stand (ITU T.81, B.1.1.5). In what comes along (a preview, a profile) they
    may, a few times.
    """
    return data.count(_SCAN) if data.startswith(_JPEG) else 0
