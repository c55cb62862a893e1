"""Compares the rows of an answer with the filters of its question."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from tools.rootly.document import Document, Incident
from tools.rootly.filters import FILTERS
from tools.rootly.question import Needs, Question
from tools.rootly.verdict import Verdict, time_verdict

EXCLUDE = "exclude."
"""Stands before the name of a filter that excludes values."""


class RowVerdict(NamedTuple):
    """The verdict on one row and one filter."""

    filter_name: str
    incident: Incident
    verdict: Verdict


def filter_names(question: Question) -> Sequence[str]:
    """The names of all filters of a question, as errors and notes call them."""
    exclusions = [f"{EXCLUDE}{name}" for name in question.excluded]
    return [*question.filters, *exclusions, *question.ranges]


def verification_needs(question: Question) -> Needs:
    """What must be requested, so that rows show whether they match the filters of *question*."""
    names = (*question.filters, *question.excluded)
    filters = [FILTERS[name] for name in names if name in FILTERS]
    attributes = {f.attribute for f in filters if f.attribute}
    return Needs(
        attributes=frozenset(attributes.union(question.ranges)),
        relations=frozenset(f.relation for f in filters if f.relation and f.is_included),
        references=frozenset(f.relation for f in filters if f.relation),
    )


def row_verdicts(document: Document, question: Question) -> Iterator[RowVerdict]:
    """The verdicts on every row for every filter of *question* that rows can show."""
    # A row that is not a JSON:API resource shows nothing; another note reports it.
    incidents = [incident for incident in document.incidents if incident.is_readable]
    for name, value in question.filters.items():
        if name in FILTERS:
            yield from _inclusion_verdicts(name, _texts(value), document, incidents)
    for name, value in question.excluded.items():
        if name in FILTERS:
            yield from _exclusion_verdicts(name, _texts(value), document, incidents)
    for name, bounds in question.ranges.items():
        for incident in incidents:
            verdict = time_verdict(incident.attributes.get(name), bounds)
            yield RowVerdict(name, incident, verdict)


def _inclusion_verdicts(
    name: str, filter_values: Collection[str], document: Document, incidents: Iterable[Incident]
) -> Iterator[RowVerdict]:
    filter_ = FILTERS[name]
    for incident in incidents:
        row = filter_.read(document, incident)
        yield RowVerdict(name, incident, filter_.verdict(row, filter_values))


def _exclusion_verdicts(
    name: str, filter_values: Collection[str], document: Document, incidents: Iterable[Incident]
) -> Iterator[RowVerdict]:
    filter_ = FILTERS[name]
    rows = [(incident, filter_.read(document, incident)) for incident in incidents]
    # If some rows have a value, null means none. Otherwise Rootly may hide all values.
    null_means_none = any(row.values for _, row in rows)
    for incident, row in rows:
        if row.is_null and null_means_none:
            continue
        verdict = filter_.exclusion_verdict(row, filter_values)
        yield RowVerdict(f"{EXCLUDE}{name}", incident, verdict)


def _texts(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [str(one) for one in values]
