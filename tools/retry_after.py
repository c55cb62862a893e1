"""How long a vendor asks to wait before a retry, in each form that vendors use."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from tools import times

CREDIBLE_S = 86_400
"""A longer wait is ignored as a mistake: both vendors refill their limits within the hour."""

_NUMBER = re.compile(r"\s*[+-]?\d{1,12}(\.\d{1,9})?\s*", re.ASCII)
_EPOCH_SECONDS = re.compile(r"\d{9,11}", re.ASCII)


def retry_after_s(headers: Mapping[str, str], body: object, now: datetime) -> float | None:
    """Seconds to wait; 0 for a time that has passed; None if the answer has no credible value.

    The first of these counts: `Retry-After`, in seconds or as a date; incident.io's
    `rate_limit.retry_after`; Rootly's `X-RateLimit-Reset`, in epoch seconds. Clocks differ, so
    dates are compared with the answer's own `Date`; *now* is only for answers without one.
    """
    now = read_date(headers.get("date", "")) or now
    values = (
        headers.get("retry-after"),
        _in_body(body),
        _reset_time(headers.get("x-ratelimit-reset", "")),
    )
    for value in values:
        wait_s = _seconds(value, now)
        if wait_s is not None and wait_s <= CREDIBLE_S:
            return max(wait_s, 0.0)
    return None


def read_date(value: str) -> datetime | None:
    """An HTTP date, with `GMT` or `UTC`, or an RFC 3339 time."""
    if at := times.parse(value.strip()):
        return at
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at


def _in_body(body: object) -> object:
    rate_limit = body.get("rate_limit") if isinstance(body, Mapping) else None
    return rate_limit.get("retry_after") if isinstance(rate_limit, Mapping) else None


def _reset_time(value: str) -> str | None:
    seconds = value.strip()
    if not _EPOCH_SECONDS.fullmatch(seconds):
        return None
    return times.stamp(datetime.fromtimestamp(int(seconds), UTC))


def _seconds(value: object, now: datetime) -> float | None:
    """*value* as seconds: it is a number, a number in a string, or a date."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value) if abs(value) < 1e12 else None
    if not isinstance(value, str):
        return None
    if _NUMBER.fullmatch(value):
        return float(value)
    at = read_date(value)
    return None if at is None else (at - now).total_seconds()
