"""One incident in half a sentence."""

from collections.abc import Mapping
from typing import Any

from tools.rootly.board.lead import Lead, lead_of
from tools.rootly.board.order import Row, is_maintenance, start_of
from tools.rootly.board.words import age, is_ahead, name, quoted
from tools.rootly.vocabulary import OVER

Document = Mapping[str, Any]
"""An answer of list_incidents."""

_MAX_TITLE = 80
_MAX_NAME = 60
_MAX_LEADS = 2


def incident_phrase(row: Row, document: Document) -> str:
    """The incident of *row*: number, title, severity, status, start, who is on it."""
    number = row.get("sequential_id", "without a number")
    title = quoted(row.get("title", ""), _MAX_TITLE)
    severity = name(row["severity"]) if row.get("severity") else "no severity"
    status = name(row["status"]) if row.get("status") else "status unknown"
    start = _start(row, document)
    return f"{number} {title} ({severity}, {status}), {start}; {_people(row, document)}"


def _start(row: Row, document: Document) -> str:
    start = start_of(row)
    if start is None:
        return "its start is not known"
    if row.get("status") in OVER:
        return f"started {start}"
    now = document["as_of"]
    if not is_ahead(start, now):
        return f"since {start} ({age(start, now)})"
    return (
        f"planned for {start}" if is_maintenance(row) else f"since {start} (a time in the future)"
    )


def _people_in(lead: Lead) -> str:
    names = [quoted(person, _MAX_NAME) for person in lead.people[:_MAX_LEADS]]
    rest = len(lead.people) - len(names)
    if rest:
        names.append(f"{rest} more")
    return " and ".join(names)


def _people(row: Row, document: Document) -> str:
    lead = lead_of(row.get("roles", []))
    if lead:
        return f"{name(lead.role or 'person')}: {_people_in(lead)}"
    # A role can be there without its person, and a note counts incidents whose roles are not there.
    notes = document.get("notes", [])
    are_unknown = "roles" in row or any("roles (" in note for note in notes)
    return "who is on it is not known" if are_unknown else "nobody is assigned"
