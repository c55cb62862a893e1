"""The data of the sandbox before it is written to SQLite."""

import json
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

from sandbox.world import catalogue
from sandbox.world.catalogue import Resource

Row = dict[str, Any]


@dataclass
class Incident:
    """An incident at Rootly: its columns, and the keys of its resources by relation."""

    columns: Row
    relations: dict[str, list[int]] = field(default_factory=dict[str, list[int]])
    family: str | None = None
    """The family of causes to which it belongs. No API serves it."""
    case: str | None = None
    """What is odd about it. No API serves it."""


class Population:
    """The incidents and resources that were made so far, and the random numbers to make others."""

    def __init__(self, seed: int, now: datetime) -> None:
        self.seed = seed
        self.random = Random(seed)
        self.now = now
        self.incidents: list[Incident] = []
        self.resources: list[Resource] = []
        self.io_incidents: list[Row] = []
        self.io_attachments: list[Row] = []
        self.families = dict[str, str]()
        """By family of causes, what broke and why."""
        self._set_up = dict[str, dict[str, int]]()
        for resource in catalogue.resources():
            keys = self._set_up.setdefault(resource.type, {})
            keys[resource.slug or resource.id] = self.add(resource)
        on_call = catalogue.on_call()
        self.on_call = [key for key in self.keys("users") if self.resource(key).name in on_call]
        """The people in random incidents. The others are only in those written by hand."""

    def add(self, resource: Resource) -> int:
        """Add the resource, and return its key."""
        self.resources.append(resource)
        return len(self.resources)

    def with_random(self, random: Random) -> "Population":
        """The same population, which draws from another generator."""
        other = copy(self)
        other.random = random
        return other

    def forget(self, count: int) -> None:
        """Remove the resources that were added after the first *count*."""
        del self.resources[count:]

    def key(self, type_: str, name: str) -> int:
        """The key of a resource in the catalogue, by its slug. Without a slug, by its id."""
        return self._set_up[type_][name]

    def keys(self, type_: str) -> list[int]:
        return list(self._set_up[type_].values())

    def person(self, name: str) -> int:
        """The key of the person with this full name."""
        people = self.keys("users")
        return next(key for key in people if self.resource(key).name == name)

    def resource(self, key: int) -> Resource:
        return self.resources[key - 1]

    def uuid(self) -> str:
        digits = f"{self.random.getrandbits(128):032x}"
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"

    def resource_rows(self) -> Iterator[tuple[Any, ...]]:
        for key, one in enumerate(self.resources, start=1):
            yield key, one.type, one.id, one.slug, one.name, json.dumps(one.attributes)

    def family_rows(self) -> Iterator[tuple[Any, ...]]:
        for incident in self.incidents:
            if incident.family in self.families:
                yield incident.columns["sequential_id"], incident.family

    def case_rows(self) -> Iterator[tuple[Any, ...]]:
        for incident in self.incidents:
            if incident.case is not None:
                yield incident.columns["sequential_id"], incident.case

    def link_rows(self) -> Iterator[tuple[Any, ...]]:
        for incident in self.incidents:
            number = incident.columns["sequential_id"]
            for relation, keys in incident.relations.items():
                for position, key in enumerate(keys):
                    yield number, relation, position, key
