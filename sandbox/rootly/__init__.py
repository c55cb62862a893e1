"""Rootly's API, as its documentation describes it and as clients have seen it."""

from dataclasses import replace

from sandbox.rootly.dials import DIALS
from sandbox.rootly.errors import RequestError, error
from sandbox.rootly.incidents import list_incidents
from sandbox.route import Reply, Request, Vendor
from sandbox.store import Store

# `X-RateLimit-Limit` is a list, not a number.
_LIMITS = {
    "X-RateLimit-Limit": "1000, 1000;window=3600",
    "X-RateLimit-Remaining": "999",
    "X-RateLimit-Used": "1",
}
_ENDPOINTS = {("GET", "/v1/incidents"): list_incidents}


def _answer(store: Store, request: Request) -> Reply:
    reply = _reply(store, request)
    headers = dict(reply.headers)
    if request.options["media_type"] == "jsonapi":
        headers["Content-Type"] = "application/vnd.api+json; charset=utf-8"
    if request.options["limits"] == "shown":
        headers |= {**_LIMITS, "X-RateLimit-Reset": str(int(store.clock().timestamp()) + 60)}
    return replace(reply, headers=headers)


def _reply(store: Store, request: Request) -> Reply:
    try:
        _check_headers(request)
        if request.token is None:
            raise RequestError(401)
        if request.options["key"] == "team" and request.path == "/v1/incidents":
            raise RequestError(404)
        if endpoint := _ENDPOINTS.get((request.method, request.path)):
            return endpoint(store, request)
        raise RequestError(404)
    except RequestError as refusal:
        return refusal.reply


def _check_headers(request: Request) -> None:
    """Clients of some organisations found that a GET needs both headers, too."""
    if request.options["strict"] == "0":
        return
    if not request.headers.get("User-Agent"):
        raise RequestError(403)
    content_type = request.headers.get("Content-Type", "").partition(";")[0].strip()
    if not content_type and request.options["strict"] == "if_sent":
        return
    if content_type != "application/vnd.api+json":
        raise RequestError(415)


VENDOR = Vendor(
    rows="data",
    dials=DIALS,
    answer=_answer,
    failure=error,
    limits=_LIMITS,
)
