"""Times as whole seconds since 1970, which keeps a continuation short."""

from datetime import UTC, datetime
from typing import Any

from tools import times

_EARLIEST = times.EARLIEST.timestamp()
_LATEST = times.LATEST.timestamp()


def to_epoch(at: datetime) -> int:
    return int(at.timestamp())


def from_epoch(seconds: Any) -> datetime:
    """The time *seconds* after 1970 began.

    Raises:
        ValueError: it is not an integer, or the time is too far off for a window around it.
    """
    if type(seconds) is not int:
        raise ValueError(seconds)
    if not _EARLIEST <= seconds <= _LATEST:
        raise ValueError(seconds)
    return datetime.fromtimestamp(seconds, UTC)
