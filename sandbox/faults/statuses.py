"""Faults that vendors document: errors, rate limits and redirects."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime

from sandbox.faults.case import Case
from sandbox.route import Reply


def status(reply: Reply, case: Case) -> Reply:
    """`status:NNN` (by default 500): the vendor's documented error."""
    return case.vendor.failure(int(case.argument or 500))


def error_in_success(reply: Reply, case: Case) -> Reply:
    """The body of an error with the status 200."""
    return replace(case.vendor.failure(500), status=200)


def error_with_rows(reply: Reply, case: Case) -> Reply:
    """An error and an empty list of rows, with the status 200."""
    body = {"error": "Something went wrong", case.vendor.rows: list[object]()}
    return replace(reply, status=200, body=body)


def partial(reply: Reply, case: Case) -> Reply:
    """The right answer with the status 206, which means that it is only a part."""
    if reply.status != 200:
        return reply
    return replace(reply, status=206)


def redirect(reply: Reply, case: Case) -> Reply:
    """`redirect:NNN` (by default 302): a redirect to another path of the sandbox."""
    return Reply(int(case.argument or 302), b"", {"Location": "/moved"})


def rate_limited(reply: Reply, case: Case) -> Reply:
    """`429:FORM:SECONDS` (by default `seconds:1`): a rate limit, with the time of the next try."""
    form, _, seconds = case.argument.partition(":")
    wait = timedelta(seconds=float(seconds or 1))
    moment = case.now + wait
    limited = case.vendor.failure(429)
    body = limited.body
    # Only the errors of incident.io can have the time in the body.
    if isinstance(body, dict) and "errors" in body:
        retry_after = _IN_BODY.get(form, _rfc3339)(moment)
        limit = {"name": "sandbox", "limit": 1200, "remaining": 0, "retry_after": retry_after}
        body = {**body, "rate_limit": limit}
    headers = {**limited.headers, **case.vendor.limits, "X-RateLimit-Remaining": "0"}
    headers |= RETRY_AFTER[form or "seconds"](moment, wait)
    return Reply(429, body, headers)


def _http_date(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


def _reference_date(moment: datetime) -> str:
    """The form in incident.io's reference: an HTTP date with `UTC` instead of `GMT`."""
    return f"{moment:%a, %d %b %Y %H:%M:%S} UTC"


def _rfc3339(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


# By form, a function from the moment of the next try and the time until then to the headers. The
# forms that begin with `body-` have the time only in the body.
RETRY_AFTER: Mapping[str, Callable[[datetime, timedelta], Mapping[str, str]]] = {
    "seconds": lambda moment, wait: {"Retry-After": str(round(wait.total_seconds()))},
    "http-date": lambda moment, wait: {"Retry-After": _http_date(moment)},
    "reference-date": lambda moment, wait: {"Retry-After": _reference_date(moment)},
    "rfc3339": lambda moment, wait: {"Retry-After": _rfc3339(moment)},
    "reset": lambda moment, wait: {"X-RateLimit-Reset": str(round(moment.timestamp()))},
    "body-date": lambda moment, wait: {},
    "body-rfc3339": lambda moment, wait: {},
    "none": lambda moment, wait: {},
    "negative": lambda moment, wait: {"Retry-After": "-30"},
    "absurd": lambda moment, wait: {"Retry-After": "99999999999"},
    "garbage": lambda moment, wait: {"Retry-After": "soon"},
}
_IN_BODY: Mapping[str, Callable[[datetime], str]] = {
    "body-date": _reference_date,
    "http-date": _reference_date,
    "none": lambda moment: "",
}
