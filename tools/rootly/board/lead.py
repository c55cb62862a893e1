"""Who leads an incident, by the names of the roles.

Organisations name their roles themselves. The page has the same rules in TypeScript, and
board/cases/lead.json holds both to the same cases.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_DEPUTY = re.compile(r"\b(?:deputy|assistant|backup|secondary|shadow|vice)\b")
_COMMANDER = re.compile(r"\b(?:commander|command)\b")
_INCIDENT_LEAD = re.compile(r"(?:incident )?(?:lead|leader|ic|owner|manager|coordinator)")
_LEAD = re.compile(r"\b(?:lead|leader|manager|owner|coordinator)\b")


@dataclass(frozen=True)
class Lead:
    """The people who lead an incident. `role` is None if Rootly does not name their role."""

    role: str | None
    people: tuple[str, ...]


def lead_of(roles: Sequence[Mapping[str, Any]]) -> Lead | None:
    """The lead, of *roles* with a `role` and a `person`; None if nobody is assigned."""
    assigned = [role for role in roles if role.get("person")]
    if not assigned:
        return None
    best = min(assigned, key=_rank)
    name = best.get("role")
    people = [role["person"] for role in assigned if role.get("role") == name]
    return Lead(name, tuple(dict.fromkeys(people)))


def _rank(role: Mapping[str, Any]) -> int:
    """How well the name of a role fits the lead: 0 fits best."""
    name: str | None = role.get("role")
    if name is None:
        return 5
    words = name.lower().strip()
    if _DEPUTY.search(words):
        return 3
    if _COMMANDER.search(words):
        return 0
    if _INCIDENT_LEAD.fullmatch(words):
        return 1
    return 2 if _LEAD.search(words) else 4
