"""`meta` and `links` of a list: its counts and its pages, right or wrong as a dial says."""

from collections.abc import Mapping
from urllib.parse import urlencode

from sandbox.rootly.paging import Page
from sandbox.route import Document, Request


def meta(page: Page, total: int, options: Mapping[str, str], *, more: bool) -> Document:
    """*more* is whether rows follow this page."""
    current = (page.number or 1) if page.after is None else None
    size = page.size
    if options["page_limit_told"] == "no" and page.requested_size > page.size:
        size = page.requested_size
        more = current is not None and current * size < total
    total = _count(total, options["total"])
    answer: Document = {
        "current_page": current,
        "next_page": current + 1 if current and more else None,
        "prev_page": current - 1 if current and current > 1 else None,
    }
    if options["total"] != "missing":
        answer |= {"total_count": total, "total_pages": -(-total // size)}
    return answer


def _count(total: int, dial: str) -> int:
    kind, _, number = dial.partition(":")
    match kind:
        case "exact" | "missing" | "unfiltered":
            return total
        case "more":
            return total + int(number)
        case "fewer":
            return max(total - int(number), 0)
        case "at_most":
            return min(total, int(number))
        case "zero":
            return 0
    return int(kind)


def links(request: Request, meta: Document, cursor: str | None) -> Document:
    def link(**changes: str | int | None) -> str | None:
        """This request with other page parameters. None if a parameter is None."""
        if None in changes.values():
            return None
        page = {f"page[{name}]": str(value) for name, value in changes.items()}
        query = []
        for name, text in request.query:
            if name in page:
                query.append((name, page.pop(name)))
            elif name not in ("page[number]", "page[after]"):
                query.append((name, text))
        return f"{request.url}?{urlencode([*query, *page.items()])}"

    return {
        "self": f"{request.url}?{urlencode(request.query)}",
        "first": link(number=1),
        "prev": link(number=meta["prev_page"]),
        "next": link(after=cursor) if cursor else link(number=meta["next_page"]),
        "last": link(number=meta.get("total_pages") or 1),
    }
