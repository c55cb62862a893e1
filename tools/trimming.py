"""A row that is too long for a result, trimmed until it fits."""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

from pydantic_core import to_json

from tools.text import cut

Row = dict[str, Any] | list[Any]

_LENGTHS = (1_000, 300, 100, 30, 10, 3)
"""The most characters of a text, and members of a list or an object: the first that fits counts."""
_LINK_SCHEMES = ("http://", "https://")


def trim(row: Row, room: int) -> Row:
    """*row*, shortened until its JSON has at most *room* characters. It is never empty.

    First its texts, lists and objects are cut, then its last fields are left out.
    """
    for shorter in _shorter_rows(row):
        if len(to_json(shorter).decode()) <= room:
            return shorter
    return {"too_long": True}


def head(members: Any, count: int) -> Any:
    """The first *count* members of a list or an object."""
    if isinstance(members, list):
        return members[:count]
    return dict(islice(members.items(), count))


def _shorter_rows(row: Row) -> Iterator[Row]:
    """*row*, shorter each time."""
    rest = row
    for length in _LENGTHS:
        rest = _cut_cells(row, length)
        if not rest:
            # There are only links, which are not cut. As many are kept as fit.
            rest = row
            break
        yield rest
    # Only a call for all fields brings so many.
    for count in range(len(rest) - 1, 0, -1):
        yield head(rest, count)


def _cut_cells(row: Row, length: int) -> Row:
    """*row* with shorter cells."""
    if isinstance(row, list):
        # Each cell has its column, so null stands in place of one that is left out.
        return [_cut(cell, length) for cell in row]
    return _cut_members(row, length)


def _cut(value: Any, length: int) -> Any:
    """*value* with each text, list and object in it cut to *length*; None if nothing is left."""
    cut_value = _CUTS.get(type(value))
    if cut_value is None:
        return value
    return cut_value(value, length)


def _cut_text(text: str, length: int) -> str | None:
    if len(text) <= length:
        return text
    # A link that is cut leads nowhere.
    if text.startswith(_LINK_SCHEMES):
        return None
    return cut(text, length)


def _cut_list(items: list[Any], length: int) -> list[Any] | None:
    shorter = [_cut(item, length) for item in items[:length]]
    return [item for item in shorter if item is not None] or None


def _cut_object(members: dict[str, Any], length: int) -> dict[str, Any] | None:
    return _cut_members(head(members, length), length) or None


_CUTS: Mapping[type, Callable[[Any, int], Any]] = {
    str: _cut_text,
    list: _cut_list,
    dict: _cut_object,
}
"""How a value is cut, by its type. Other values are short."""


def _cut_members(members: Mapping[str, Any], length: int) -> dict[str, Any]:
    """*members*, each of them cut to *length*, without those of which nothing is left."""
    shorter = {}
    for key, value in members.items():
        member = _cut(value, length)
        if member is not None:
            shorter[key] = member
    return shorter
