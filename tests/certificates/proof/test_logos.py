"""Logos that people upload are what they say, and harmless."""

from __future__ import annotations

import dataclasses
import io
from xml.etree import ElementTree

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.certificates.proof.paper import CLASSIC, PLAIN, snapshot
from tracker.certificates import logos
from tracker.certificates.document import new_logo, render
from tracker.certificates.forms import MOST_PDF
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
    with Image.open(io.BytesIO(logos.checked(_picture("PNG", (1800, 600))))) as image:
        assert image.size == (600, 200)


def test_plain_shapes_stay_as_svg() -> None:
    kept = logos.checked(SVG % b'<path d="M1 1h7" fill="#11e5e5" stroke-width="0.12345678" id="e2e2"/>')
    assert b"path" in kept and kept == logos.checked(kept)
    assert render(snapshot(), dataclasses.replace(CLASSIC, logo=kept))


@pytest.mark.parametrize(
    ("size", "kept"),
    [(b'width="40mm" height="20mm"', (100, 50)), (b'viewBox="0,0, 48 24"', (100, 50)), (b'viewBox="-9 -9 10 200"', (5, 100)),
     (b'viewBox="0 0 48 48" width="900000" height="0.001" preserveAspectRatio="none"', (100, 100))],
)  # fmt: skip
def test_an_svg_gets_a_size_that_we_chose(size: bytes, kept: tuple[int, int]) -> None:
    root = ElementTree.fromstring(
        new_logo(b'<svg xmlns="http://www.w3.org/2000/svg" %s><path d="M1 1h7"/></svg>' % size)
    )
    assert (float(root.get("width", 0)), float(root.get("height", 0))) == kept and root.get("viewBox")


def test_what_can_not_be_set_is_refused_when_it_is_uploaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logos, "checked", lambda data: data)  # one that no check of ours knows
    with pytest.raises(Refused) as refusal:
        new_logo(b'<svg xmlns="http://www.w3.org/2000/svg" width="0" height="0"/>')
    assert refusal.value.field == "logo"


def _noise(size: tuple[int, int]) -> Image.Image:
    return Image.merge("RGB", [Image.effect_noise(size, 120) for _channel in range(3)])


def _slope(size: tuple[int, int]) -> Image.Image:
    """Few bytes as PNG, and many where its points are packed one by one."""
    slopes = [Image.linear_gradient("L").rotate(turn).resize(size) for turn in (0, 90, 180)]
    return Image.merge("RGB", slopes)


@pytest.mark.parametrize(
    "picture", [_noise((600, 400)), _noise((600, 600)), _slope((600, 600))], ids=["noise", "square", "slope"]
)
def test_a_document_with_a_large_logo_is_far_below_what_the_check_page_takes(picture: Image.Image) -> None:
    output = io.BytesIO()
    picture.save(output, "JPEG", quality=80)
    layout = dataclasses.replace(CLASSIC, logo=new_logo(output.getvalue()))
    assert len(render(snapshot(), layout)) < MOST_PDF // 2


@pytest.mark.parametrize(
    "data",
    [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n broken", _picture("PNG")[:200], _picture("GIF"), b"<svg", b"<html/>", b"<svg>\xff</svg>",
     SVG % b"<script>1</script>", SVG % b'<image href="file:///etc/passwd"/>', SVG % b'<rect onclick="x()"/>',
     SVG % b"<style>*{}</style>", SVG % b'<rect style="fill:red"/>', SVG % b"<text>x</text>", SVG % b"<foreignObject/>",
     SVG % b'<rect fill="url(https://example.org/x)"/>', SVG % b'<use xmlns:x="http://www.w3.org/1999/xlink" x:href="#a"/>',
     b'<!DOCTYPE svg [<!ENTITY a "b">]><svg xmlns="http://www.w3.org/2000/svg"/>', b"<" * 600_000,
     _picture("PNG", (2_001, 10)), SVG % b'<circle r="1e38"/>', SVG % b'<circle r="10000000"/>',
     SVG % b'<rect clip-path="url(#c)"/>', SVG % b'<clipPath id="c"/>', SVG % b'<rect mask="url(#c)"/>',
     SVG % b'<path stroke-dasharray="0.00001" d="M1 1h7"/>', SVG % b'<svg width="1e9" height="1"/>', SVG % b'<x:rect xmlns:x="http://x/"/>',
     SVG % (b"<g>" * 5_000 + b"</g>" * 5_000), SVG % (b"<g>" * 50 + b"</g>" * 50), SVG % (b"<rect/>" * 2_000),
     b'<svg viewBox="0 0 9 9"/>', b'<svg xmlns="http://x/" viewBox="0 0 9 9"/>', *(
         b'<svg xmlns="http://www.w3.org/2000/svg" %s/>' % size for size in (
             b"", b'width="0" height="0"', b'width="9"', b'viewBox="0 0 0.0000001 9"', b'viewBox="0 0 1e9 9"', b'viewBox="0 0 201 10"',
             b'viewBox="0 0 nan 9"', b'viewBox="0 0 9"', b'width="-9" height="9"', b'width="100%" height="100%"',
         )
     )],
)  # fmt: skip
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(Refused) as refusal:
        logos.checked(data)
    assert refusal.value.field == "logo"
