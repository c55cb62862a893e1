"""`GET /v1/incidents`."""

from collections.abc import Mapping, Sequence

from sandbox.rootly.document import INCLUDABLE, View, columns, document
from sandbox.rootly.errors import MEDIA_TYPE, RequestError
from sandbox.rootly.filters import where
from sandbox.rootly.paging import Page, asked
from sandbox.rootly.totals import links, meta
from sandbox.route import Document, Reply, Request
from sandbox.store import Store


def list_incidents(store: Store, request: Request) -> Reply:
    query, options = dict(request.query), request.options
    page = asked(query, options)
    view = View(options, _fields(query), _include(query))
    condition, values = where(request.query, options)
    beyond, edge = page.beyond()
    with store.lock:
        total = store.value(f"SELECT count(*) FROM incidents WHERE {condition}", values)
        rows = store.rows(
            f"SELECT {', '.join(columns(store, view))} FROM incidents WHERE {condition} AND {beyond}"
            f" ORDER BY {page.order_by()} LIMIT ? OFFSET ?",
            [*values, *edge, page.size + 1, page.offset],
        )
        shown, more = rows[: page.size], len(rows) > page.size
        if options["empty_page"] == str(page.place):
            shown, more = [], bool(rows)
        body = document(store, shown, view)
        cursor = _next_cursor(store, page, [row["sequential_id"] for row in shown], options, more=more)
    told = meta(page, total, options, more=more)
    body["links"] = links(request, told, cursor.get("next_cursor"))
    if options["meta"] == "full":
        body["meta"] = told | cursor
    return Reply(200, body, MEDIA_TYPE)


def _fields(query: Mapping[str, str]) -> frozenset[str] | None:
    names = query.get("fields[incidents]")
    return None if names is None else frozenset(names.split(","))


def _include(query: Mapping[str, str]) -> frozenset[str]:
    # Blank is fine here: Rootly's own server sends `include=`.
    names = frozenset(filter(None, query.get("include", "").split(",")))
    if unknown := sorted(names.difference(INCLUDABLE)):
        raise RequestError(400, "Invalid include", f"{', '.join(unknown)} cannot be included")
    return names


def _next_cursor(store: Store, page: Page, numbers: Sequence[int], options: Mapping[str, str], *, more: bool) -> Document:
    """`next_cursor` as a member of `meta`; it is absent beside a page number, as was recorded."""
    if options["cursor"] == "off" or page.number is not None:
        return {}
    if more or options["last_cursor"] == "always" or (options["last_cursor"] == "set" and numbers):
        return {"next_cursor": page.cursor(_position(store, page, numbers))}
    return {} if options["last_cursor"] == "absent" else {"next_cursor": None}


def _position(store: Store, page: Page, numbers: Sequence[int]) -> Sequence[object]:
    """The values of the cursor's order in the last row shown; where none was, the page's own beginning."""
    if not numbers:
        return page.after or ()
    expressions = ", ".join(expression for expression, _ in page.cursor_order)
    return tuple(store.rows(f"SELECT {expressions} FROM incidents WHERE sequential_id = ?", [numbers[-1]])[0])
