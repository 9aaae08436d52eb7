"""Markdown to safe HTML: raw HTML is escaped, then an allow-list of tags and addresses."""

from __future__ import annotations

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

_parser = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(["table", "strikethrough"])
_TAGS = {"p", "br", "hr", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "code", "em", "strong", "s",
         "a", "table", "thead", "tbody", "tr", "th", "td"}  # fmt: skip
#: The page has its own h1 and h2: a text's first level begins below.
_LOWERED = {"h1": "h3", "h2": "h4", "h3": "h5", "h4": "h6", "h5": "h6"}


def render(source: str) -> Markup:
    """HTML of ``source``; links go to http, https and mailto only and carry ``rel=nofollow noopener``."""
    tokens = _parser.parse(source or "")
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = _LOWERED.get(token.tag, token.tag)
    html = _parser.renderer.render(tokens, _parser.options, {})
    clean = nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href", "title"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener",
    )
    # A code block that is wider than the page scrolls; the keyboard must reach it.
    return Markup(clean.replace("<pre>", '<pre tabindex="0">'))
