"""The paper: PDF/A, one page, the same bytes each time, with every font it needs."""

from __future__ import annotations

import dataclasses
import io
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
import segno
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pyhanko.pdf_utils.reader import PdfFileReader

from tests.certificates.proof.paper import CLASSIC, CODE, LONG, LONG_ZH, MIDDLE, PLAIN, SHORT, snapshot
from tracker.certificates import document, samples
from tracker.certificates.document import DESIGNS, Layout, MissingGlyphs, missing_glyphs, picture, render

LAYOUTS = pytest.mark.parametrize("layout", [CLASSIC, PLAIN], ids=["classic", "plain"])
TITLE = (
    "Integrate the ahead-of-time operator library for heterogeneous back ends, with dynamic shapes and mixed precision"
)
TITLE_ZH = (
    "为异构后端（包括 NPU、GPU 与 CPU）实现 AOT 算子库对接，支持动态形状与混合精度，并补充完整的单元测试与性能回归测试"
)


def test_every_design_has_a_layout_to_begin_with() -> None:
    assert {layout.design for layout in samples.LAYOUTS} == set(DESIGNS)
    for layout in samples.LAYOUTS:
        assert render(samples.specimen(layout, base_url="http://127.0.0.1:8000"), layout)


@LAYOUTS
@pytest.mark.parametrize("name", [SHORT, MIDDLE, LONG, LONG_ZH, "X" * 120])
@pytest.mark.parametrize("kind", ["internship", "task", "service"])
def test_it_is_one_page_of_a4_across_whatever_the_length(layout: Layout, name: str, kind: str) -> None:
    said = snapshot(kind=kind, name=name, title=TITLE * 2, title_zh=TITLE_ZH * 2, replaces=CODE)
    pages = PdfFileReader(io.BytesIO(render(said, layout))).root["/Pages"]
    assert pages["/Count"] == 1
    assert [round(float(edge), 1) for edge in pages["/Kids"][0]["/MediaBox"]] == [0, 0, 841.9, 595.3]


@LAYOUTS
def test_the_same_facts_give_the_same_bytes_also_in_another_process(layout: Layout) -> None:
    made = render(snapshot(), layout)
    assert render(snapshot(), layout) == made
    program = (
        "import sys; from tests.certificates.proof.paper import *; from tracker.certificates import document;"
        f"sys.stdout.buffer.write(document.render(snapshot(), {'CLASSIC' if layout is CLASSIC else 'PLAIN'}))"
    )
    root = Path(__file__).parents[3]
    assert subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, check=True).stdout == made


@pytest.mark.parametrize(
    "changes",
    [{"name": "Cheng Xiaoman"}, {"code": "0" * 26}, {"points": 99}, {"sig_zh": "其他"}, {"check_url": "https://other.example.org/"},
     {"signatory": "Somebody else"}, {"replaces": "0" * 26}, {"period_to": None}],
)  # fmt: skip
def test_other_facts_give_other_bytes(changes: dict[str, Any]) -> None:
    assert render(snapshot(**changes), CLASSIC) != render(snapshot(), CLASSIC)


@LAYOUTS
def test_it_says_that_it_is_pdf_a_2b(layout: Layout) -> None:
    root = PdfFileReader(io.BytesIO(render(snapshot(), layout))).root
    said = root["/Metadata"].data
    assert b"<pdfaid:part>2</pdfaid:part>" in said and b"<pdfaid:conformance>B</pdfaid:conformance>" in said
    assert root["/OutputIntents"][0]["/S"] == "/GTS_PDFA1"


@LAYOUTS
def test_every_font_is_inside_and_only_what_is_needed_of_it(layout: Layout) -> None:
    data = render(snapshot(), layout)
    page = PdfFileReader(io.BytesIO(data)).root["/Pages"]["/Kids"][0]
    fonts = [
        font.get_object()["/DescendantFonts"][0]["/FontDescriptor"] for font in page["/Resources"]["/Font"].values()
    ]
    assert fonts and all("/FontFile3" in font or "/FontFile2" in font for font in fonts)
    assert len(data) < 100_000


def test_layouts_ask_for_nothing_from_the_network() -> None:
    for file in document.LAYOUTS.glob("*.typ"):
        assert "@" not in file.read_text(encoding="utf-8"), file  # packages are @preview/…


