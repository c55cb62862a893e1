"""An answer that is no success, as the failure that an agent sees."""

import json
import re
from collections.abc import Iterator, Mapping
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
    """What *status* and *body* mean. Bodies are read leniently: gateways answer HTML, and shapes differ between statuses."""
    document = readable(body)
    request_id = identifier(document.get("request_id"))
    if request_id and _public(request_id, key, 100) != request_id:
        request_id = None
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
            wait = None if retry_after_s is None else -int(-retry_after_s // 1)
            when = "later" if wait is None else f"in {wait} s"
            return RateLimited(
                f"{name}'s rate limit is reached: try again {when}.",
                retry_after_s=wait,
                request_id=request_id,
            )
        case _ if 400 <= status < 500:
            said = "; ".join(_reasons(document, key))[:600]
            return Rejected(
                f"{name} refused this ({status}){': ' + said if said else '.'}",
                request_id=request_id,
            )
        case _ if 500 <= status < 600:
            return Unavailable(f"{name} failed ({status}).", request_id=request_id)
    return UnexpectedResponse(
        f"{name} answered with status {status}, which it does not document.", request_id=request_id
    )


def readable(body: bytes) -> Mapping[str, Any]:
    """The body's JSON object, or an empty one."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def is_error(document: Mapping[str, Any]) -> bool:
    """Whether a body that came with a success status says that something failed, in any of the documented forms.

    Those are Rootly's `error` and `errors`, which may also stand in `meta`, and incident.io's `type` and `status`.
    """
    meta = document.get("meta")
    said = [document, meta] if isinstance(meta, Mapping) else [document]
    if any(part.get(name) for part in said for name in ("error", "errors")):
        return True
    type_, status = document.get("type"), document.get("status")
    is_error_type = isinstance(type_, str) and type_.endswith("error")
    is_failure = status in ("error", "failed", "failure") or (
        isinstance(status, int) and status >= 400
    )
    return is_error_type or is_failure


def _errors(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    errors = document.get("errors")
    for error in errors if isinstance(errors, list) else []:
        if isinstance(error, Mapping):
            yield error


def _missing_scope(document: Mapping[str, Any]) -> str | None:
    for error in _errors(document):
        metadata = error.get("metadata")
        scope = metadata.get("scope") if isinstance(metadata, Mapping) else None
        if isinstance(scope, str) and _SCOPE.fullmatch(scope):
            return scope
    return None


def _reasons(document: Mapping[str, Any], key: str) -> Iterator[str]:
    """Field and reason of the first errors, in the vendor's words, cleaned, without the key and e-mail addresses."""
    found = [*_errors(document)][:3] or [{"title": document.get("error")}]
    for error in found:
        source = error.get("source")
        field = (
            identifier(source.get("field") or source.get("pointer"))
            if isinstance(source, Mapping)
            else None
        )
        words = [error.get("message"), error.get("title"), error.get("detail")]
        said = " – ".join(dict.fromkeys(word for word in words if isinstance(word, str) and word))
        if said:
            yield (f"{_public(field, key, 80)}: " if field else "") + _public(said, key, 200)


def _public(text: str, key: str, limit: int) -> str:
    # Cleaned first, so that nothing hidden keeps the key from being recognised; cut last, so that no part of it stays.
    text = clean(text, len(text) + 1)
    return clean(_PERSONAL.sub("[removed]", text.replace(key, "[removed]") if key else text), limit)
