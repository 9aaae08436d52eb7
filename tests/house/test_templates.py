"""Every template compiles, has a title and stands on the page frame; names follow the views."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask

ROOT = Path(__file__).resolve().parents[2] / "templates"
#: The frame itself, and the page for when nothing else works.
FRAMES = ("base.html", "errors/unavailable.html")
ALL = sorted(str(path.relative_to(ROOT)) for path in ROOT.rglob("*.html"))
PAGES = [name for name in ALL if not name.startswith("components/") and "/_" not in name and name not in FRAMES]


@pytest.mark.parametrize("name", ALL)
def test_it_compiles(words: Flask, name: str) -> None:
    words.jinja_env.get_template(name)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_extends_the_frame_and_has_a_title(name: str) -> None:
    source = (ROOT / name).read_text(encoding="utf-8")
    assert re.match(r'\s*({#.*?#}\s*)?{%-?\s*extends "(base|[a-z_/]+)\.html"', source, re.DOTALL), "extends nothing"
    if 'extends "base.html"' in source:
        assert re.search(r"{%-?\s*block title", source), "no title"
        assert re.search(r"{%-?\s*block main", source), "no main"


@pytest.mark.parametrize("name", ALL)
def test_it_has_neither_style_nor_script_inside(name: str) -> None:
    source = (ROOT / name).read_text(encoding="utf-8")
    assert "<style" not in source
    assert " style=" not in source
    assert "javascript:" not in source
    assert not re.search(r"<script(?![^>]*\bsrc=)", source)
    assert not re.search(r"\son[a-z]+=", re.sub(r"{{.*?}}", "", source, flags=re.DOTALL))
    assert "|safe" not in source.replace(" ", "")


@pytest.mark.parametrize("name", ALL)
def test_every_form_that_posts_carries_the_token(name: str) -> None:
    source = (ROOT / name).read_text(encoding="utf-8")
    for form in re.findall(r"<form\b[^>]*method=[\"']?post.*?</form>", source, re.DOTALL | re.IGNORECASE):
        assert "token()" in form or "csrf_token" in form, form[:200]


TAG = r"""<[^<>"']*(?:"[^"]*"[^<>"']*|'[^']*'[^<>"']*)*>"""


def test_no_sentence_of_a_template_is_left_untranslated() -> None:
    """Words between tags outside an expression; signs, numbers and names are no sentences."""
    found = []
    for name in ALL:
        source = (ROOT / name).read_text(encoding="utf-8")
        source = re.sub(
            r"{% block page_class %}.*?{% endblock %}|{% set \w+ %}.*?{% endset %}", "", source, flags=re.DOTALL
        )
        source = re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}|<!--.*?-->", "", source, flags=re.DOTALL)
        for text in re.sub(TAG, "\n", source).splitlines():
            words = [word for word in re.findall(r"[A-Za-z]{2,}", text) if word not in NAMES]
            if words:
                found.append(f"{name}: {' '.join(text.split())[:60]}")
    assert found == []


#: The same in every language.
NAMES = {
    "SIG",
    "Tracker",
    "CSV",
    "XLSX",
    "English",
    "en",
    "zh",
    "Markdown",
    "nbsp",
    "middot",
    "CNY",
    "ics",
    "amp",
    "kbd",
}