def test_what_no_font_has_is_told_before() -> None:
    assert missing_glyphs("王小明 Łukasz Nguyễn Ō x\u0301 Ωmega Дмитрий") == ""
    assert missing_glyphs("a\U0001f600b한\U0001f600\u0f40") == "\U0001f600한\u0f40"
    with pytest.raises(MissingGlyphs) as refusal:
        render(snapshot(name="김 Kim"), CLASSIC)
    assert refusal.value.characters == "김"
    assert "김" in str(refusal.value)
    with pytest.raises(MissingGlyphs):
        picture(snapshot(kind="task", title="Ship it \U0001f680"), PLAIN, width=400)


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20))
def test_any_name_is_either_set_or_refused(name: str) -> None:
    missing = missing_glyphs(name)
    assert set(missing) <= set(name)
    if missing:
        with pytest.raises(MissingGlyphs) as refusal:
            render(snapshot(name=name), CLASSIC)
        assert set(refusal.value.characters) == set(missing)
    else:
        assert render(snapshot(name=name), CLASSIC).startswith(b"%PDF-")


@pytest.mark.parametrize(
    "name", ["#panic()", "$x$", "*bold* _it_ `raw`", '"quoted" \\ // /*', "<label> @ref", "[x](y)"]
)
def test_what_people_type_is_text_and_not_a_program(name: str) -> None:
    assert render(snapshot(name=name), PLAIN).startswith(b"%PDF-")


def test_the_picture_is_as_wide_as_asked_and_marked_as_a_specimen() -> None:
    with Image.open(io.BytesIO(picture(snapshot(), CLASSIC, width=800))) as image:
        assert abs(image.width - 800) <= 1 and image.width / image.height == pytest.approx(297 / 210, abs=0.01)
        marked = image.convert("RGB").getpixel((1, image.height - 2))
    assert marked  # it is a picture
    plain = dataclasses.replace(CLASSIC, accent="#000000", second="#000000", logo=b"")
    with Image.open(io.BytesIO(picture(snapshot(), plain, width=400))) as image:
        colours = {colour for _count, colour in image.convert("RGB").getcolors(1 << 24)}
    # Nothing else on a black and white layout is red.
    assert any(red > green + 20 for red, green, _blue in colours)


def test_the_code_to_scan_leads_to_the_check_page() -> None:
    """The squares that are printed, one by one, are those of the address."""
    black = dataclasses.replace(PLAIN, accent="#000000", logo=b"")
    with Image.open(io.BytesIO(picture(snapshot(), black, width=2400))) as image:
        corner = image.convert("L").crop((int(2400 * 0.83), int(image.height * 0.75), 2400, image.height))
    dark = corner.point(lambda value: 255 if value < 60 else 0)
    box = dark.getbbox()
    assert box is not None
    left, top, right, _bottom = box
    wanted = [list(row) for row in segno.make(snapshot().check_url, error="m", micro=False, mask=3).matrix]
    size = (right - left) / len(wanted)
    printed = [
        [
            int(dark.getpixel((left + int((x + 0.5) * size), top + int((y + 0.5) * size))) == 255)
            for x in range(len(wanted))
        ]
        for y in range(len(wanted))
    ]
    assert printed == wanted


@LAYOUTS
@pytest.mark.parametrize("word", ["W", "i", "a_"])
def test_words_without_an_end_stay_on_the_page(layout: Layout, word: str) -> None:
    """What is outside the columns of text looks as it does with short words: compared point by point."""

    def outside(**said: str) -> list[bytes]:
        with Image.open(io.BytesIO(picture(snapshot(kind="task", **said), layout, width=594))) as image:
            return [image.crop(box).tobytes() for box in ((0, 0, 64, 420), (556, 0, 594, 420), (438, 320, 448, 420))]

    long = {name: word * (120 // len(word)) for name in ("name", "signatory", "signatory_zh", "issuer", "issuer_zh")}
    assert outside(**long, title=word * 100, title_zh=f"完成{word * 100}（测试）") == outside()


def test_threads_share_the_compiler() -> None:
    expected = {name: render(snapshot(name=name), CLASSIC) for name in (SHORT, MIDDLE, LONG)}
    made: list[bool] = []

    def work(name: str) -> None:
        made.extend(render(snapshot(name=name), CLASSIC) == expected[name] for _ in range(4))

    threads = [threading.Thread(target=work, args=(name,)) for name in expected for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [True] * 24


@pytest.mark.parametrize("wrong", [{"design": "none"}, {"accent": "red"}, {"second": "#FFF"}, {"accent": "#12345g"}])
def test_a_layout_that_cant_be_drawn_is_none(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        dataclasses.replace(CLASSIC, **wrong)
