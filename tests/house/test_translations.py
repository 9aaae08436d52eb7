"""Every sentence is there in Chinese, with the same facts in it."""

from __future__ import annotations

import io
import re
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
CHINESE = ROOT / "tracker" / "translations" / "zh_Hans_CN" / "LC_MESSAGES" / "messages.po"
KEYWORDS = {
    "_": None,
    "_l": None,
    "gettext": None,
    "ngettext": (1, 2),
    "_n": (1, 2),
    "_nl": (1, 2),
    "lazy_gettext": None,
}


@cache
def _sentences() -> frozenset[str]:
    """Every message that the code and the templates have."""
    found: set[str] = set()
    jinja = {"**.html": {"trim_blocks": "true", "lstrip_blocks": "true"}}
    for folder, methods, options in (
        ("tracker", [("**.py", "python")], {}),
        ("templates", [("**.html", "jinja2")], jinja),
    ):
        for _file, _line, message, _comments, _context in extract_from_dir(
            ROOT / folder, methods, options, keywords=KEYWORDS
        ):
            found.add(message[0] if isinstance(message, tuple) else message)
    return frozenset(found - {""})


@cache
def _catalogue() -> Catalog:
    with CHINESE.open("rb") as file:
        return read_po(file, locale="zh_Hans_CN")


def _said(message: Message | None) -> list[str]:
    if message is None or message.fuzzy:
        return []
    said = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
    return [text for text in said if text]


def _facts(text: str) -> set[str]:
    return set(re.findall(r"%\((\w+)\)[sd]", text))


def test_every_sentence_is_translated() -> None:
    catalogue = _catalogue()
    missing = sorted(text for text in _sentences() if not _said(catalogue.get(text)))
    assert not missing, f"{len(missing)} of {len(_sentences())} sentences without Chinese: {missing[:10]}"


def test_a_translation_has_the_facts_of_its_sentence() -> None:
    wrong = {}
    for message in _catalogue():
        ids = message.id if isinstance(message.id, (tuple, list)) else (message.id,)
        # Chinese has one form for one and many: it may follow either.
        wanted = [_facts(text) for text in ids]
        for text in _said(message):
            if message.id and _facts(text) not in wanted:
                wrong[ids[0]] = text
    assert wrong == {}


def test_a_translation_keeps_percent_signs_whole() -> None:
    broken = []
    for message in _catalogue():
        if not message.id:
            continue
        for text in _said(message):
            if "%(" in text and re.search(r"%(?!\(\w+\)[sd])", text.replace("%%", "")):
                broken.append(text)
    assert broken == []


def test_nothing_is_kept_that_nobody_says() -> None:
    known = _sentences()
    stale = [m.id if isinstance(m.id, str) else m.id[0] for m in _catalogue() if m.id]
    assert [text for text in stale if text not in known] == []


def test_what_is_compiled_is_what_is_written() -> None:
    from build_translations import compile_all

    compile_all()
    with CHINESE.with_suffix(".mo").open("rb") as file:
        compiled = read_mo(io.BytesIO(file.read()))
    for message in _catalogue():
        if message.id and _said(message):
            assert _said(compiled.get(message.id if isinstance(message.id, str) else message.id[0])) == _said(message)
