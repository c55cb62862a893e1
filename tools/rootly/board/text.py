"""The sentences for the model: what a person sees on the board.

They are short, because they stay in the model's context. Texts that people typed are cut and in
quotation marks, as data.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tools.rootly.board.incident import Document, incident_phrase
from tools.rootly.board.order import Row, can_be_worst, is_maintenance, worst_first
from tools.rootly.board.words import name
from tools.text import clip

Filters = Mapping[str, Sequence[str]]

_MAX_SEVERITIES = 5
"""The most severities that are counted one by one, if there are at least two more."""
_MAX_VALUES = 3
"""The most values of a filter that are named."""
_MAX_NOTES = 2
_MAX_NOTE = 200


def describe_live(document: Document, filters: Filters) -> str:
    """The sentences for a list of live incidents."""
    rows = worst_first(document["incidents"])
    if not rows:
        empty = f"The person sees an empty board: nothing is live{_with(filters)}."
        return _text(document, empty, *_similar_names(document, filters))
    return _text(
        document,
        f"The person sees the board: {_number(document)}{_with(filters)} ({_severities(rows)}).",
        f"{_mark(rows[0], document)}: {incident_phrase(rows[0], document)}.",
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
        f"The person sees the incident {incident_phrase(rows[0], document)}.",
        "Its timeline, people and links are on the page, where they can ask about it.",
    )


def describe_plot(document: Document, period: str, filters: Filters) -> str:
    """The sentences for the numbers of incidents by *period*."""
    counts = {row[0]: row[1] for row in document["rows"]}
    undated = _undated(counts.pop(None, 0))
    if not counts:
        empty = f"The person sees an empty plot: no incidents{_with(filters)}."
        return _text(document, empty, *undated)
    first, busiest = next(iter(counts)), max(counts, key=counts.__getitem__)
    total = sum(counts.values())
    noun = "incident" if total == 1 else "incidents"
    return _text(
        document,
        f"The person sees a plot by {period}: {total} {noun}{_with(filters)} "
        f"since {first}. Busiest {period}: {busiest} ({counts[busiest]}).",
        *undated,
        "The page also shows the minutes to acknowledge, mitigate and resolve.",
    )


def _undated(count: int) -> Iterator[str]:
    """That *count* incidents belong to no period."""
    if count:
        yield f"It does not show {count} without a start that can be read."


def _text(document: Document, *sentences: str) -> str:
    """The sentences, and what else the model must know of the answer."""
    notes = [clip(note, _MAX_NOTE) for note in document.get("notes", [])[:_MAX_NOTES]]
    sandbox = ["It is made-up data of the sandbox."] if document.get("source") else []
    return " ".join([*sentences, *notes, *sandbox])


def _number(document: Document) -> str:
    """How many incidents there are, and whether the page has all of them."""
    count = len(document["incidents"])
    if _has_all(document):
        return "1 live incident" if count == 1 else f"{count} live incidents"
    if document.get("total", count) > count:
        return f"the newest {count} of {document['total']} live incidents"
    return f"the newest {count} live incidents, and there are more"


def _has_all(document: Document) -> bool:
    """Whether there are no more incidents than those of the answer."""
    count = len(document["incidents"])
    return "next" not in document and document.get("total", count) <= count


def _mark(row: Row, document: Document) -> str:
    """What the first incident is. The page says the same."""
    if not can_be_worst(row):
        return "First in the list"
    return "Worst" if _has_all(document) else "Worst of these"


def _with(filters: Filters) -> str:
    """The filters, such as ` with services checkout-api`."""
    phrases = [f"{argument} {_names(values)}" for argument, values in filters.items()]
    return f" with {', '.join(phrases)}" if phrases else ""


def _names(values: Sequence[str]) -> str:
    names = [name(value) for value in values[:_MAX_VALUES]]
    if len(values) > _MAX_VALUES:
        names.append("…")
    return " or ".join(names)


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
    if len(parts) > _MAX_SEVERITIES + 1:
        rest = sum([*counts.values()][_MAX_SEVERITIES:])
        parts = [*parts[:_MAX_SEVERITIES], f"{rest} others"]
    return ", ".join(parts)


def _group(row: Row) -> str:
    if is_maintenance(row):
        return "maintenance"
    severity = row.get("severity")
    return name(severity) if severity else "without a severity"
