"""The requested page of a list: the order, page numbers, and cursors.

A cursor contains the values of a row, so inserted rows do not move it.
"""

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from zlib import crc32

from sandbox.rootly.errors import RequestError
from sandbox.rootly.instants import Instants

Order = tuple[tuple[str, str], ...]
"""SQL expressions and their directions. The last expression is unique."""

# The default size is not documented.
_DEFAULT_SIZE = 20
_DEEPEST = 50_000
_NEWEST_FIRST = "-created_at"
_SORTABLE = (
    "created_at",
    "updated_at",
    "started_at",
    "in_triage_at",
    "mitigated_at",
    "resolved_at",
)
_NEVER_MISSING = ("created_at", "updated_at")
_BY_NUMBER: Order = (("sequential_id", "ASC"),)
_PRIME = 10_007
# The operator for the rows after a value, by direction.
_AFTER = {"ASC": ">", "DESC": "<"}
# By the dial `nulls` and the direction, the text that a missing time is sorted as. `~` sorts after
# the text of any instant, an empty text before it.
_MISSING = {
    "high": {"ASC": "~", "DESC": "~"},
    "low": {"ASC": "", "DESC": ""},
    "first": {"ASC": "", "DESC": "~"},
    "last": {"ASC": "~", "DESC": ""},
}


@dataclass(frozen=True)
class Page:
    order: Order
    size: int
    requested_size: int
    """The size before it was reduced to the limit."""
    number: int | None
    """None if the request has no page number. Only such a request can use a cursor."""
    cursor_order: Order
    """The order that cursors follow."""
    after: list[Any] | None = None
    """The values of `order` in the row before the page. Empty before the first row."""
    place: int = 1
    """The position of the page in its list, from 1."""

    @property
    def current_number(self) -> int | None:
        """The page number, from 1. None for a page after a cursor."""
        if self.after is not None:
            return None
        return self.number or 1

    @property
    def offset(self) -> int:
        return ((self.number or 1) - 1) * self.size

    def order_by(self) -> str:
        return ", ".join(f"{expression} {direction}" for expression, direction in self.order)

    def beyond(self) -> tuple[str, list[Any]]:
        """The condition for rows after `after`, and its values."""
        if not self.after:
            return "1", []
        alternatives, values = list[str](), list[Any]()
        is_equal_so_far = ""
        for place, (expression, direction) in enumerate(self.order, start=1):
            alternatives.append(f"({is_equal_so_far}{expression} {_AFTER[direction]} ?)")
            values += self.after[:place]
            is_equal_so_far += f"{expression} = ? AND "
        return f"({' OR '.join(alternatives)})", values

    def cursor(self, values: Iterable[Any]) -> str:
        """The cursor for the rows after one with these values of `cursor_order`."""
        words = [_id(self.cursor_order), self.place + 1, *values]
        return base64.urlsafe_b64encode(json.dumps(words, separators=(",", ":")).encode()).decode()


def read_page(query: Mapping[str, str], options: Mapping[str, str], request: int) -> Page:
    """The page that the query requests. *request* is a different number for each request.

    Raises:
        RequestError: the sort, a number or the cursor is not valid, or the page is too deep.
    """
    sort = query.get("sort") or _NEWEST_FIRST
    cursor_sort = sort
    if options["cursor"] == "unsorted":
        cursor_sort = _NEWEST_FIRST
    cursor_order = _order(cursor_sort, options) + _BY_NUMBER
    requested_size = _positive(query.get("page[size]")) or _DEFAULT_SIZE
    size = min(requested_size, int(options["page_limit"]))
    number = _positive(query.get("page[number]"))
    place = number or 1
    if place * size > _DEEPEST:
        raise RequestError(
            400,
            f"offset pagination is limited to {_DEEPEST} records; use page[after] to go further",
        )
    order = _order(sort, options) + _ties(options, requested_size, request)
    page = Page(order, size, requested_size, number, cursor_order, place=place)
    cursor = query.get("page[after]")
    if options["cursor"] == "off" or not cursor:
        return page
    return _page_after(page, cursor, options["cursor"])


def _page_after(page: Page, cursor: str, dial: str) -> Page:
    """The page at the cursor.

    Raises:
        RequestError: the cursor is not valid, or has expired.
    """
    place, values = _parse(page, cursor)
    kind, _, limit = dial.partition(":")
    if kind == "ignored":
        return replace(page, number=None, place=place)
    if kind == "expires" and place > int(limit):
        raise RequestError(400, "Invalid cursor", "page[after] has expired")
    return replace(page, order=page.cursor_order, number=None, after=values, place=place)


def _order(sort: str, options: Mapping[str, str]) -> Order:
    return tuple(_key(name, options) for name in sort.split(","))


def _ties(options: Mapping[str, str], requested_size: int, request: int) -> Order:
    """The order of incidents that `sort` finds equal."""
    seeds = {"number": 0, "page_size": requested_size, "request": request}
    seed = seeds[options["ties"]]
    if not seed:
        return _BY_NUMBER
    # A multiple modulo a prime gives another order for each seed.
    return (f"sequential_id * {seed * 7919} % {_PRIME}", "ASC"), *_BY_NUMBER


def _key(name: str, options: Mapping[str, str]) -> tuple[str, str]:
    column = name.removeprefix("-")
    direction = "DESC" if name.startswith("-") else "ASC"
    if column not in _SORTABLE:
        raise RequestError(400, "Invalid sort", f"{name} is not sortable")
    expression = Instants(options).sorted(column)
    if column not in _NEVER_MISSING:
        placeholder = _MISSING[options["nulls"]][direction]
        expression = f"ifnull({expression}, '{placeholder}')"
    return expression, direction


def _positive(text: str | None) -> int | None:
    """The number, or None if the parameter is missing.

    Raises:
        RequestError: it is not a positive integer.
    """
    if text is None:
        return None
    if not text.isdecimal() or not int(text):
        raise RequestError(400, "Invalid page", f"{text} is not a positive integer")
    return int(text)


def _id(order: Order) -> int:
    """A number that identifies the order of a cursor."""
    return crc32(repr(order).encode())


def _parse(page: Page, cursor: str) -> tuple[int, list[Any]]:
    """The position and the values in a cursor.

    Raises:
        RequestError: the cursor is not valid, or belongs to another order.
    """
    try:
        order: int
        place: int
        values: list[Any]
        order, place, *values = json.loads(base64.urlsafe_b64decode(cursor))
        if order == _id(page.cursor_order):
            return place, values
    except (TypeError, ValueError):
        pass
    raise RequestError(400, "Invalid cursor", "page[after] does not belong to this query")
