"""Single values of Rootly's, in any of the forms that are met, made safe to show.

Each reader gives None for what it cannot show, and something empty for what is empty.
"""

import re
from typing import Any

from tools.rootly.document import member
from tools.text import LONG_TEXT, TEXT, TITLE, clean, identifier, link, person, title


def text(value: Any) -> str | None:
    return clean(value, TEXT) if isinstance(value, str) else None


def long_text(value: Any) -> str | None:
    """A text that was asked for by name, with its line breaks."""
    return clean(value, LONG_TEXT, lines=True) if isinstance(value, str) else None


def word(value: Any) -> str | None:
    """One of a set of values that may grow. An e-mail address is none, wherever it comes from."""
    return key(value) if isinstance(value, str) and "@" not in value else None


def key(value: Any) -> str | None:
    return "" if value == "" else identifier(value)


def url(value: Any) -> str | None:
    return "" if value == "" else link(value)


def flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def number(value: Any) -> int | float | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 15:
        return int(value)
    usable = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 2**53
    return value if usable else None


def html_text(value: Any) -> str | None:
    """The text of an HTML document."""
    if not isinstance(value, str):
        return None
    # Only retrospectives need it, and it takes its time to import.
    from tools.markup import plain

    return clean(plain(value, enough=20 * TEXT), TEXT)


def answer(value: Any) -> str | None:
    """What was typed into a custom field. In one for people it may be an e-mail address, which is not shown."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    return None if isinstance(value, str) and _ADDRESS.fullmatch(value.strip()) else text(value)


_ADDRESS = re.compile(r"\S+@\S+")


def name(value: Any) -> str | None:
    """The name of a nested resource that is no person."""
    attributes = member(value)
    for key in ("name", "label", "summary"):
        if shown := title(attributes.get(key)):
            return shown
    return None


def label(value: Any) -> str | None:
    """What people call something that can be chosen: a nested resource, or a bare string."""
    if isinstance(value, str):
        return title(value)
    attributes = member(value)
    for key in ("name", "value", "label", "slug"):
        if shown := title(attributes.get(key)):
            return shown
    return None


def who(value: Any) -> str | None:
    """A person's name, out of a nested user in any of the met forms."""
    attributes = member(value)
    for key in ("full_name", "name", "preferred_name", "value", "label"):
        if shown := person(attributes.get(key)):
            return shown
    return person(
        " ".join(
            part
            for key in ("first_name", "last_name")
            if isinstance(part := attributes.get(key), str)
        )
    )


def severity(value: Any) -> str | None:
    """The slug, which is what `severity` filters by, out of any of the met forms: nested, flat, or a string."""
    attributes = member(value)
    return identifier(attributes.get("slug")) or title(attributes.get("name"))


def labels(value: Any) -> dict[str, str] | None:
    """Labels as an object, also where Rootly sends them as pairs."""
    if isinstance(value, list):
        value = {
            pair["key"]: pair.get("value")
            for pair in value
            if isinstance(pair, dict) and isinstance(pair.get("key"), str)
        }
    if not isinstance(value, dict):
        return None
    return {
        key: clean(str(told).lower() if isinstance(told, bool) else str(told), TITLE)
        for key, told in value.items()
        if identifier(key) and isinstance(told, str | int | float | bool)
    }


def identifiers(value: Any) -> list[str] | None:
    return (
        [shown for item in value if (shown := identifier(item))]
        if isinstance(value, list)
        else None
    )
