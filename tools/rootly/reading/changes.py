"""The incidents that changed since a moment, which a proof takes into account."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

import anyio

from tools.errors import UnexpectedResponse
from tools.rootly.document import Document, Incident
from tools.rootly.identity import instant_of
from tools.rootly.question import Needs, Question
from tools.rootly.reading.incident_source import IncidentSource
from tools.rootly.reading.records import Records

T = TypeVar("T")

_MARGIN = timedelta(minutes=1)
"""How much the clocks of Rootly's servers may differ, and how late an update may become visible."""


@dataclass(frozen=True)
class Changes(Generic[T]):
    """The incidents that were updated since *start*.

    `updated_at`: The last update of each of them, whether it matches or not.
    `matching`: For each source, the records of those that match its question.
    `uncounted`: Why Rootly's counts of them are not certain; None if they are.
    """

    start: datetime
    updated_at: Mapping[str, object]
    matching: Sequence[Records[T]]
    uncounted: str | None


async def start_of_changes(source: IncidentSource[T], began: float) -> datetime:
    """A time before *began*, by the clock that sets `updated_at`, less a margin.

    That clock may differ from ours, and from the one in the `Date` of Rootly's answers. So it is
    read from the latest `updated_at` of all incidents.
    """
    paging = {"sort": "-updated_at", "page[size]": "1"}
    needs = Needs(frozenset({"updated_at"}))
    reply = await Question().ask(source.connection, paging, needs)
    times = [instant_of(incident, "updated_at") for incident in reply.body.incidents]
    readable = [at for at in times if at is not None]
    if not readable:
        raise UnexpectedResponse(
            "Rootly does not show when incidents were updated, "
            "so nothing proves that none is missing."
        )
    # With a time in the future, changes would be missed. Either of the two clocks may be ahead.
    latest = min(readable[0], reply.at, reply.at + reply.ahead)
    elapsed = timedelta(seconds=anyio.current_time() - began)
    start = latest - elapsed - _MARGIN
    # Rootly may compare times only to the minute.
    return start.replace(second=0, microsecond=0)


async def changes_since(sources: Sequence[IncidentSource[T]], start: datetime) -> Changes[T]:
    """The incidents that were updated since *start*."""
    updated_at: dict[str, object] = {}

    def keep_update(key: str, document: Document, incident: Incident) -> None:
        updated_at[key] = incident.attributes.get("updated_at")

    all_updated = Question(ranges={"updated_at": {"gte": start}})
    readers = [sources[0].reader(all_updated, sources[0].ask_of_all, keep_update)]
    matching = [Records(source) for source in sources]
    for records in matching:
        source = records.source
        question = source.question.narrow("updated_at", {"gte": start})
        readers.append(source.reader(question, source.ask, records.keep))
    async with anyio.create_task_group() as tasks:
        for reader in readers:
            tasks.start_soon(reader.read)
    uncounted = [reader.uncounted for reader in readers if reader.uncounted]
    return Changes(start, updated_at, matching, uncounted[0] if uncounted else None)
