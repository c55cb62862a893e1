"""The time that a vendor asks to wait before a retry, in each form that vendors use."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from tools import times
from tools.json_values import as_mapping, is_number

CREDIBLE_S = 86_400
"""A longer wait is ignored as a mistake: both vendors refill their limits within the hour."""

_CREDIBLE_YEARS = range(1970, 9999)
_NEVER_S = 1e12
"""Larger numbers are not seconds, and may not even fit in a float."""
_NUMBER = re.compile(r"\s*[+-]?\d{1,12}(\.\d{1,9})?\s*", re.ASCII)
_EPOCH_SECONDS = re.compile(r"\d{9,11}", re.ASCII)


def retry_after_s(headers: Mapping[str, str], body: object, now: datetime) -> float | None:
    """Seconds to wait; 0 for a time that has passed; None if the answer has no credible value.

    The first credible one of these counts: `Retry-After`, in seconds or as a date; incident.io's
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
    """An HTTP date, with `GMT` or `UTC`, or an RFC 3339 time.

    None for a year that no clock shows: calculations with the first and last years overflow.
    """
    at = times.parse(value.strip()) or _read_http_date(value)
    if at is None or at.year not in _CREDIBLE_YEARS:
        return None
    return at


def _read_http_date(value: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    if at.tzinfo is None:
        return at.replace(tzinfo=UTC)
    return at


def _in_body(body: object) -> object:
    rate_limit = as_mapping(as_mapping(body).get("rate_limit"))
    return rate_limit.get("retry_after")


def _reset_time(value: str) -> str | None:
    seconds = value.strip()
    if not _EPOCH_SECONDS.fullmatch(seconds):
        return None
    return times.stamp(datetime.fromtimestamp(int(seconds), UTC))


def _seconds(value: object, now: datetime) -> float | None:
    """*value* as seconds: it is a number, a number in a string, or a date."""
    if is_number(value) and abs(value) < _NEVER_S:
        return float(value)
    if isinstance(value, str):
        return _seconds_in(value, now)
    return None


def _seconds_in(text: str, now: datetime) -> float | None:
    if _NUMBER.fullmatch(text):
        return float(text)
    at = read_date(text)
    if at is None:
        return None
    return (at - now).total_seconds()
