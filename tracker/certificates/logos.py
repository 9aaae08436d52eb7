"""Logos of layouts: pictures that people upload, made harmless before they go into a document."""

from __future__ import annotations

import base64
import io
import re
import zlib
from collections.abc import Iterator
from xml.etree import ElementTree

from PIL import Image, UnidentifiedImageError

from tracker.errors import Refused
from tracker.images import MOST_SCANS, scans
from tracker.text import _l

#: Bytes of what is uploaded; pixels of either side as uploaded and as kept.
LARGEST, MOST_PIXELS, PIXELS = 512 * 1024, 2000, 600
#: Bytes that a drawn logo may add to a document, so that every certificate is far below what the check page takes.
MOST_IN_DOCUMENT = 300 * 1024
#: An SVG has at most so many elements, so deep in each other.
MOST_ELEMENTS, DEEPEST = 2000, 50
#: Sides of an SVG, in whatever unit, and how often one goes into the other: the drawing takes memory by them.
_SIDES, _FLATTEST = (0.01, 100_000.0), 20
_PNG = b"\x89PNG\r\n\x1a\n"
#: Shapes and their colours; nothing that is fetched, run, or needs a font.
_ELEMENTS = {"svg", "g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "defs", "linearGradient",
             "radialGradient", "stop", "title", "desc"}  # fmt: skip
#: What makes little text long work: clips of clips double with each, and dashes can be as many as points on the line.
_COSTLY = {"href", "style", "clip-path", "mask", "filter", "stroke-dasharray"}
#: Lengths from ten millions on: the drawing takes time by them.
_HUGE = re.compile(r"(?<![.\d])\d{7,}|[\d.][eE]\+?\d")
_SVG = "{http://www.w3.org/2000/svg}"
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
            if max(image.size) > MOST_PIXELS:
                raise Refused(_l("The logo has too many pixels."), field="logo")
            picture = image.convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise Refused(_l("The logo must be a PNG, JPEG, WebP or SVG picture."), field="logo") from error
    picture.thumbnail((PIXELS, PIXELS))
    # A document has the points packed without the tricks of PNG.
    while len(zlib.compress(picture.tobytes())) > MOST_IN_DOCUMENT:
        picture.thumbnail((picture.width * 3 // 4, picture.height * 3 // 4))
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
    for count, (element, depth) in enumerate(_walk(root)):
        if count >= MOST_ELEMENTS or depth > DEEPEST:
            raise Refused(_l("The SVG logo has too many shapes."), field="logo")
        # One drawing: inner ones have sizes of their own.
        if not _is_plain(element) or (element.tag == f"{_SVG}svg") != (element is root):
            raise refusal
    _set_size(root)
    ElementTree.register_namespace("", _SVG[1:-1])
    return bytes(ElementTree.tostring(root, encoding="utf-8"))


def _walk(root: ElementTree.Element) -> Iterator[tuple[ElementTree.Element, int]]:
    """Every element with its depth, however deep: what goes too deep is refused and not run into."""
    waiting = [(root, 1)]
    while waiting:
        element, depth = waiting.pop()
        yield element, depth
        waiting.extend((inner, depth + 1) for inner in element)


def _is_plain(element: ElementTree.Element) -> bool:
    if not isinstance(element.tag, str) or element.tag not in {f"{_SVG}{name}" for name in _ELEMENTS}:
        return False
    names = {key.rpartition("}")[2].lower() for key in element.attrib}
    if names & _COSTLY or any(name.startswith("on") for name in names):
        return False
    if any(
        _HUGE.search(text) for key, text in element.attrib.items() if key != "id" and not text.startswith(("#", "url("))
    ):
        return False
    return not _LINKS.search(" ".join(element.attrib.values()))


def _set_size(root: ElementTree.Element) -> None:
    """Give the drawing a size that we chose, as wide for its height as it was. Raises Refused where it has none or no sane one."""
    box = re.split(r"[\s,]+", root.get("viewBox", "").strip())
    given = (
        box[2:]
        if len(box) == 4
        else [re.sub("(px|pt|mm|cm|in)$", "", root.get(side, "")) for side in ("width", "height")]
    )
    numbers = [float(text) if re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,9})?", text) else 0.0 for text in given]
    width, height = numbers
    if not all(_SIDES[0] <= side <= _SIDES[1] for side in numbers) or max(numbers) > _FLATTEST * min(numbers):
        raise Refused(
            _l("The SVG logo needs a viewBox, or a width and a height, and may not be a mere line."), field="logo"
        )
    if len(box) != 4:
        root.set("viewBox", f"0 0 {width:g} {height:g}")
    longest = max(width, height) / 100
    root.set("width", f"{width / longest:.3f}")
    root.set("height", f"{height / longest:.3f}")
    root.attrib.pop("preserveAspectRatio", None)
