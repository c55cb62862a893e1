"""A row that is too long for a result, trimmed until it fits."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic_core import to_json

from tools.text import cut

Row = dict[str, Any] | list[Any]

_LENGTHS = (1_000, 300, 100, 30, 10, 3)
"""Characters of a text, and members of a list or an object: the first of these that fits."""
_LINK_SCHEMES = ("http://", "https://")


def trim(row: Row, room: int) -> Row:
    """What fits of *row* in *room* characters of JSON. It is never empty.

    First texts, lists and objects in it are cut, then its last fields are left out.
    """
    for shorter in _shorter_rows(row):
        if len(to_json(shorter).decode()) <= room:
            return shorter
    return {"too_long": True}


def head(members: Any, count: int) -> Any:
    """The first *count* members of a list or an object."""
    if isinstance(members, list):
        return members[:count]
    return dict([*members.items()][:count])


def _shorter_rows(row: Row) -> Iterator[Row]:
    """What is left of *row*, shorter each time."""
    rest = row
    for length in _LENGTHS:
        cells = _cut_cells(row, length)
        if not cells:
            # There are only links, which are not cut. As many are kept as fit.
            rest = row
            break
        rest = cells
        yield rest
    # Only a call for all fields brings so many.
    for count in range(len(rest) - 1, 0, -1):
        yield head(rest, count)


def _cut_cells(row: Row, length: int) -> Row:
    if isinstance(row, list):
        # Each cell has its column, so null stands in place of one that is left out.
        return [_cut(cell, length) for cell in row]
    return _cut_members(row, length)


def _cut(value: Any, length: int) -> Any:
    """*value* with each text, list and object in it cut to *length*; None if nothing is left."""
    if isinstance(value, str) and len(value) > length:
        # A link that is cut leads nowhere.
        return None if value.startswith(_LINK_SCHEMES) else cut(value, length)
    if isinstance(value, list):
        items = [_cut(item, length) for item in value[:length]]
        return [item for item in items if item is not None] or None
    if isinstance(value, dict):
        return _cut_members(head(value, length), length) or None
    return value


def _cut_members(members: Mapping[str, Any], length: int) -> dict[str, Any]:
    cut_members = {key: _cut(value, length) for key, value in members.items()}
    return {key: value for key, value in cut_members.items() if value is not None}
