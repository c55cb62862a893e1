"""HTML as plain text.

Python's `html.parser` takes a time that grows with the square of a hostile input: more than 30 s
for 80,000 characters of `<a <a <a` (Python 3.11). This module reads each character only a few
times, and keeps no stack of open elements.
"""

import re
from html import unescape

MAX_CHARS = 200_000
"""The most characters of a document that are read."""

_BLOCKS = frozenset(
    (
        "address",
        "article",
        "aside",
        "blockquote",
        "br",
        "caption",
        "center",
        "dd",
        "details",
        "dialog",
        "dir",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "menu",
        "nav",
        "ol",
        "option",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
    )
)
"""Elements that separate words: blocks, line breaks and cells of tables."""
_UNSEEN = {
    name: re.compile(rf"</{name}\b[^<>]*+>", re.IGNORECASE)
    for name in ("script", "style", "template", "title")
}
"""Elements whose content no browser shows, and the pattern that ends each of them."""
_COMMENT_END = re.compile("-->")

# No alternative goes beyond the next `<`, so each character is read only for the `<` before it. A
# tag can have `>` within quotes; where a quote is not closed, the tag ends at the first `>`.
_MARKUP = re.compile(
    r"(?P<comment><!--)"
    r"|<(?P<close>/?)(?P<name>[A-Za-z][^\s/<>]*+)"
    r"(?:(?:[^<>\"']++|\"[^\"<]*+\"|'[^'<]*+')*+>|[^<>]*+>)"
    r"|<[!?][^<>]*+>"
)
# Numbers too long for a code point stay as they are: Python refuses to read thousands of digits.
_ENTITY = re.compile(
    r"&(?:#[0-9]{1,7}(?![0-9])|#[xX][0-9A-Fa-f]{1,6}(?![0-9A-Fa-f])|[A-Za-z][A-Za-z0-9]{1,31});?"
)


def plain_text(html: str, *, limit: int) -> str:
    """The text of *html*, with line breaks between its blocks.

    It reads up to *limit* characters and tags, and up to `MAX_CHARS`. An ellipsis shows that there
    is more.
    """
    document = html[:MAX_CHARS]
    parts: list[str] = []
    length = position = 0
    while length < limit:
        markup = _MARKUP.search(document, position)
        if markup is None:
            break
        text = document[position : markup.start()]
        parts += (text, _separator(markup))
        length += len(text) + 1
        position = _next_text(markup)
    rest = document[position : position + limit]
    parts.append(rest)
    if position + len(rest) < len(html):
        return _decoded("".join(parts)) + "…"
    return _decoded("".join(parts))


def _separator(markup: re.Match[str]) -> str:
    """The separator between the words before and after a tag."""
    if _name(markup) in _BLOCKS:
        return "\n"
    return ""


def _next_text(markup: re.Match[str]) -> int:
    """Where text continues: after *markup*, and after content that no browser shows."""
    if markup["comment"]:
        return _end(_COMMENT_END, markup.string, markup.end())
    unseen_end = _UNSEEN.get(_name(markup))
    if unseen_end and not markup["close"]:
        return _end(unseen_end, markup.string, markup.end())
    return markup.end()


def _name(markup: re.Match[str]) -> str:
    """The name of a tag in lower case; empty for a comment or a declaration."""
    return (markup["name"] or "").lower()


def _end(pattern: re.Pattern[str], html: str, position: int) -> int:
    """Where the next match of *pattern* ends; the end of *html* where there is none."""
    match = pattern.search(html, position)
    if match is None:
        return len(html)
    return match.end()


def _decoded(text: str) -> str:
    return _ENTITY.sub(lambda entity: unescape(entity[0]), text)
