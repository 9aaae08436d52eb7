"""Markdown as plain text, for mail and pads that show it as it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from unicodedata import east_asian_width

from markdown_it import MarkdownIt
from markdown_it.token import Token

_parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
_UNDERLINES = {"h1": "=", "h2": "-"}


def plain(source: str) -> str:
    """The text of ``source`` without its marks: headings underlined, lists indented, addresses behind their words."""
    page = _Page()
    for token in _parser.parse(source or ""):
        page.take(token)
    return "\n".join(page.lines).strip("\n") + "\n"


@dataclass(slots=True)
class _Page:
    """The lines so far; ``lists`` holds the mark or the next number of each list that is open."""

    lines: list[str] = field(default_factory=list)
    lists: list[int | None] = field(default_factory=list)
    heading: str = ""
    quotes: int = 0
    #: The mark of a list item whose first line is still to come.
    mark: str = ""
    cells: list[str] | None = None

    def take(self, token: Token) -> None:
        if token.type == "heading_open":
            self.heading = token.tag
        elif token.type == "heading_close":
            self.heading = ""
        elif token.type in ("bullet_list_open", "ordered_list_open"):
            self.gap() if not self.lists else None
            self.lists.append(None if token.type.startswith("b") else int(token.attrGet("start") or 1))
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            self.lists.pop()
        elif token.type == "list_item_open":
            self._item()
        elif token.type in ("blockquote_open", "blockquote_close"):
            self.quotes += 1 if token.nesting > 0 else -1
        elif token.type in ("fence", "code_block"):
            self._block(token.content.rstrip("\n").split("\n"))
        elif token.type == "hr":
            self._block(["-" * 20])
        elif token.type == "tr_open":
            self.cells = []
        elif token.type == "tr_close":
            self.lines.append(" | ".join(self.cells or []))
            self.cells = None
        elif token.type == "inline":
            self._inline(token)

    def gap(self) -> None:
        if self.lines and self.lines[-1]:
            self.lines.append("")

    def _item(self) -> None:
        number = self.lists[-1]
        if number is not None:
            self.lists[-1] = number + 1
        self.mark = "- " if number is None else f"{number}. "

    def _inline(self, token: Token) -> None:
        text = "".join(_words(token.children or [])).split("\n")
        if self.cells is not None:
            self.cells.append(" ".join(text))
        elif self.heading:
            self.gap()
            title = " ".join(text)
            self.lines.append(title)
            if self.heading in _UNDERLINES:
                self.lines.append(_UNDERLINES[self.heading] * _width(title))
        else:
            self._block(text)

    def _block(self, text: Sequence[str]) -> None:
        if not self.lists:
            self.gap()
        indent = "  " * max(len(self.lists) - 1, 0)
        first, rest = self.mark, " " * 2 if self.lists else ""
        self.mark = ""
        for number, line in enumerate(text):
            self.lines.append(("> " * self.quotes + indent + (first or rest if number == 0 else rest) + line).rstrip())


def _words(children: Sequence[Token]) -> Iterator[str]:
    link = ""
    said = ""
    for token in children:
        text = {"softbreak": "\n", "hardbreak": "\n"}.get(token.type, token.content)
        if token.type == "link_open":
            link, said = str(token.attrGet("href") or ""), ""
        elif token.type == "link_close":
            if link and link != said:
                yield f" <{link}>"
            link = ""
        else:
            said += text
            yield text


def _width(text: str) -> int:
    """How wide a line is where Chinese characters are two wide."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)
