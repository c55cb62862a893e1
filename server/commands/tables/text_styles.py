"""The styles of severities, statuses and titles. They only stress what the words already say.

The colours are of the 16 that every terminal has. Yellow is only a background, because many light
terminals show yellow letters too pale to read. What has no style can be read everywhere.
"""

from collections.abc import Callable, Mapping

from tools.severity import severity_rank

_SEVERITIES = ("bold reverse red", "bold reverse red", "black on yellow")
"""From the worst on. What is less severe has no style."""
_MITIGATED = "green"
_IN_WORK = "magenta"
_NOT_TAKEN = "bold red"
_STATUSES: Mapping[str, str] = {
    "in_triage": _NOT_TAKEN,
    "started": _NOT_TAKEN,
    "detected": _NOT_TAKEN,
    "acknowledged": _IN_WORK,
    "in_progress": _IN_WORK,
    "mitigated": _MITIGATED,
    "resolved": _MITIGATED,
    "closed": "dim",
    "completed": "dim",
    "cancelled": "dim",
}
"""Rootly's statuses. Those of incident.io are named by each organisation."""


def _severity(name: str) -> str:
    rank = severity_rank(name)
    return _SEVERITIES[rank] if rank < len(_SEVERITIES) else ""


def _status(name: str) -> str:
    return _STATUSES.get(name, "")


def _title(_: str) -> str:
    return "bold"


STYLES: Mapping[str, Callable[[str], str]] = {
    "severity": _severity,
    "status": _status,
    "title": _title,
    "name": _title,
}
"""By the name of a member, the function that makes the style of its text."""
