"""incident.io's API, as its documentation describes it."""

from dataclasses import replace

from sandbox.incident_io.attachments import list_attachments
from sandbox.incident_io.dials import DIALS
from sandbox.incident_io.errors import error
from sandbox.incident_io.incidents import show_identity, show_incident
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
    if not request.headers.get("Authorization"):
        return error(
            401, "missing_authorization_material", "No authorization material provided in request"
        )
    if request.token is None:
        return error(401)
    path, _, identifier = request.path.partition("/v2/incidents/")
    scope = _SCOPES.get("/v2/incidents" if identifier else path)
    if request.options["scope"] not in ("all", scope) and scope:
        return error(403, metadata={"scope": scope})
    if request.method != "GET":
        return error(405)
    if identifier:
        return show_incident(store, identifier, request.options)
    if path == "/v1/incident_attachments":
        return list_attachments(store, dict(request.query), request.options)
    if path == "/v1/identity":
        return show_identity()
    return error(404)


VENDOR = Vendor(
    rows="incident_attachments", dials=DIALS, answer=_answer, failure=error, limits=_LIMITS
)
