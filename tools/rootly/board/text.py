"""The sentences for the model: what a person sees on the board.

They are short, because they stay in the model's context. Texts that people typed are cut and in
quotation marks, as data.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tools.rootly.board.lead import lead_of
from tools.rootly.board.order import Row, is_maintenance, start_of, worst_first
from tools.rootly.board.words import age, name, quoted
from tools.text import cut

Document = Mapping[str, Any]
"""An answer of list_incidents."""
Filters = Mapping[str, Sequence[str]]

_MAX_TITLE = 80
_MAX_SEVERITIES = 5
"""The most severities that are counted one by one."""
_MAX_VALUES = 3
"""The most values of a filter that are named."""
_MAX_NOTES = 2
_MAX_NOTE = 200


def describe_live(document: Document, filters: Filters) -> str:
    """The sentences for a list of live incidents."""
    rows = worst_first(document["incidents"])
    if not rows:
        empty = f"The person sees an empty board: nothing is live{_asked(filters)}."
        return _text(document, empty, *_similar_names(document, filters))
    number = _number(document)
    worst = "Worst of these" if "newest" in number else "Worst"
    return _text(
        document,
        f"The person sees the board: {number}{_asked(filters)} ({_severities(rows)}).",
        f"{worst}: {_incident(rows[0], document)}.",
        "They can open one, refresh, and ask about it there: do not list them again.",
    )


def describe_incident(document: Document, number: str) -> str:
    """The sentences for one incident, which may not exist."""
    rows = document["incidents"]
    if not rows:
        return _text(
            document,
            f"Rootly has no incident {number}, or it is hidden from this key. The page says so.",
        )
    return _text(
        document,
        f"The person sees the incident {_incident(rows[0], document)}.",
        "Its timeline, people and links are on the page, where they can ask about it.",
    )


def describe_plot(document: Document, period: str, filters: Filters) -> str:
    """The sentences for the numbers of incidents by *period*."""
    counts = {row[0]: row[1] for row in document["rows"]}
    if not counts:
        return _text(document, f"The person sees an empty plot: no incidents{_asked(filters)}.")
    first, busiest = next(iter(counts)), max(counts, key=counts.__getitem__)
    return _text(
        document,
        f"The person sees a plot by {period}: {sum(counts.values())} incidents{_asked(filters)} "
        f"since {first}. Busiest {period}: {busiest} ({counts[busiest]}).",
        "The page also shows the minutes to acknowledge, mitigate and resolve.",
    )


def _text(document: Document, *sentences: str) -> str:
    """The sentences, and what else the model must know of the answer."""
    notes = [_shortened(note) for note in document.get("notes", [])[:_MAX_NOTES]]
    sandbox = ["It is made-up data of the sandbox."] if document.get("source") else []
    return " ".join([*sentences, *notes, *sandbox])


def _shortened(note: str) -> str:
    return note if len(note) <= _MAX_NOTE else cut(note, _MAX_NOTE)


def _number(document: Document) -> str:
    """How many incidents there are, and whether the page has all of them."""
    shown = len(document["incidents"])
    total = document.get("total", shown)
    if total > shown:
        return f"the newest {shown} of {total} live incidents"
    if "next" in document:
        return f"the newest {shown} live incidents, and there are more"
    return "1 live incident" if shown == 1 else f"{shown} live incidents"


def _asked(filters: Filters) -> str:
    """The filters, such as ` with services checkout-api`."""
    if not filters:
        return ""
    return f" with {', '.join(_filters(filters))}"


def _filters(filters: Filters) -> Iterator[str]:
    for argument, values in filters.items():
        names = [name(value) for value in values[:_MAX_VALUES]]
        if len(values) > _MAX_VALUES:
            names.append("…")
        yield f"{argument} {' or '.join(names)}"


def _similar_names(document: Document, filters: Filters) -> Iterator[str]:
    """Names to try instead: a value of a filter may be a name that Rootly does not have."""
    hint: Mapping[str, Any] = document.get("hint", {})
    for argument in filters:
        names = [name(value) for value in hint.get(argument, [])[:_MAX_VALUES]]
        if names:
            yield f"Similar values of {argument} that exist: {', '.join(names)}."


def _severities(rows: Sequence[Row]) -> str:
    """The number of incidents of each severity. The order is that of *rows*."""
    counts = Counter(_group(row) for row in rows)
    parts = [f"{count} {group}" for group, count in counts.items()]
    if len(parts) > _MAX_SEVERITIES:
        rest = sum([*counts.values()][_MAX_SEVERITIES:])
        parts = [*parts[:_MAX_SEVERITIES], f"{rest} others"]
    return ", ".join(parts)


def _group(row: Row) -> str:
    if is_maintenance(row):
        return "maintenance"
    severity = row.get("severity")
    return name(severity) if severity else "without a severity"


def _incident(row: Row, document: Document) -> str:
    """One incident in half a sentence: number, title, severity, status, start, who is on it."""
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
        people = " and ".join(quoted(person, 60) for person in lead.people[:2])
        return f"{name(lead.role or 'person')}: {people}"
    # A role can be there without its person, and a note counts incidents whose roles are not there.
    notes = document.get("notes", [])
    are_unknown = "roles" in row or any("roles (" in note for note in notes)
    return "who is on it is not known" if are_unknown else "nobody is assigned"
