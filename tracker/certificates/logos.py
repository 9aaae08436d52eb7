"""Logos of layouts: pictures that people upload, made harmless before they go into a document."""

from __future__ import annotations

import base64
import io
import re
from xml.etree import ElementTree

from PIL import Image, UnidentifiedImageError

from tracker.errors import Refused
from tracker.images import MOST_SCANS, scans
from tracker.text import _l

#: Bytes of what is uploaded; pixels of either side as kept.
LARGEST, PIXELS = 512 * 1024, 600
_PNG = b"\x89PNG\r\n\x1a\n"
#: Shapes and their colours; nothing that is fetched, run, or needs a font.
_ELEMENTS = {"svg", "g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "defs", "linearGradient",
             "radialGradient", "stop", "clipPath", "title", "desc"}  # fmt: skip
_LINKS = re.compile(r"(?i)url\(\s*(?!['\"]?#)|javascript:|data:")


def checked(data: bytes) -> bytes:
    """The logo as it may be kept: PNG drawn anew, or SVG of plain shapes. Raises Refused for anything else."""
    if len(data) > LARGEST:
        raise Refused(_l("The logo may have at most 512 KiB."), field="logo")
    return _shapes(data) if data.lstrip().startswith(b"<") else _drawn_anew(data)


def as_svg(logo: bytes) -> str:
    """A kept logo as one SVG text, which is what the drawings take; empty for none."""
    if not logo.startswith(_PNG):
        return logo.decode("utf-8")
    with Image.open(io.BytesIO(logo)) as image:
        width, height = image.size
    data = base64.b64encode(logo).decode("ascii")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">'
        f'<image width="{width}" height="{height}" href="data:image/png;base64,{data}"/></svg>'
    )


def _drawn_anew(data: bytes) -> bytes:
    if scans(data) > MOST_SCANS:
        raise Refused(_l("The logo must be a PNG, JPEG, WebP or SVG picture."), field="logo")
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as image:
            if max(image.size) > 10 * PIXELS:
                raise Refused(_l("The logo has too many pixels."), field="logo")
            picture = image.convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise Refused(_l("The logo must be a PNG, JPEG, WebP or SVG picture."), field="logo") from error
    picture.thumbnail((PIXELS, PIXELS))
    clean = Image.new("RGBA", picture.size)
    clean.paste(picture)  # the points alone: nothing that was written beside them
    output = io.BytesIO()
    clean.save(output, "PNG", optimize=True)
    return output.getvalue()


def _shapes(data: bytes) -> bytes:
    refusal = Refused(
        _l("The SVG logo may hold plain shapes only: no text, pictures, styles, scripts or links."), field="logo"
    )
    if b"<!" in data.replace(b"<!--", b"") or b"<?xml-" in data:
        raise refusal  # no entities, no style sheets
    try:
        root = ElementTree.fromstring(data.decode("utf-8"))
    except (ElementTree.ParseError, UnicodeDecodeError, ValueError) as error:
        raise refusal from error
    for element in root.iter():
        name = element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
        words = " ".join(element.attrib.values())
        if (
            name not in _ELEMENTS
            or _LINKS.search(words)
            or any(
                key.rpartition("}")[2].lower() in ("href", "style") or key.lower().startswith("on")
                for key in element.attrib
            )
        ):
            raise refusal
    if root.tag.rpartition("}")[2] != "svg":
        raise refusal
    ElementTree.register_namespace("", "http://www.w3.org/2000/svg")
    return bytes(ElementTree.tostring(root, encoding="utf-8"))
