"""Turns a vendor's answer that is not a success into the error that an agent sees."""

import json
import re
from collections.abc import Iterator, Mapping
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
from tools.text import clean, identifier
from tools.vendor import Vendor

_MAX_ERRORS = 3
"""Errors of one answer that are quoted."""
_MAX_QUOTE = 600
"""Characters that are quoted in all."""
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
            scope = _missing_scope(document)
            lacks = f"lacks the scope {scope}" if scope else "may not do this"
            return Forbidden(f"{key_name} {lacks}; {name} answered 403.", request_id=request_id)
        case 404 | 410:
            return NotFound(
                f"{name} has nothing there.{vendor.not_found_hint}", request_id=request_id
            )
        case 408:
            return TimedOut(f"{name} gave up waiting (408).", request_id=request_id)
        case 429:
            return _rate_limited(name, retry_after_s, request_id)
        case _ if 400 <= status < 500:
            reasons = "; ".join(_reasons(document, key))[:_MAX_QUOTE]
            quote = f": {reasons}" if reasons else "."
            return Rejected(f"{name} refused this ({status}){quote}", request_id=request_id)
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
    return document if isinstance(document, dict) else {}


def is_error(document: Mapping[str, Any]) -> bool:
    """Whether a body with a success status reports a failure, in any of the documented forms.

    Rootly has `error` and `errors`, also in `meta`. incident.io has `type` and `status`.
    """
    meta = document.get("meta")
    parts = [document, meta] if isinstance(meta, Mapping) else [document]
    if any(part.get("error") or part.get("errors") for part in parts):
        return True
    type_, status = document.get("type"), document.get("status")
    if isinstance(type_, str) and type_.endswith("error"):
        return True
    if isinstance(status, int):
        return status >= 400
    return status in ("error", "failed", "failure")


def _request_id(document: Mapping[str, Any], key: str) -> str | None:
    """The vendor's id of the request, unless it holds something that must not be shown."""
    request_id = identifier(document.get("request_id"))
    if request_id is None or _public(request_id, key, 100) != request_id:
        return None
    return request_id


def _rate_limited(name: str, retry_after_s: float | None, request_id: str | None) -> RateLimited:
    wait_s = None if retry_after_s is None else ceil(retry_after_s)
    when = "later" if wait_s is None else f"in {wait_s} s"
    return RateLimited(
        f"{name}'s rate limit is reached: try again {when}.",
        retry_after_s=wait_s,
        request_id=request_id,
    )


def _errors(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    errors = document.get("errors")
    if not isinstance(errors, list):
        return []
    return [error for error in errors if isinstance(error, Mapping)]


def _missing_scope(document: Mapping[str, Any]) -> str | None:
    for error in _errors(document):
        metadata = error.get("metadata")
        scope = metadata.get("scope") if isinstance(metadata, Mapping) else None
        if isinstance(scope, str) and _SCOPE.fullmatch(scope):
            return scope
    return None


def _reasons(document: Mapping[str, Any], key: str) -> Iterator[str]:
    """Field and reason of the first errors in the vendor's words, without anything private."""
    errors = _errors(document)[:_MAX_ERRORS] or [{"title": document.get("error")}]
    for error in errors:
        words = [error.get("message"), error.get("title"), error.get("detail")]
        texts = [word for word in words if isinstance(word, str) and word]
        if not texts:
            continue
        reason = _public(" – ".join(dict.fromkeys(texts)), key, 200)
        field = _field(error)
        yield f"{_public(field, key, 80)}: {reason}" if field else reason


def _field(error: Mapping[str, Any]) -> str | None:
    source = error.get("source")
    if not isinstance(source, Mapping):
        return None
    return identifier(source.get("field") or source.get("pointer"))


def _public(text: str, key: str, limit: int) -> str:
    """*text* without the key and personal data, clean, and of at most *limit* characters."""
    # First cleaned, or hidden characters inside the key would keep it from being found.
    public = clean(text, len(text) + 1)
    if key:
        public = public.replace(key, "[removed]")
    # Cut last, or a part of what must be removed could stay.
    return clean(_PERSONAL.sub("[removed]", public), limit)
