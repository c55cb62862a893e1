"""Readers of single values of Rootly's, in each form in which they come."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from tools.rootly.json_api import Attributes, nested_attributes
from tools.text import LONG_TEXT, TEXT, TITLE, clean, identifier, link, person, title

Reader = Callable[[Any], Any]
"""Makes a value safe to show: None for what cannot be shown, something empty for what is empty."""

_ADDRESS = re.compile(r"\S+@\S+")
_MAX_DIGITS = 15
_MAX_NUMBER = 2**53
"""Beyond this, JSON parsers may lose digits: https://www.rfc-editor.org/rfc/rfc8259#section-6."""


def text(value: Any) -> str | None:
    return clean(value, TEXT) if isinstance(value, str) else None


def long_text(value: Any) -> str | None:
    """A text with its line breaks, for a field that was asked for by name."""
    return clean(value, LONG_TEXT, lines=True) if isinstance(value, str) else None


def word(value: Any) -> str | None:
    """One of a set of values that may grow. An e-mail address is never shown."""
    return key(value) if isinstance(value, str) and "@" not in value else None


def key(value: Any) -> str | None:
    return "" if value == "" else identifier(value)


def url(value: Any) -> str | None:
    return "" if value == "" else link(value)


def flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def number(value: Any) -> int | float | None:
    """A number, also where Rootly sends it as a string of digits."""
    if isinstance(value, str):
        is_number = value.isascii() and value.isdigit() and len(value) <= _MAX_DIGITS
        return int(value) if is_number else None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return value if abs(value) < _MAX_NUMBER else None


def html_text(value: Any) -> str | None:
    """The text of an HTML document."""
    if not isinstance(value, str):
        return None
    # Only retrospectives need this module, and it takes long to import.
    from tools.markup import plain_text

    return clean(plain_text(value, limit=20 * TEXT), TEXT)


def answer(value: Any) -> str | None:
    """What was typed into a custom field, unless it is an e-mail address."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, str) and _ADDRESS.fullmatch(value.strip()):
        return None
    return text(value)


def name(value: Any) -> str | None:
    """The name of a nested resource that is not a person."""
    return _first_title(nested_attributes(value), ("name", "label", "summary"))


def label(value: Any) -> str | None:
    """The name of something that can be chosen: a nested resource, or a bare string."""
    if isinstance(value, str):
        return title(value)
    return _first_title(nested_attributes(value), ("name", "value", "label", "slug"))


def _first_title(resource: Attributes, attributes: Iterable[str]) -> str | None:
    for attribute in attributes:
        readable = title(resource.get(attribute))
        if readable:
            return readable
    return None


def who(value: Any) -> str | None:
    """The name of a nested user."""
    user = nested_attributes(value)
    for attribute in ("full_name", "name", "preferred_name", "value", "label"):
        readable = person(user.get(attribute))
        if readable:
            return readable
    parts = (user.get("first_name"), user.get("last_name"))
    return person(" ".join(part for part in parts if isinstance(part, str)))


def severity(value: Any) -> str | None:
    """The slug, which is what `severity` filters by; the name where there is no slug."""
    attributes = nested_attributes(value)
    return identifier(attributes.get("slug")) or title(attributes.get("name"))


def labels(value: Any) -> dict[str, str] | None:
    """Labels as an object, also where Rootly sends a list of keys and values."""
    if isinstance(value, list):
        pairs = [pair for pair in value if isinstance(pair, dict)]
        value = {
            pair["key"]: pair.get("value") for pair in pairs if isinstance(pair.get("key"), str)
        }
    if not isinstance(value, dict):
        return None
    readable = {}
    for label_key, content in value.items():
        if identifier(label_key) and isinstance(content, (str, int, float)):
            words = str(content).lower() if isinstance(content, bool) else str(content)
            readable[label_key] = clean(words, TITLE)
    return readable


def identifiers(value: Any) -> list[str] | None:
    if not isinstance(value, list):
        return None
    ids = map(identifier, value)
    return [id_ for id_ in ids if id_]
