"""One incident in half a sentence."""

from collections.abc import Mapping
from typing import Any

from tools.rootly.board.lead import lead_of
from tools.rootly.board.order import Row, start_of
from tools.rootly.board.words import age, name, quoted

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
    return f"since {start} ({age(start, document['as_of'])})"


def _people(row: Row, document: Document) -> str:
    lead = lead_of(row.get("roles", []))
    if lead:
        people = " and ".join(quoted(person, _MAX_NAME) for person in lead.people[:_MAX_LEADS])
        return f"{name(lead.role or 'person')}: {people}"
    # A role can be there without its person, and a note counts incidents whose roles are not there.
    notes = document.get("notes", [])
    are_unknown = "roles" in row or any("roles (" in note for note in notes)
    return "who is on it is not known" if are_unknown else "nobody is assigned"
