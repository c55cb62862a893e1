"""Turns a vendor's answer that is not a success into the error that an agent sees."""

import json
import re
from collections.abc import Mapping
from math import ceil
from typing import Any

from tools.errors import (
    Forbidden,
    NotFound,
    RateLimited,
    Rejected,
    TimedOut,
    ToolError,
    Unauthorized,
    Unavailable,
    UnexpectedResponse,
)
from tools.json_values import as_mapping, mappings, texts
from tools.text import clean, identifier
from tools.vendor import Vendor

_MAX_ERRORS = 3
"""How many errors of one answer are quoted."""
_MAX_QUOTE = 600
"""How many characters of the errors are quoted together."""
_SCOPE = re.compile(r"[a-z_]{1,40}(\.[a-z_]{1,40}){1,3}", re.ASCII)
_PERSONAL = re.compile(r"(?<![\w.+-])[\w.+-]+(?:@|%40)[\w.-]+|\bBearer\s+\S+")


def failure(
    vendor: Vendor,
    status: int,
    body: bytes,
    *,
    key_name: str,
    key: str,
    retry_after_s: float | None = None,
) -> ToolError:
    """The error that *status* and *body* mean.

    Bodies are read leniently: gateways answer with HTML, and the JSON differs between statuses.
    """
    document = readable(body)
    request_id = _request_id(document, key)
    name = vendor.title
    match status:
        case 401:
            return Unauthorized(f"{name} does not accept {key_name}.", request_id=request_id)
        case 403:
            subject = f"{key_name[:1].upper()}{key_name[1:]} {_lacks(document)}"
            return Forbidden(f"{subject}; {name} answered 403.", request_id=request_id)
        case 404 | 410:
            return NotFound(
                f"{name} has nothing there.{vendor.not_found_hint}", request_id=request_id
            )
        case 408:
            return TimedOut(f"{name} gave up waiting (408).", request_id=request_id)
        case 429:
            return _rate_limited(name, retry_after_s, request_id)
        case _ if 400 <= status < 500:
            reasons = _reasons(document, key)
            return Rejected(f"{name} refused this ({status}){reasons}", request_id=request_id)
        case _ if 500 <= status < 600:
            return Unavailable(f"{name} failed ({status}).", request_id=request_id)
    return UnexpectedResponse(
        f"{name} answered with status {status}, which it does not document.", request_id=request_id
    )


def readable(body: bytes) -> Mapping[str, Any]:
    """The JSON object of the body; an empty one if it has none."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return as_mapping(document)


def is_error(document: Mapping[str, Any]) -> bool:
    """Whether a body with a success status reports a failure, in any of the documented forms.

    Rootly has `error` and `errors`, also in `meta`. incident.io has `type` and `status`.
    """
    meta = as_mapping(document.get("meta"))
    if _has_errors(document) or _has_errors(meta):
        return True
    type_ = document.get("type")
    if isinstance(type_, str) and type_.endswith("error"):
        return True
    status = document.get("status")
    if isinstance(status, int):
        return status >= 400
    return status in ("error", "failed", "failure")


def _has_errors(part: Mapping[str, Any]) -> bool:
    return bool(part.get("error") or part.get("errors"))


def _request_id(document: Mapping[str, Any], key: str) -> str | None:
    """The vendor's id of the request, unless it contains something that must not be shown."""
    request_id = identifier(document.get("request_id"))
    if request_id is None or _public(request_id, key, 100) != request_id:
        return None
    return request_id


def _rate_limited(name: str, retry_after_s: float | None, request_id: str | None) -> RateLimited:
    if retry_after_s is None:
        return RateLimited(
            f"{name}'s rate limit is reached: try again later.", request_id=request_id
        )
    wait_s = ceil(retry_after_s)
    return RateLimited(
        f"{name}'s rate limit is reached: try again in {wait_s} s.",
        retry_after_s=wait_s,
        request_id=request_id,
    )


def _lacks(document: Mapping[str, Any]) -> str:
    """Says what the key lacks, with the scope if the vendor names it."""
    for error in mappings(document.get("errors")):
        scope = as_mapping(error.get("metadata")).get("scope")
        if isinstance(scope, str) and _SCOPE.fullmatch(scope):
            return f"lacks the scope {scope}"
    return "may not do this"


def _reasons(document: Mapping[str, Any], key: str) -> str:
    """The first errors in the vendor's words after a colon; a full stop if there are none."""
    errors = mappings(document.get("errors"))[:_MAX_ERRORS]
    # Some errors are a single text.
    errors = errors or [{"title": document.get("error")}]
    quotes = [_reason(error, key) for error in errors]
    reasons = "; ".join(quote for quote in quotes if quote is not None)
    if not reasons:
        return "."
    return f": {reasons[:_MAX_QUOTE]}"


def _reason(error: Mapping[str, Any], key: str) -> str | None:
    """Field and reason, without anything private; None if the vendor gives no reason."""
    words = texts(error.get("message"), error.get("title"), error.get("detail"))
    if not words:
        return None
    reason = _public(" – ".join(dict.fromkeys(words)), key, 200)
    field = _field(error)
    if field is None:
        return reason
    return f"{_public(field, key, 80)}: {reason}"


def _field(error: Mapping[str, Any]) -> str | None:
    source = as_mapping(error.get("source"))
    return identifier(source.get("field") or source.get("pointer"))


def _public(text: str, key: str, limit: int) -> str:
    """*text* without the key and personal data, clean, and of at most *limit* characters."""
    # Clean first: with hidden characters inside it, the key would not be found.
    public = clean(text, len(text) + 1)
    if key:
        public = public.replace(key, "[removed]")
    # Cut last: of what is cut in two, a part could stay.
    return clean(_PERSONAL.sub("[removed]", public), limit)
