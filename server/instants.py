"""Reads an instant at which the clocks of the sandbox stand still."""

# Importing `typing` or `datetime` takes time that a client waits for its first answer.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime

EXPECTED_INSTANT = "takes an instant from 2000 to 2099, such as 2026-11-22T02:00:00Z"
"""What a message says about a setting or an option with another value."""
_YEARS = range(2000, 2100)


def parse_instant(text: str) -> "datetime":
    """The instant in *text*, in RFC 3339. Without an offset it is in UTC.

    Raises:
        ValueError: it is not a valid instant, or the made-up data cannot end there.
    """
    from datetime import UTC, datetime

    instant = datetime.fromisoformat(text)
    if instant.year not in _YEARS:
        raise ValueError(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
