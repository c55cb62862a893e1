"""incident.io's API, as its documentation describes it."""

from dataclasses import replace

from sandbox.incident_io.attachments import list_attachments
from sandbox.incident_io.dials import DIALS
from sandbox.incident_io.errors import error
from sandbox.incident_io.incidents import list_incidents, show_identity, show_incident
from sandbox.route import Reply, Request, Vendor
from sandbox.store import Store

_SCOPES = {"/v1/incident_attachments": "attachments.view", "/v2/incidents": "incidents.view"}
# `X-RateLimit-Limit` is a list, not a number.
_LIMITS = {"X-RateLimit-Limit": "60, 1200;window=60, 60;window=60", "X-RateLimit-Remaining": "59"}


def _answer(store: Store, request: Request) -> Reply:
    reply = _reply(store, request)
    if request.options["limits"] == "shown":
        return replace(reply, headers={**reply.headers, **_LIMITS})
    return reply


def _reply(store: Store, request: Request) -> Reply:
    endpoint, identifier = _endpoint(request.path)
    refusal = _check_key(request, _SCOPES.get(endpoint))
    if refusal:
        return refusal
    if request.method != "GET":
        return error(405)
    if identifier:
        return show_incident(store, identifier, request.options)
    match endpoint:
        case "/v1/incident_attachments":
            return list_attachments(store, dict(request.query), request.options)
        case "/v2/incidents":
            return list_incidents(store, dict(request.query), request.options)
        case "/v1/identity":
            return show_identity()
    return error(404)


def _endpoint(path: str) -> tuple[str, str]:
    """The endpoint, and the id of an incident after it: empty if there is none."""
    endpoint, _, identifier = path.partition("/v2/incidents/")
    if identifier:
        return "/v2/incidents", identifier
    return endpoint, ""


def _check_key(request: Request, scope: str | None) -> Reply | None:
    """The error, if the key is missing or invalid, or lacks the scope of the endpoint."""
    if not request.headers.get("Authorization"):
        return error(
            401, "missing_authorization_material", "No authorization material provided in request"
        )
    if request.token is None:
        return error(401)
    if scope is None or request.options["scope"] in ("all", scope):
        return None
    return error(403, metadata={"scope": scope})


VENDOR = Vendor(
    rows="incident_attachments", dials=DIALS, answer=_answer, failure=error, limits=_LIMITS
)
