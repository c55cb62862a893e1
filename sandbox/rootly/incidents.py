"""`GET /v1/incidents`."""

from collections.abc import Mapping
from urllib.parse import urlencode

from sandbox.rootly.document import INCLUDABLE, NESTED, View, columns, document
from sandbox.rootly.errors import MEDIA_TYPE, RequestError
from sandbox.rootly.filters import where
from sandbox.rootly.paging import Page, asked
from sandbox.route import Document, Reply, Request
from sandbox.store import Store


def list_incidents(store: Store, request: Request) -> Reply:
    query = dict(request.query)
    cursors = request.options["cursor"] == "on"
    page = asked(query, cursors=cursors)
    view = View(request.options, _fields(query), _include(query))
    condition, values = where(request.query)
    beyond, edge = page.beyond()
    with store.lock:
        total = store.value(f"SELECT count(*) FROM incidents WHERE {condition}", values)
        rows = store.rows(
            f"SELECT {', '.join(columns(store, view))} FROM incidents WHERE {condition} AND {beyond}"
            f" ORDER BY {page.order_by()} LIMIT ? OFFSET ?",
            [*values, *edge, page.size + 1, page.offset],
        )
        shown, more = rows[: page.size], len(rows) > page.size
        body = document(store, shown, view)
        cursor = _cursor(store, page, shown[-1]["sequential_id"]) if cursors and more else None
    meta = _meta(page, total, more=more)
    body["links"] = _links(request, meta, cursor)
    if request.options["meta"] == "full":
        body["meta"] = meta | ({"next_cursor": cursor} if cursors else {})
    return Reply(200, body, MEDIA_TYPE)


def _fields(query: Mapping[str, str]) -> frozenset[str] | None:
    names = query.get("fields[incidents]")
    return None if names is None else frozenset(names.split(","))


def _include(query: Mapping[str, str]) -> frozenset[str]:
    # Blank is fine here: Rootly's own server sends `include=`.
    names = frozenset(filter(None, query.get("include", "").split(","))).difference(NESTED)
    if unknown := sorted(names.difference(INCLUDABLE)):
        raise RequestError(400, "Invalid include", f"{', '.join(unknown)} cannot be included")
    return names


def _cursor(store: Store, page: Page, number: int) -> str | None:
    """What goes on after the incident of this number. A walk by cursor starts without a page number."""
    if page.number is not None:
        return None
    expressions = ", ".join(expression for expression, _ in page.order)
    return page.cursor(*store.rows(f"SELECT {expressions} FROM incidents WHERE sequential_id = ?", [number]))


def _meta(page: Page, total: int, *, more: bool) -> Document:
    current = (page.number or 1) if page.after is None else None
    return {
        "current_page": current,
        "next_page": current + 1 if current and more else None,
        "prev_page": current - 1 if current and current > 1 else None,
        "total_count": total,
        "total_pages": -(-total // page.size),
    }


def _links(request: Request, meta: Document, cursor: str | None) -> Document:
    def link(**changes: str | int | None) -> str | None:
        """This request with other page parameters; None if one of them is."""
        if None in changes.values():
            return None
        page = {f"page[{name}]": value for name, value in changes.items()}
        others = [(name, text) for name, text in request.query if name not in ("page[number]", "page[after]")]
        return f"{request.url}?{urlencode([*others, *page.items()])}"

    return {
        "self": f"{request.url}?{urlencode(request.query)}",
        "first": link(number=1),
        "prev": link(number=meta["prev_page"]),
        "next": link(after=cursor) if cursor else link(number=meta["next_page"]),
        "last": link(number=meta["total_pages"] or 1),
    }
