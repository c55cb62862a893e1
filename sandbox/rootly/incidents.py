"""`GET /v1/incidents`."""

from collections.abc import Mapping, Sequence

from sandbox.rootly import paging, view
from sandbox.rootly.document import columns, document
from sandbox.rootly.errors import MEDIA_TYPE, RequestError
from sandbox.rootly.filters import where
from sandbox.rootly.paging import Page
from sandbox.rootly.totals import links, meta
from sandbox.route import Document, Reply, Request
from sandbox.store import Store


def list_incidents(store: Store, request: Request) -> Reply:
    query, options = dict(request.query), request.options
    page = paging.asked(query, options, next(store.requests))
    wanted = view.asked(query, options)
    condition, values = where(request.query, options)
    beyond, edge = page.beyond()
    with store.lock:
        total = store.value(f"SELECT count(*) FROM incidents WHERE {condition}", values)
        rows = store.rows(
            f"SELECT {', '.join(columns(store, wanted))} FROM incidents WHERE {condition} AND {beyond}"
            f" ORDER BY {page.order_by()} LIMIT ? OFFSET ?",
            [*values, *edge, page.size + 1, page.offset],
        )
        if (
            not total
            and options["gone"] == "404"
            and any(name.startswith("filter[sequential_id]") for name in query)
        ):
            raise RequestError(404)
        shown, more = rows[: page.size], len(rows) > page.size
        if options["empty_page"] == str(page.place):
            shown, more = [], bool(rows)
        body = document(store, shown, wanted)
        cursor = _next_cursor(
            store, page, [row["sequential_id"] for row in shown], options, more=more
        )
    if options["total"] == "unfiltered":
        total = store.value("SELECT count(*) FROM incidents")
    told = meta(page, total, options, more=more)
    body["links"] = links(request, told, cursor.get("next_cursor"))
    if options["meta"] == "full":
        body["meta"] = told | cursor
    return Reply(200, body, MEDIA_TYPE)


def _next_cursor(
    store: Store, page: Page, numbers: Sequence[int], options: Mapping[str, str], *, more: bool
) -> Document:
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
    return tuple(
        store.rows(f"SELECT {expressions} FROM incidents WHERE sequential_id = ?", [numbers[-1]])[0]
    )
