"""`GET /v1/incidents`."""

import sqlite3
from collections.abc import Mapping, Sequence

from sandbox.rootly.document import columns, document
from sandbox.rootly.errors import MEDIA_TYPE, RequestError
from sandbox.rootly.filters import Condition, where
from sandbox.rootly.paging import Page, read_page
from sandbox.rootly.totals import links, meta
from sandbox.rootly.view import View, read_view
from sandbox.route import Document, Reply, Request
from sandbox.store import Store


def list_incidents(store: Store, request: Request) -> Reply:
    """A page of incidents.

    Raises:
        RequestError: the query is not valid, or matches nothing and a dial says that this is a 404.
    """
    query, options = dict(request.query), request.options
    page = read_page(query, options, next(store.requests))
    view = read_view(query, options)
    condition, values = where(request.query, options)
    with store.lock:
        total = store.value(f"SELECT count(*) FROM incidents WHERE {condition}", values)
        if not total and options["gone"] == "404" and _filters_by_number(query):
            raise RequestError(404)
        rows, more = _rows(store, view, page, (condition, values))
        if options["empty_page"] == str(page.place):
            rows, more = [], bool(rows)
        body = document(store, rows, view)
        cursor = _next_cursor(store, page, rows, options, more=more)
    if options["total"] == "unfiltered":
        total = store.value("SELECT count(*) FROM incidents")
    list_meta = meta(page, total, options, more=more)
    body["links"] = links(request, list_meta, cursor.get("next_cursor"))
    if options["meta"] == "full":
        body["meta"] = list_meta | cursor
    return Reply(200, body, MEDIA_TYPE)


def _filters_by_number(query: Mapping[str, str]) -> bool:
    return any(name.startswith("filter[sequential_id]") for name in query)


def _rows(
    store: Store, view: View, page: Page, condition: Condition
) -> tuple[list[sqlite3.Row], bool]:
    """The rows of the page, and whether others follow."""
    matches, values = condition
    is_after, edge = page.beyond()
    rows = store.rows(
        f"SELECT {', '.join(columns(store, view))} FROM incidents WHERE {matches} AND {is_after}"
        f" ORDER BY {page.order_by()} LIMIT ? OFFSET ?",
        [*values, *edge, page.size + 1, page.offset],
    )
    return rows[: page.size], len(rows) > page.size


def _next_cursor(
    store: Store,
    page: Page,
    rows: Sequence[sqlite3.Row],
    options: Mapping[str, str],
    *,
    more: bool,
) -> Document:
    """`next_cursor` as a member of `meta`.

    The recorded answers do not have it when the request has a page number.
    """
    if options["cursor"] == "off" or page.number is not None:
        return {}
    dial = options["last_cursor"]
    has_cursor = more or dial == "always"
    if dial == "set" and rows:
        has_cursor = True
    if has_cursor:
        return {"next_cursor": page.cursor(_position(store, page, rows))}
    if dial == "absent":
        return {}
    return {"next_cursor": None}


def _position(store: Store, page: Page, rows: Sequence[sqlite3.Row]) -> Sequence[object]:
    """The values of `cursor_order` in the last row. Without rows, those of the requested cursor."""
    if not rows:
        return page.after or ()
    expressions = ", ".join(expression for expression, _ in page.cursor_order)
    sql = f"SELECT {expressions} FROM incidents WHERE sequential_id = ?"
    return tuple(store.rows(sql, [rows[-1]["sequential_id"]])[0])
