"""A row that is too long for a result, trimmed until it fits."""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

from pydantic_core import to_json

from tools.text import cut

Row = dict[str, Any] | list[Any]

_LENGTHS = (1_000, 300, 100, 30, 10, 3)
"""The limits that are tried, in this order: characters of a text, members of a list or object."""
_LINK_SCHEMES = ("http://", "https://")


def trim(row: Row, room: int) -> Row:
    """*row*, shortened until its JSON has at most *room* bytes.

    First its texts, lists and objects are cut, then its last fields are left out. If that is not
    enough, it is `{"too_long": true}`.
    """
    for shorter in _shorter_rows(row):
        if len(to_json(shorter)) <= room:
            return shorter
    return {"too_long": True}


def head(members: Any, count: int) -> Any:
    """The first *count* members of a list or an object."""
    if isinstance(members, list):
        return members[:count]
    return dict(islice(members.items(), count))


def _shorter_rows(row: Row) -> Iterator[Row]:
    """Shorter and shorter versions of *row*."""
    shorter = row
    for length in _LENGTHS:
        shorter = _cut_cells(row, length)
        if not shorter:
            # Every member is a link that is too long, and links are not cut. Keep as many as fit.
            shorter = row
            break
        yield shorter
    # Reached only if the row has very many fields, as in a call for all fields. A row of a table
    # then has fewer cells than there are columns.
    for count in range(len(shorter) - 1, 0, -1):
        yield head(shorter, count)


def _cut_cells(row: Row, length: int) -> Row:
    """*row* with shorter cells."""
    if isinstance(row, list):
        # Cells must stay in their columns, so a cell that is left out becomes null.
        return [_cut(cell, length) for cell in row]
    return _cut_members(row, length)


def _cut(value: Any, length: int) -> Any:
    """*value* with each text, list and object in it cut to *length*; None if nothing is left."""
    cut_function = _CUT_BY_TYPE.get(type(value))
    if cut_function is None:
        return value
    return cut_function(value, length)


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


_CUT_BY_TYPE: Mapping[type, Callable[[Any, int], Any]] = {
    str: _cut_text,
    list: _cut_list,
    dict: _cut_object,
}
"""The function that cuts a value, by its type. Numbers and booleans are never cut."""


def _cut_members(members: Mapping[str, Any], length: int) -> dict[str, Any]:
    """*members*, each cut to *length*. A member of which nothing is left is dropped."""
    shorter = {}
    for key, value in members.items():
        member = _cut(value, length)
        if member is not None:
            shorter[key] = member
    return shorter
