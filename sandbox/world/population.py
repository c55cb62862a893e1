"""The data of the sandbox before it is written to SQLite."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.world import catalogue
from sandbox.world.catalogue import Resource

Row = dict[str, Any]


@dataclass
class Incident:
    """An incident at Rootly: its columns, and the keys of its resources by relation."""

    columns: Row
    relations: dict[str, list[int]] = field(default_factory=dict[str, list[int]])


class Population:
    """The incidents and resources that were made so far, and the random numbers to make others."""

    def __init__(self, seed: int, now: datetime) -> None:
        self.random = random.Random(seed)
        self.now = now
        self.incidents: list[Incident] = []
        self.resources: list[Resource] = []
        self.io_incidents: list[Row] = []
        self.io_attachments: list[Row] = []
        self._set_up = dict[str, dict[str, int]]()
        for resource in catalogue.resources():
            keys = self._set_up.setdefault(resource.type, {})
            keys[resource.slug or resource.id] = self.add(resource)

    def add(self, resource: Resource) -> int:
        """Add the resource, and return its key."""
        self.resources.append(resource)
        return len(self.resources)

    def key(self, type_: str, name: str) -> int:
        """The key of a resource in the catalogue, by its slug. Without a slug, by its id."""
        return self._set_up[type_][name]

    def keys(self, type_: str) -> list[int]:
        return list(self._set_up[type_].values())

    def resource(self, key: int) -> Resource:
        return self.resources[key - 1]

    def uuid(self) -> str:
        digits = f"{self.random.getrandbits(128):032x}"
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"

    def resource_rows(self) -> Iterator[tuple[Any, ...]]:
        for key, one in enumerate(self.resources, start=1):
            yield key, one.type, one.id, one.slug, one.name, json.dumps(one.attributes)

    def link_rows(self) -> Iterator[tuple[Any, ...]]:
        for incident in self.incidents:
            number = incident.columns["sequential_id"]
            for relation, keys in incident.relations.items():
                for position, key in enumerate(keys):
                    yield number, relation, position, key
