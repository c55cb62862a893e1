"""Rootly's API, as its documentation describes it and as clients have seen it."""

from dataclasses import replace

from sandbox.rootly.dials import DIALS
from sandbox.rootly.errors import RequestError, error
from sandbox.rootly.incidents import list_incidents
from sandbox.route import Reply, Request, Vendor
from sandbox.store import Store

_JSON_API = "application/vnd.api+json"
# By the dial `strict`, the content types that a request may have: empty if it has none.
_CONTENT_TYPES = {"1": (_JSON_API,), "if_sent": (_JSON_API, "")}

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
        headers["Content-Type"] = f"{_JSON_API}; charset=utf-8"
    if request.options["limits"] == "shown":
        headers |= {**_LIMITS, "X-RateLimit-Reset": str(int(store.clock().timestamp()) + 60)}
    return replace(reply, headers=headers)


def _reply(store: Store, request: Request) -> Reply:
    try:
        _check_headers(request)
        _check_key(request)
        endpoint = _ENDPOINTS.get((request.method, request.path))
        if endpoint is None:
            raise RequestError(404)
        return endpoint(store, request)
    except RequestError as refusal:
        return refusal.reply


def _check_headers(request: Request) -> None:
    """Check two headers. Clients of some organisations found that even a GET needs both.

    Raises:
        RequestError: a header is missing or wrong.
    """
    strictness = request.options["strict"]
    if strictness == "0":
        return
    if not request.headers.get("User-Agent"):
        raise RequestError(403)
    content_type = request.headers.get("Content-Type", "").partition(";")[0].strip()
    if content_type not in _CONTENT_TYPES[strictness]:
        raise RequestError(415)


def _check_key(request: Request) -> None:
    """Check that the key may list incidents.

    Raises:
        RequestError: it is missing or invalid, or belongs to a team.
    """
    if request.token is None:
        raise RequestError(401)
    if request.options["key"] == "team" and request.path == "/v1/incidents":
        raise RequestError(404)


VENDOR = Vendor(
    rows="data",
    dials=DIALS,
    answer=_answer,
    failure=error,
    limits=_LIMITS,
)
