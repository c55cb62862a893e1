"""Which page of the incidents is asked for: order, page numbers, and cursors that are stable under inserts."""

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from zlib import crc32

from sandbox.rootly.errors import RequestError
from sandbox.rootly.instants import Instants

Order = tuple[tuple[str, str], ...]
"""SQL expressions and their directions; the last is unique."""

# The default of the page size is not documented.
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


@dataclass(frozen=True)
class Page:
    order: Order
    size: int
    asked_size: int
    """The size before it was cut to the limit."""
    number: int | None
    """None when no number was asked for, which starts or continues a walk by cursor."""
    cursor_order: Order
    """The order in which cursors go on."""
    after: list[Any] | None = None
    """The values of `order` in the row after which the page starts; empty at the beginning."""
    place: int = 1
    """Which page of its walk it is."""

    @property
    def offset(self) -> int:
        return ((self.number or 1) - 1) * self.size

    def order_by(self) -> str:
        return ", ".join(f"{expression} {direction}" for expression, direction in self.order)

    def beyond(self) -> tuple[str, list[Any]]:
        """The condition that rows after `after` meet, and its values."""
        if not self.after:
            return "1", []
        alternatives, values = list[str](), list[Any]()
        for place, (expression, direction) in enumerate(self.order):
            same = "".join(f"{earlier} = ? AND " for earlier, _ in self.order[:place])
            alternatives.append(f"({same}{expression} {'<' if direction == 'DESC' else '>'} ?)")
            values += self.after[: place + 1]
        return f"({' OR '.join(alternatives)})", values

    def cursor(self, values: Iterable[Any]) -> str:
        """What continues after the row with these values of `cursor_order`."""
        words = [_id(self.cursor_order), self.place + 1, *values]
        return base64.urlsafe_b64encode(json.dumps(words, separators=(",", ":")).encode()).decode()


def asked(query: Mapping[str, str], options: Mapping[str, str], request: int) -> Page:
    """The page that the query of the *request* with this number names.

    Raises: RequestError for an unknown order, an unreadable number or cursor, and pages beyond the limit of offsets.
    """
    sort = query.get("sort") or _NEWEST_FIRST
    cursor_order = (
        _order(_NEWEST_FIRST if options["cursor"] == "unsorted" else sort, options) + _BY_NUMBER
    )
    asked_size = _positive(query.get("page[size]")) or _DEFAULT_SIZE
    size = min(asked_size, int(options["page_limit"]))
    number = _positive(query.get("page[number]"))
    if (number or 1) * size > _DEEPEST:
        raise RequestError(
            400,
            f"offset pagination is limited to {_DEEPEST} records; use page[after] to go further",
        )
    order = _order(sort, options) + _ties(options, asked_size, request)
    page = Page(order, size, asked_size, number, cursor_order, place=number or 1)
    if options["cursor"] == "off" or not (cursor := query.get("page[after]")):
        return page
    place, values = _read(page, cursor)
    kind, _, limit = options["cursor"].partition(":")
    if kind == "ignored":
        return replace(page, number=None, place=place)
    if kind == "expires" and place > int(limit):
        raise RequestError(400, "Invalid cursor", "page[after] has expired")
    return replace(page, order=cursor_order, number=None, after=values, place=place)


def _order(sort: str, options: Mapping[str, str]) -> Order:
    return tuple(_key(name, options) for name in sort.split(","))


def _ties(options: Mapping[str, str], asked_size: int, request: int) -> Order:
    """How incidents follow each other that `sort` does not tell apart."""
    seeds = {"number": 0, "page_size": asked_size, "request": request}
    seed = seeds[options["ties"]]
    if not seed:
        return _BY_NUMBER
    # A multiple modulo a prime: another order for each seed.
    return (f"sequential_id * {seed * 7919} % {_PRIME}", "ASC"), *_BY_NUMBER


def _key(name: str, options: Mapping[str, str]) -> tuple[str, str]:
    column, direction = name.removeprefix("-"), "DESC" if name.startswith("-") else "ASC"
    if column not in _SORTABLE:
        raise RequestError(400, "Invalid sort", f"{name} is not sortable")
    expression = Instants(options).sorted(column)
    if column not in _NEVER_MISSING:
        # Text before or after that of any instant.
        missing = {"high": "~", "low": "", "last": "~", "first": ""}[options["nulls"]]
        if direction == "DESC" and options["nulls"] in ("last", "first"):
            missing = "" if missing else "~"
        expression = f"ifnull({expression}, '{missing}')"
    return expression, direction


def _positive(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isdecimal() or not int(text):
        raise RequestError(400, "Invalid page", f"{text} is not a positive integer")
    return int(text)


def _id(order: Order) -> int:
    """What a cursor says of the order that it belongs to."""
    return crc32(repr(order).encode())


def _read(page: Page, cursor: str) -> tuple[int, list[Any]]:
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
