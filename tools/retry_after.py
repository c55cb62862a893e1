"""When a vendor says to try again, in each of the forms that are met."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from tools import times

CREDIBLE_S = 86_400
"""A longer wait is taken for a mistake and ignored: both vendors' limits are refilled within the hour."""


def retry_after_s(headers: Mapping[str, str], body: object, now: datetime) -> float | None:
    """Seconds to wait, 0 for a time that has passed, or None where the answer does not say credibly.

    In this order: `Retry-After` in seconds or as a date; incident.io's `rate_limit.retry_after`; Rootly's `X-RateLimit-Reset`,
    in epoch seconds. Dates are compared with the answer's own `Date`, where there is one, since clocks differ.
    """
    now = read_date(headers.get("date", "")) or now
    limit = body.get("rate_limit") if isinstance(body, Mapping) else None
    said = (
        headers.get("retry-after"),
        limit.get("retry_after") if isinstance(limit, Mapping) else None,
        _epoch(headers.get("x-ratelimit-reset", "")),
    )
    for value in said:
        wait = _seconds(value, now)
        if wait is not None and wait <= CREDIBLE_S:
            return max(wait, 0.0)
    return None


def _seconds(value: object, now: datetime) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value) if abs(value) < 1e12 else None
    if not isinstance(value, str):
        return None
    if re.fullmatch(r"\s*[+-]?\d{1,12}(\.\d{1,9})?\s*", value, re.ASCII):
        return float(value)
    at = read_date(value)
    return None if at is None else (at - now).total_seconds()


def read_date(value: str) -> datetime | None:
    """An HTTP date, with `GMT` or `UTC`, or an RFC 3339 time."""
    if at := times.parse(value.strip()):
        return at
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at


def _epoch(value: str) -> str | None:
    if not re.fullmatch(r"\d{9,11}", value.strip(), re.ASCII):
        return None
    return times.stamp(datetime.fromtimestamp(int(value), UTC))
