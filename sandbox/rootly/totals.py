"""`meta` and `links` of a list: its counts and its pages. Dials can make them wrong."""

import operator
from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from sandbox.rootly.paging import Page
from sandbox.route import Document, Request

_NUMBER, _AFTER = "page[number]", "page[after]"

# By the name in the dial `total`: a function of the true count and the number after the colon.
_COUNTS: Mapping[str, Callable[[int, int], int]] = {
    "exact": lambda total, _: total,
    "missing": lambda total, _: total,
    "unfiltered": lambda total, _: total,
    "zero": lambda total, _: 0,
    "more": operator.add,
    "fewer": lambda total, number: max(total - number, 0),
    "at_most": min,
}


def meta(page: Page, total: int, options: Mapping[str, str], *, more: bool) -> Document:
    """The page numbers and the counts.

    *total* is how many incidents match; with the dial `total` at `unfiltered`, how many there are.
    *more* is whether rows follow this page.
    """
    current = page.current_number
    size = page.size
    if options["page_limit_told"] == "no" and page.requested_size > page.size:
        # Count the pages as if Rootly had not reduced the page size.
        size = page.requested_size
        more = current is not None and current * size < total
    answer = {"current_page": current, "next_page": None, "prev_page": None}
    if current is not None and more:
        answer["next_page"] = current + 1
    if current is not None and current > 1:
        answer["prev_page"] = current - 1
    if options["total"] != "missing":
        count = _count(total, options["total"])
        answer |= {"total_count": count, "total_pages": -(-count // size)}
    return answer


def _count(total: int, dial: str) -> int:
    kind, _, number = dial.partition(":")
    if kind not in _COUNTS:
        # The dial is the count itself.
        return int(kind)
    return _COUNTS[kind](total, int(number or 0))


def links(request: Request, meta: Document, cursor: str | None) -> Document:
    """The URLs of the other pages; null if there is no such page."""
    following = _link(request, _NUMBER, meta["next_page"])
    if cursor:
        following = _link(request, _AFTER, cursor)
    return {
        "self": f"{request.url}?{urlencode(request.query)}",
        "first": _link(request, _NUMBER, 1),
        "prev": _link(request, _NUMBER, meta["prev_page"]),
        "next": following,
        "last": _link(request, _NUMBER, meta.get("total_pages") or 1),
    }


def _link(request: Request, parameter: str, value: str | int | None) -> str | None:
    """The URL of the request with another page number or cursor. None if the value is None."""
    if value is None:
        return None
    replacement = [(parameter, str(value))]
    query = list[tuple[str, str]]()
    for name, text in request.query:
        if name == parameter:
            # The new value takes the place of the old one.
            query += replacement
            replacement = []
        elif name not in (_NUMBER, _AFTER):
            query.append((name, text))
    return f"{request.url}?{urlencode([*query, *replacement])}"
