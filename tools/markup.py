"""HTML as plain text.

The time that Python's `html.parser` takes grows with the square of a hostile input: more than 30 s for 80,000 characters of
`<a <a <a` (Python 3.11). This reads each character a bounded number of times, and keeps no stack of open elements.
"""

import re
from html import unescape

MAX_CHARS = 200_000
"""Characters of a document that are read."""

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
"""Elements that stand on lines of their own, or in cells: what is before and after them is not one word."""
_UNSEEN = {
    name: re.compile(rf"</{name}\b[^<>]*+>", re.IGNORECASE)
    for name in ("script", "style", "template", "title")
}
"""Elements whose content no browser shows, and what ends them."""
_COMMENT_END = re.compile("-->")

# No alternative goes beyond the next `<`. So each character is looked at once for the `<` before it, and in no way again.
_MARKUP = re.compile(
    r"(?P<comment><!--)"
    r"|<(?P<close>/?)(?P<name>[A-Za-z][^\s/<>]*+)(?:(?:[^<>\"']++|\"[^\"<]*+\"|'[^'<]*+')*+>|[^<>]*+>)"
    r"|<[!?][^<>]*+>"
)
# Longer ones than there are stay as they are: Python refuses to read a number of thousands of digits.
_ENTITY = re.compile(
    r"&(?:#[0-9]{1,7}(?![0-9])|#[xX][0-9A-Fa-f]{1,6}(?![0-9A-Fa-f])|[A-Za-z][A-Za-z0-9]{1,31});?"
)


def plain_text(html: str, *, limit: int) -> str:
    """The text of *html*, with line breaks between its blocks.

    It stops after *limit* characters and tags, and at `MAX_CHARS`. Where that is before the end, it adds an ellipsis.
    """
    read = html[:MAX_CHARS]
    parts: list[str] = []
    length = at = 0
    while length < limit and (markup := _MARKUP.search(read, at)):
        text = read[at : markup.start()]
        name = (markup["name"] or "").lower()
        parts += [text, "\n"] if name in _BLOCKS else [text]
        length += len(text) + 1
        at = markup.end()
        if markup["comment"]:
            at = _end(_COMMENT_END, read, at)
        elif name in _UNSEEN and not markup["close"]:
            at = _end(_UNSEEN[name], read, at)
    rest = read[at : at + limit]
    is_whole = at + len(rest) == len(html)
    return _decoded("".join((*parts, rest))) + ("" if is_whole else "…")


def _end(pattern: re.Pattern[str], html: str, at: int) -> int:
    """Where the next match of *pattern* ends; the end of *html* where there is none."""
    found = pattern.search(html, at)
    return found.end() if found else len(html)


def _decoded(text: str) -> str:
    return _ENTITY.sub(lambda entity: unescape(entity[0]), text)
