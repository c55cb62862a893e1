"""incident.io's errors."""

import uuid
from typing import Any

from sandbox.route import Reply

MEDIA_TYPE = {"Content-Type": "application/json"}

_TOO_MANY = (
    "Too many requests hit the API too quickly."
    " We recommend an exponential backoff of your requests."
)

# By status: the type of the error, then the code and the message of its entry.
_FAILURES = {
    400: ("invalid_request_error", "invalid_request", "The request could not be understood"),
    401: ("authentication_error", "unauthenticated", "Unauthenticated"),
    403: (
        "resource_forbidden",
        "missing_required_scope",
        "The API key does not have the required scope",
    ),
    404: ("not_found", "not_found", "Resource not found"),
    405: ("method_not_allowed", "method_not_allowed", "This method is not allowed"),
    406: ("not_acceptable", "not_acceptable", "Not acceptable"),
    408: ("request_timeout", "request_timeout", "The request took too long"),
    409: ("conflict", "conflict", "The request conflicts with the resource's state"),
    412: ("precondition_failed", "precondition_failed", "A precondition failed"),
    413: ("payload_too_large", "payload_too_large", "The payload is too large"),
    422: ("validation_error", "is_invalid", "The request is not valid"),
    429: ("too_many_requests", "too_many_requests", _TOO_MANY),
    500: ("api_error", "internal_error", "Something went wrong on our side"),
}


def error(status: int, code: str | None = None, message: str | None = None, **more: Any) -> Reply:
    """An error with this status and a single entry, to which *more* is added.

    A status that only gateways send has a plain text, because gateways do not send JSON.
    """
    if status not in _FAILURES:
        return Reply(
            status,
            b"upstream connect error or disconnect/reset before headers",
            {"Content-Type": "text/plain"},
        )
    type_, usual_code, usual_message = _FAILURES[status]
    entry = {"code": code or usual_code, "message": message or usual_message, **more}
    envelope = {"type": type_, "status": status, "request_id": str(uuid.uuid4()), "errors": [entry]}
    return Reply(status, envelope, MEDIA_TYPE)


def invalid(field: str, message: str, code: str = "is_required") -> Reply:
    """The error for a missing or invalid parameter."""
    return error(422, code, message, source={"field": field, "pointer": field})
