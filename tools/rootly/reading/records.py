"""The records of incidents, as a reading collects them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from tools.rootly.document import Document, Incident
from tools.rootly.identity import instant_of
from tools.rootly.position import KEY
from tools.rootly.reading.incident_source import IncidentSource

T = TypeVar("T")


@dataclass
class Records(Generic[T]):
    """The records of incidents that match the question of *source*.

    * `by_key`: the record of each incident, by its key.
    * `created_at`: when these incidents were created, if that is readable.
    """

    source: IncidentSource[T]
    by_key: dict[str, T] = field(default_factory=dict)
    created_at: dict[str, datetime] = field(default_factory=dict)

    def keep(self, key: str, document: Document, incident: Incident) -> None:
        """Make the record of an incident, and keep it."""
        self.by_key[key] = self.source.record(document, incident)
        at = instant_of(incident, KEY)
        if at is not None:
            self.created_at[key] = at

    def drop(self, key: str) -> None:
        """Drop the record of an incident, if there is one."""
        self.by_key.pop(key, None)

    def keep_since(self, since: datetime | None) -> None:
        """Keep only the incidents that were created from *since* on; None keeps all."""
        if since is None:
            return
        for key in [*self.by_key]:
            created_at = self.created_at.get(key)
            if created_at is None or created_at < since:
                del self.by_key[key]
