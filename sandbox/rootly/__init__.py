"""Rootly's API, as documented and as its clients met it."""

from sandbox.rootly.dials import DIALS
from sandbox.rootly.errors import RequestError, error
from sandbox.rootly.incidents import list_incidents
from sandbox.route import Reply, Request, Vendor
from sandbox.store import Store

_ENDPOINTS = {("GET", "/v1/incidents"): list_incidents}


def _answer(store: Store, request: Request) -> Reply:
    try:
        if request.options["strict"] == "1":
            _at_the_door(request)
        if request.token is None:
            raise RequestError(401)
        if endpoint := _ENDPOINTS.get((request.method, request.path)):
            return endpoint(store, request)
        raise RequestError(404)
    except RequestError as refusal:
        return refusal.reply


def _at_the_door(request: Request) -> None:
    """What some organisations meet: clients found that both are asked of a GET, too."""
    if not request.headers.get("User-Agent"):
        raise RequestError(403)
    if request.headers.get("Content-Type", "").partition(";")[0].strip() != "application/vnd.api+json":
        raise RequestError(415)


VENDOR = Vendor(
    rows="data",
    dials=DIALS,
    answer=_answer,
    failure=error,
)
