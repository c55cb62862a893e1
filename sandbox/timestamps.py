"""Instants: stored in UTC, shown with the organisation's offset."""

from datetime import UTC, datetime, timedelta, timezone, tzinfo

ORGANISATION = timezone(timedelta(hours=-8))


def stored(moment: datetime) -> str:
    """The form in the store: UTC to the millisecond and of fixed width, so that text order is time order."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def shown(text: str, zone: tzinfo = ORGANISATION, timespec: str = "milliseconds") -> str:
    """A stored instant as Rootly shows it, such as `2026-11-20T04:00:44.183-08:00`."""
    return datetime.fromisoformat(text).astimezone(zone).isoformat(timespec=timespec)


def read(text: str) -> datetime:
    """A client's ISO 8601 instant or date; UTC where no offset is given.

    Raises: ValueError for anything else.
    """
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
