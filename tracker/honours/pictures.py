"""Whether uploaded bytes are a picture, and the small one that is made of them. What a file calls itself is never believed."""

from __future__ import annotations

import io
from typing import NewType

from PIL import Image, ImageOps

from tracker.errors import Refused
from tracker.images import MOST_SCANS, scans
from tracker.text import LazyString, _l

#: Bytes of a file; a request holds 2 MiB.
MOST_BYTES = 1_800_000
#: Pixels a side, and in all: what is decoded takes 4 bytes each.
LEAST_SIDE, MOST_SIDE, MOST_PIXELS = 64, 10_000, 16_000_000
#: Pixels a side of what is kept.
SIDE = 256
FORMATS = ("JPEG", "PNG", "WEBP")
_BACKGROUND = (255, 255, 255)
_DAMAGED = _l("The picture is damaged or cut off: it can't be read to its end. Save it anew and try again.")
#: How other files begin that are picked by mistake, or on purpose.
_OTHERS: tuple[tuple[tuple[bytes, ...], LazyString], ...] = (
    ((b"GIF8",), _l("This is a GIF. Choose a JPEG, PNG or WebP.")),
    ((b"%PDF",), _l("This is a PDF, not a picture. Choose a JPEG, PNG or WebP.")),
    ((b"<svg", b"<?xml", b"<!doctype svg"), _l("This is an SVG drawing, which isn't taken. Choose a JPEG, PNG or WebP.")),
    ((b"<!doctype html", b"<html", b"<script"), _l("This is a web page, not a picture. Choose a JPEG, PNG or WebP.")),
)  # fmt: skip


#: What ``square`` made.
Square = NewType("Square", bytes)


def square(data: bytes) -> Square:
    """A square WebP of SIDE pixels made of the middle of a JPEG, PNG or WebP, turned as the camera was held, without anything
    that came along (place, time, camera, colour profile). Of a moving picture its first frame.

    Raises Refused saying what is wrong with the bytes; never anything else, whatever they are.
    """
    if len(data) > MOST_BYTES:
        raise Refused(_l("The file is too large: at most %(most)s MB.", most=f"{MOST_BYTES / 1e6:.1f}"), field="file")
    if scans(data) > MOST_SCANS:
        raise Refused(
            _l("The picture is stored in too many passes. Save it anew, as a plain JPEG or PNG, and try again."),
            field="file",
        )
    # Where a WebP is opened, room is made for all of it at once: its size is read before.
    if webp := _webp_size(data):
        _check_size(*webp)
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Refused(
            _l("The picture is too large: at most %(most)s million pixels. Make it smaller first.", most=MOST_PIXELS // 1_000_000),
            field="file",
        ) from error  # fmt: skip
    except Exception as error:  # each decoder has errors of its own
        raise Refused(_what_else(data), field="file") from error
    _check_size(*image.size)
    try:
        return _made(image)
    except Exception as error:
        raise Refused(_DAMAGED, field="file") from error


def _webp_size(data: bytes) -> tuple[int, int] | None:
    """Width and height as the head of a WebP says; None for what isn't one. (RFC 9649, 2.5 to 2.7.)"""
    kind, head = data[12:16], data[20:30]
    if not _is_webp(data) or len(head) < 10:
        return None
    if kind == b"VP8X":
        return 1 + int.from_bytes(head[4:7], "little"), 1 + int.from_bytes(head[7:10], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(head[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    return int.from_bytes(head[6:8], "little") & 0x3FFF, int.from_bytes(head[8:10], "little") & 0x3FFF


def _is_webp(data: bytes) -> bool:
    return data.startswith(b"RIFF") and data[8:12] == b"WEBP"


def _what_else(data: bytes) -> LazyString:
    if data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n")) or _is_webp(data):
        return _DAMAGED
    begin = data.removeprefix(b"\xef\xbb\xbf")[:200].lstrip().lower()
    for beginnings, words in _OTHERS:
        if begin.startswith(tuple(each.lower() for each in beginnings)):
            return words
    return _l("This isn't a picture that can be read. Choose a JPEG, PNG or WebP.")


def _check_size(width: int, height: int) -> None:
    """By what the head of the file says, before anything is decoded."""
    if min(width, height) < LEAST_SIDE:
        raise Refused(
            _l("The picture is too small: %(width)s × %(height)s pixels, at least %(least)s a side.", width=width,
               height=height, least=LEAST_SIDE),
            field="file",
        )  # fmt: skip
    if max(width, height) > MOST_SIDE or width * height > MOST_PIXELS:
        raise Refused(
            _l("The picture is too large: %(width)s × %(height)s pixels, at most %(most)s million in all. Make it smaller"
               " first.", width=width, height=height, most=MOST_PIXELS // 1_000_000),
            field="file",
        )  # fmt: skip


def check_square(data: Square) -> None:
    """Raises Refused for what ``square`` didn't make; quick, so that a transaction isn't held up by decoding."""
    if _webp_size(data) != (SIDE, SIDE) or data[12:16] != b"VP8 ":
        raise Refused(_DAMAGED, field="file")


def _made(image: Image.Image) -> Square:
    image.draft("RGB", (2 * SIDE, 2 * SIDE))  # a large JPEG is decoded at a smaller size
    image.seek(0)
    image.load()
    if image.mode.startswith("I;16"):
        image = image.point(lambda value: value / 256).convert("L")  # else what is above 255 is white
    kind = "RGBA" if image.has_transparency_data else "RGB"
    if image.mode != kind:
        image = image.convert(kind)
    # Turned when it is small: of a square it is the same.
    fitted = ImageOps.exif_transpose(ImageOps.fit(image, (SIDE, SIDE), Image.Resampling.LANCZOS))
    # A new picture: what the old one carried doesn't come along.
    clean = Image.new("RGB", (SIDE, SIDE), _BACKGROUND)
    clean.paste(fitted, mask=fitted.getchannel("A") if fitted.mode == "RGBA" else None)
    out = io.BytesIO()
    clean.save(out, "WEBP", quality=84, method=4)
    return Square(out.getvalue())
