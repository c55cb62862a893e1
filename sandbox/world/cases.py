"""Incidents that were written by hand.

Each file in `histories/` has one family: the same cause, told in other words at other times. The
incidents in `cases.toml` are odd ones, such as those without an end or with contradictory times.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Case:
    """An incident at Rootly, before it has a number."""

    title: str
    days: float
    """How many days ago it was declared, roughly."""
    services: Sequence[str]
    severity: str
    family: str | None = None
    name: str | None = None
    """What is odd about it."""
    kind: str = "normal"
    status: str = "closed"
    minutes: Mapping[str, float] = field(default_factory=dict[str, float])
    """By stage, such as `mitigated`, the minutes after it was declared. They may be negative."""
    summary: str | None = None
    mitigation: str | None = None
    resolution: str | None = None
    alert: str | None = None
    causes: Sequence[str] = ()
    environment: str = "production"
    parent: str | None = None
    """The title of another case, of which it is a part."""
    user: str | None = None
    """The name of the person who declared it. None: any person on call."""
    roles: Sequence[str] = ()
    """The names of those who had the first roles. Empty: any people on call."""
    action_items: Sequence[Mapping[str, Any]] = ()
    """Attributes of action items, and perhaps `due`: in how many days from now."""
    columns: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Other columns. `scheduled_for` and `scheduled_until` are hours from now."""
    at_incident_io: Sequence[str] = ()
    """The types of its resources that are also attached to an incident at incident.io."""

    @property
    def hours(self) -> float:
        """Its age in hours. Some minutes are added, so that it was not declared at a full one."""
        return self.days * 24 + Random(self.title).random() / 5


@cache
def families() -> dict[str, str]:
    """By family, what broke and why."""
    return {document["family"]: document["cause"] for document in _histories()}


@cache
def cases() -> list[Case]:
    """All cases, oldest first."""
    cases = [Case(**table) for table in _read("cases.toml")["incidents"]]
    for document in _histories():
        cases += [Case(family=document["family"], **table) for table in document["incidents"]]
    return sorted(cases, key=lambda case: -case.hours)


@cache
def _histories() -> list[dict[str, Any]]:
    folder = files(__package__).joinpath("histories")
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".toml"))
    return [_read(f"histories/{name}") for name in names]


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath(name).read_text(encoding="utf-8"))
