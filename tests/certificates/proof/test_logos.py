"""Logos that people upload are what they say, and harmless."""

from __future__ import annotations

import dataclasses
import io

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.certificates.proof.paper import CLASSIC, PLAIN, snapshot
from tracker.certificates import logos
from tracker.certificates.document import render
from tracker.errors import Refused

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">%s</svg>'


def _picture(form: str, size: tuple[int, int] = (300, 120)) -> bytes:
    output = io.BytesIO()
    Image.new("RGB", size, "#336699").save(output, form)
    return output.getvalue()


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_pictures_are_drawn_anew_and_go_into_the_document(form: str) -> None:
    kept = logos.checked(_picture(form))
    assert kept.startswith(b"\x89PNG")
    for layout in (CLASSIC, PLAIN):
        assert render(snapshot(), dataclasses.replace(layout, logo=kept)) != render(snapshot(), layout)


def test_what_is_written_beside_the_points_is_gone() -> None:
    notes = PngInfo()
    notes.add_text("Author", "somebody's name")
    output = io.BytesIO()
    Image.new("RGB", (10, 10)).save(output, "PNG", pnginfo=notes)
    assert b"somebody" in output.getvalue()
    assert b"somebody" not in logos.checked(output.getvalue())


def test_large_pictures_are_made_smaller() -> None:
    with Image.open(io.BytesIO(logos.checked(_picture("PNG", (2400, 800))))) as image:
        assert image.size == (600, 200)


def test_plain_shapes_stay_as_svg() -> None:
    kept = logos.checked(SVG % b'<path d="M1 1h7" fill="url(#g)"/>')
    assert b"path" in kept and kept == logos.checked(kept)
    assert render(snapshot(), dataclasses.replace(CLASSIC, logo=kept))


@pytest.mark.parametrize(
    "data",
    [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n broken", _picture("PNG")[:200], _picture("GIF"), b"<svg", b"<html/>", b"<svg>\xff</svg>",
     SVG % b"<script>1</script>", SVG % b'<image href="file:///etc/passwd"/>', SVG % b'<rect onclick="x()"/>',
     SVG % b"<style>*{}</style>", SVG % b'<rect style="fill:red"/>', SVG % b"<text>x</text>", SVG % b"<foreignObject/>",
     SVG % b'<rect fill="url(https://example.org/x)"/>', SVG % b'<use xmlns:x="http://www.w3.org/1999/xlink" x:href="#a"/>',
     b'<!DOCTYPE svg [<!ENTITY a "b">]><svg xmlns="http://www.w3.org/2000/svg"/>', b"<" * 600_000,
     _picture("PNG", (7_000, 10))],
)  # fmt: skip
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(Refused) as refusal:
        logos.checked(data)
    assert refusal.value.field == "logo"
