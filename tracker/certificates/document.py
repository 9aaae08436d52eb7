"""The paper: one A4 page, PDF/A-2b, in Chinese and English, with every font it needs inside.

typst sets it from ``layouts/``; it reads nothing but these files and the fonts of this installation, asks no network, and gives
the same bytes for the same snapshot and layout.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import threading
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pylopdf_fonts_zh_cn
import segno
import typst

from tracker.certificates import codes, logos
from tracker.certificates.snapshot import Snapshot
from tracker.certificates.wording import both, day, day_zh, wording
from tracker.errors import Refused
from tracker.text import _l

LAYOUTS = Path(__file__).parent / "layouts"
#: Drawings that a layout chooses from: files of ``layouts/``.
DESIGNS: tuple[str, ...] = ("classic", "plain")
#: Every font that the drawings name is here or in typst itself.
FONTS = pylopdf_fonts_zh_cn.sans_path().parent
STANDARD = "a-2b"
#: Controls of the direction of writing (Unicode, Bidi_Control).
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_COLOUR = re.compile(r"#[0-9a-f]{6}")
#: A4 across, in inches: what a width in pixels is divided by.
_INCHES = 297 / 25.4
_GLYPHS = b'#set text(font: ("Libertinus Serif", "Noto Serif SC"))\n#sys.inputs.text'


@dataclass(frozen=True, slots=True)
class Layout:
    """How a community's certificates look: data, chosen by its maintainers."""

    key: str
    issuer: str
    issuer_zh: str
    signatory: str
    signatory_zh: str
    #: ``#1f3a5f``
    accent: str
    second: str
    #: PNG or SVG that has been checked; empty for none.
    logo: bytes
    #: One of DESIGNS.
    design: str

    def __post_init__(self) -> None:
        if self.design not in DESIGNS:
            raise ValueError(f"there is no design {self.design!r}")
        for colour in (self.accent, self.second):
            if not _COLOUR.fullmatch(colour):
                raise ValueError(f"a colour is # and six hexadecimal digits in lower case, not {colour!r}")


class MissingGlyphs(Refused):
    """No font of the paper has some of the characters."""

    def __init__(self, characters: str) -> None:
        super().__init__(
            _l(
                "No font of the certificate has these characters: %(characters)s. Write the name or title without them.",
                characters=named(characters),
            )
        )
        self.characters = characters


class _Press:
    """The one compiler of this process, made when it is needed first: it keeps the fonts and what pages have in common."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._compiler: typst.Compiler | None = None

    def compile(self, source: Path | bytes, inputs: dict[str, str], **how: Any) -> bytes:
        with self._lock:
            if self._compiler is None:
                fonts = typst.Fonts(include_system_fonts=False, font_paths=[str(FONTS)])
                self._compiler = typst.Compiler(root=str(LAYOUTS), font_paths=fonts, ignore_system_fonts=True)
            made = self._compiler.compile(input=source, sys_inputs=inputs, **how)
        if not isinstance(made, bytes):
            raise ValueError("a certificate is one page")
        return made


_press = _Press()


def visible(text: str) -> str:
    """``text`` without what nobody sees (joiners, blanks of no width), so that names that look the same are the same.

    What turns the direction of writing stays: it changes what is read, and ``missing_glyphs`` tells of it.
    """
    return "".join(character for character in text if character in _TURNING or unicodedata.category(character) != "Cf")


def named(characters: str) -> str:
    """Characters for people to read: those that can't be seen by their numbers, as U+202E."""
    return " ".join(one if one.isprintable() else f"U+{ord(one):04X}" for one in characters)


def missing_glyphs(text: str) -> str:
    """The characters no certificate has, each once, in their order; empty if all are fine.

    No embedded font has them, or they turn the direction of writing, which would show a name as another one.
    """
    if turning := "".join(dict.fromkeys(character for character in text if character in _TURNING)):
        return turning
    if _shown(text):
        return ""
    characters = dict.fromkeys(text)
    # Marks are tried on a letter: they don't stand alone.
    missing = [character for character in characters if not _shown(f"x{character}")]
    # Where each is there and only their combination isn't, whoever wrote it sees all that may be meant.
    return "".join(missing or (character for character in characters if not character.isascii()))


def has_glyphs(text: str) -> bool:
    """Whether nothing is missing, in one try however long it is."""
    return not _TURNING & set(text) and _shown(text)


