"""Readers of single values, in each form in which Rootly sends them."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from tools.json_values import as_mapping, is_number, mappings, texts
from tools.rootly.json_api import Attributes, nested_attributes
from tools.text import LONG_TEXT, TEXT, TITLE, clean, identifier, link, person, reads_text, title

Reader = Callable[[Any], Any]
"""Makes a value safe to show. None: it cannot be shown. Something empty: it is empty."""

_ADDRESS = re.compile(r"\S+@\S+")
_DIGITS = re.compile(r"[0-9]{1,15}")
_MAX_NUMBER = 2**53
"""Beyond this, JSON parsers may lose digits: https://www.rfc-editor.org/rfc/rfc8259#section-6."""


@reads_text
def text(value: str) -> str:
    """A text on one line."""
    return clean(value, TEXT)


@reads_text
def long_text(value: str) -> str:
    """A text with its line breaks, for a field that was requested by name."""
    return clean(value, LONG_TEXT, lines=True)


@reads_text
def html_text(value: str) -> str:
    """The text of an HTML document."""
    # Only retrospectives need this module, and it takes long to import.
    from tools.markup import plain_text

    return clean(plain_text(value, limit=20 * TEXT), TEXT)


@reads_text
def word(value: str) -> str | None:
    """One of a set of values that may grow. An e-mail address is never shown."""
    if "@" in value:
        return None
    return key(value)


def key(value: Any) -> str | None:
    """An id, slug or key. An empty text is an empty value, not an unreadable one."""
    if value == "":
        return ""
    return identifier(value)


def url(value: Any) -> str | None:
    """A link to show. An empty text is an empty value, not an unreadable one."""
    if value == "":
        return ""
    return link(value)


def flag(value: Any) -> bool | None:
    """True or false."""
    return value if isinstance(value, bool) else None


def number(value: Any) -> int | float | None:
    """A number, also where Rootly sends it as a string of digits."""
    if isinstance(value, str):
        return int(value) if _DIGITS.fullmatch(value) else None
    if is_number(value) and abs(value) < _MAX_NUMBER:
        return value
    return None


def answer(value: Any) -> str | None:
    """The text of a custom field, unless it is an e-mail address."""
    if not isinstance(value, str):
        return _as_text(value)
    if _ADDRESS.fullmatch(value.strip()):
        return None
    return text(value)


def _as_text(value: Any) -> str | None:
    """A text, a number, true or false as a text; None for any other value."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (str, int, float)):
        return str(value)
    return None


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


_WHOLE_NAMES = ("full_name", "name", "preferred_name", "value", "label")
USER_ATTRIBUTES = (*_WHOLE_NAMES, "first_name", "last_name")
"""The attributes of a user that are read."""


def who(value: Any) -> str | None:
    """The name of a nested user."""
    return name_of_user(nested_attributes(value))


def name_of_user(user: Attributes) -> str | None:
    """The name of the user with these attributes."""
    for attribute in _WHOLE_NAMES:
        readable = person(user.get(attribute))
        if readable:
            return readable
    return person(" ".join(texts(user.get("first_name"), user.get("last_name"))))


def severity(value: Any) -> str | None:
    """The slug, by which `severity` filters; the name if there is no slug."""
    attributes = nested_attributes(value)
    return identifier(attributes.get("slug")) or title(attributes.get("name"))


def labels(value: Any) -> dict[str, str] | None:
    """Labels as an object, also where Rootly sends a list of keys and values."""
    if not isinstance(value, (dict, list)):
        return None
    # If Rootly sends a key twice, the last value counts, even if it cannot be shown.
    contents = dict(label_pairs(value))
    readable = {}
    for label_key, content in contents.items():
        words = _as_text(content)
        if identifier(label_key) and words is not None:
            readable[label_key] = clean(words, TITLE)
    return readable


def label_pairs(value: dict[str, Any] | list[Any]) -> Iterator[tuple[str, Any]]:
    """Key and value of each label that has a key."""
    if isinstance(value, dict):
        yield from value.items()
        return
    for pair in mappings(value):
        label_key = pair.get("key")
        if isinstance(label_key, str):
            yield label_key, pair.get("value")


def label_values(value: Any) -> list[Any]:
    """The values of labels, as Rootly sent them. An item that is not a label is its own value."""
    if isinstance(value, dict):
        return [*value.values()]
    return [as_mapping(pair).get("value", pair) for pair in value]


def identifiers(value: Any) -> list[str] | None:
    """A list of ids, without those that cannot be shown."""
    if not isinstance(value, list):
        return None
    return [id_ for id_ in map(identifier, value) if id_]
