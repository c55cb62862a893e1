"""The instant at which the clocks of made-up data stand, as an operator writes it."""

from datetime import UTC, datetime

_EXAMPLE = "2026-11-22T02:00:00Z"
_YEARS = range(2000, 3000)
"""The data begins before the instant, and no date is before year 1 or after year 9999."""


def parse_instant(text: str) -> datetime:
    """The instant in *text* (RFC 3339). Without an offset, it is in UTC.

    Raises:
        ValueError: it is not valid. The message continues the name of the option or setting.
    """
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"takes an instant such as {_EXAMPLE}") from None
    if instant.year not in _YEARS:
        raise ValueError(f"takes an instant from the year {_YEARS[0]} to {_YEARS[-1]}")
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