def render(snapshot: Snapshot, layout: Layout) -> bytes:
    """PDF/A-2b: the same bytes for the same snapshot and layout. Raises MissingGlyphs."""
    _demand_glyphs(snapshot)
    return typeset(snapshot, layout)


def typeset(snapshot: Snapshot, layout: Layout) -> bytes:
    """As ``render``, of what is known to have glyphs."""
    moment = dt.datetime.combine(snapshot.issued_on, dt.time(), dt.UTC)  # nothing of the moment when it is set goes in
    return _set(snapshot, layout, specimen=False, format="pdf", pdf_standards=[STANDARD], timestamp=moment)


def picture(snapshot: Snapshot, layout: Layout, *, width: int) -> bytes:
    """PNG, ``width`` pixels across, marked as a specimen: what will be issued, before it is. Raises MissingGlyphs."""
    _demand_glyphs(snapshot)
    return _set(snapshot, layout, specimen=True, format="png", ppi=width / _INCHES)


def new_logo(data: bytes) -> bytes:
    """An uploaded logo as it may be kept. Set once on paper and in a picture, before anything is issued with it; raises Refused."""
    logo = logos.checked(data)
    inputs = {"logo": logos.as_svg(logo)}
    try:
        _press.compile(LAYOUTS / "logo.typ", inputs, format="pdf", pdf_standards=[STANDARD], timestamp=0)
        _press.compile(LAYOUTS / "logo.typ", inputs, format="png", ppi=72)
    except typst.TypstError as error:
        raise Refused(
            _l("The logo can't be set. Save it as a plain SVG or as a PNG, and try that."), field="logo"
        ) from error
    return logo


def _set(snapshot: Snapshot, layout: Layout, *, specimen: bool, **how: Any) -> bytes:
    inputs = {
        "data": json.dumps(_said(snapshot, layout) | {"specimen": specimen}, ensure_ascii=False),
        "qr": _qr(snapshot.check_url, layout.accent),
    }
    return _press.compile(LAYOUTS / "certificate.typ", inputs, **how)


def _demand_glyphs(snapshot: Snapshot) -> None:
    if missing := missing_glyphs("\n".join(_typed(snapshot))):
        raise MissingGlyphs(missing)


def _typed(snapshot: Snapshot) -> tuple[str, ...]:
    """What people typed."""
    return (snapshot.name, snapshot.community, snapshot.sig, snapshot.sig_zh, snapshot.programme, snapshot.programme_zh,
            snapshot.title, snapshot.title_zh, snapshot.signatory, snapshot.signatory_zh, snapshot.issuer, snapshot.issuer_zh)  # fmt: skip


def _said(snapshot: Snapshot, layout: Layout) -> dict[str, Any]:
    """What the drawings read."""
    words = wording(snapshot)
    facts = [("编号 No.", codes.grouped(snapshot.code)),
             ("颁发 Issued", f"{day_zh(snapshot.issued_on)} · {day(snapshot.issued_on)}")]  # fmt: skip
    if snapshot.replaces:
        facts.append(("替换 Replaces", codes.grouped(snapshot.replaces)))
    return {
        "design": layout.design, "accent": layout.accent, "second": layout.second, "logo": logos.as_svg(layout.logo),
        "code": codes.grouped(snapshot.code), "name": snapshot.name, "facts": [*facts, ("查验 Check", _where(snapshot))],
        "heading": words.heading, "heading_zh": words.heading_zh, "said": words.said, "said_zh": words.said_zh,
        "issuer": snapshot.issuer, "issuer_line": both(snapshot.issuer_zh, snapshot.issuer),
        "signatory": snapshot.signatory, "signatory_zh": snapshot.signatory_zh,
    }  # fmt: skip


def _where(snapshot: Snapshot) -> str:
    """Where a code is typed in: the scan goes further, to this certificate."""
    return f"{snapshot.check_url.partition('://')[2].removesuffix(snapshot.code)}check"


def _qr(address: str, colour: str) -> str:
    buffer = io.BytesIO()
    # Which mask it is drawn by is written in it; trying all eight for the prettiest takes 5 ms.
    segno.make(address, error="m", micro=False, mask=3).save(
        buffer, kind="svg", dark=colour, light=None, border=0, xmldecl=False, svgns=True
    )
    return buffer.getvalue().decode()


def _shown(text: str) -> bool:
    try:
        _press.compile(_GLYPHS, {"text": text}, format="pdf", pdf_standards=[STANDARD], timestamp=0)
    except typst.TypstError:
        return False
    return True
