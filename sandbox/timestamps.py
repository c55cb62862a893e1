"""Instants as text: in UTC in the store, with the organisation's offset in answers."""

from datetime import UTC, datetime, timedelta, timezone, tzinfo

ORGANISATION = timezone(timedelta(hours=-8))


def utc_text(moment: datetime) -> str:
    """The form in the store, such as `2026-11-20T12:00:44.183Z`. It sorts by time."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def local_text(text: str, zone: tzinfo = ORGANISATION, timespec: str = "milliseconds") -> str:
    """An instant of the store in Rootly's form, such as `2026-11-20T04:00:44.183-08:00`."""
    return datetime.fromisoformat(text).astimezone(zone).isoformat(timespec=timespec)


def parse(text: str) -> datetime:
    """An ISO 8601 instant or date. Without an offset it is in UTC.

    Raises:
        ValueError: the text is neither.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    return moment
