"""Markdown of an article as HTML that can be shown: parsed without raw HTML, then sanitised all the same.

Three layers hold independently: markdown-it writes tags of its own only (raw HTML comes out as text), nh3
lets an allow list through, and the pages' Content-Security-Policy runs no inline script.
"""

from functools import lru_cache
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

SCHEMES = {"http", "https", "mailto", "tel"}
TAGS = {
    *("p", "br", "hr", "h2", "h3", "h4", "ul", "ol", "li", "strong", "em", "s", "code", "pre"),
    *("blockquote", "a", "table", "thead", "tbody", "tr", "th", "td"),
}
CELLS = ("th", "td")
BLOCKS = ("p", "h2", "h3", "h4", "ul", "ol", "blockquote", *CELLS)
_DEEPEST = 6  # lists and quotes inside each other; deeper ones come out flat
_LOWEST_HEADING = 4
_KEPT = 256  # rendered texts kept in this process


def _reader() -> MarkdownIt:
    settings = {"html": False, "linkify": False, "typographer": False, "maxNesting": _DEEPEST * 3}
    # No pictures: a remote one would tell its server who reads what, and files come with attachments.
    return MarkdownIt("commonmark", settings).enable(["table", "strikethrough"]).disable("image")


_READER = _reader()


@lru_cache(maxsize=_KEPT)
def rendered(text: str) -> Markup:
    """Return Markdown `text` as safe HTML: headings below the page's own, outer blocks in their direction."""
    tokens = _READER.parse(text)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(int(token.tag[1]) + 1, _LOWEST_HEADING)}"
        # The outermost alone: a list with `dir="auto"` passes over items that have a `dir` of their own,
        # finds no text, and has its numbers on the wrong side. A table stays in the article's direction.
        is_own = token.level == 0 or token.tag in CELLS
        if token.nesting == 1 and is_own and token.tag in BLOCKS:
            token.attrSet("dir", "auto")
    raw = _READER.renderer.render(tokens, _READER.options, {})
    # The one place where text is declared safe: it is sanitised in this very line.
    return Markup(_clean(raw))  # noqa: S704  # nosec B704


def _clean(html: str) -> str:
    attributes: dict[str, Any] = {tag: {"dir"} for tag in BLOCKS}
    return nh3.clean(
        html,
        tags=TAGS,
        attributes=attributes | {"a": {"href", "title"}, "ol": {"dir", "start"}},
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )


def plain(text: str) -> str:
    """Return Markdown `text` without its marks, for searching and for quoting into a message."""
    return "\n".join(line for line in _lines(text) if line.strip())


def _lines(text: str) -> list[str]:
    found: list[str] = []
    numbers: list[int] = []  # of the lists around; 0 in one without numbers
    marker = ""
    for token in _READER.parse(text):
        if token.type == "ordered_list_open":
            numbers.append(int(str(token.attrGet("start") or 1)))
        elif token.type == "bullet_list_open":
            numbers.append(0)
        elif token.type in {"ordered_list_close", "bullet_list_close"}:
            numbers.pop()
        elif token.type == "list_item_open":
            marker = f"{numbers[-1]}. " if numbers[-1] else "- "
            numbers[-1] += bool(numbers[-1])
        elif token.type in {"inline", "fence", "code_block"}:
            found.append(marker + _said(token))
            marker = ""
    return found


def _said(token: Token) -> str:
    if token.children is None:
        return token.content
    breaks = {"softbreak", "hardbreak"}
    return "".join(" " if child.type in breaks else child.content for child in token.children)
