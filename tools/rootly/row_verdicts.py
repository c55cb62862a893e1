"""Compares the rows of an answer with the filters of its question."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from tools.rootly.document import Document, Incident
from tools.rootly.filters import FILTERS
from tools.rootly.question import Needs, Question
from tools.rootly.verdict import Verdict, time_verdict
from tools.times import Operator

EXCLUDE = "exclude."
"""The beginning of the name of a filter that excludes values."""


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
    """The parts to request, so that rows show whether they match the filters of *question*."""
    needs = Needs(attributes=frozenset(question.ranges))
    for filters in (question.filters, question.excluded):
        for name in _comparable(filters):
            needs |= FILTERS[name].needs
    return needs


def row_verdicts(document: Document, question: Question) -> Iterator[RowVerdict]:
    """The verdicts on every row, for every filter of *question* whose values rows can show."""
    # A row that is not a JSON:API resource shows nothing; another note reports it.
    incidents = [incident for incident in document.incidents if incident.is_readable]
    for name, values in _comparable(question.filters).items():
        yield from _inclusion_verdicts(name, values, document, incidents)
    for name, values in _comparable(question.excluded).items():
        yield from _exclusion_verdicts(name, values, document, incidents)
    for name, bounds in question.ranges.items():
        yield from _range_verdicts(name, bounds, incidents)


def _inclusion_verdicts(
    name: str, filter_values: Sequence[str], document: Document, incidents: Iterable[Incident]
) -> Iterator[RowVerdict]:
    read = FILTERS[name].read
    inclusion = FILTERS[name].inclusion(filter_values)
    for incident in incidents:
        row = read(document, incident)
        yield RowVerdict(name, incident, inclusion.verdict(row))


def _exclusion_verdicts(
    name: str, filter_values: Sequence[str], document: Document, incidents: Iterable[Incident]
) -> Iterator[RowVerdict]:
    filter_ = FILTERS[name]
    exclusion = filter_.exclusion(filter_values)
    rows = [(incident, filter_.read(document, incident)) for incident in incidents]
    # If some rows have a value, null means none. Otherwise Rootly may hide all values.
    null_means_none = any(row.values for _, row in rows)
    for incident, row in rows:
        if row.is_null and null_means_none:
            continue
        yield RowVerdict(f"{EXCLUDE}{name}", incident, exclusion.verdict(row))


def _range_verdicts(
    name: str, bounds: Mapping[Operator, datetime], incidents: Iterable[Incident]
) -> Iterator[RowVerdict]:
    for incident in incidents:
        verdict = time_verdict(incident.attributes.get(name), bounds)
        yield RowVerdict(name, incident, verdict)


def _comparable(filters: Mapping[str, Any]) -> dict[str, list[str]]:
    """Those of *filters* that can be compared with rows, and the values of each as texts."""
    values = {}
    for name, value in filters.items():
        if name in FILTERS:
            values[name] = _texts(value)
    return values


def _texts(value: Any) -> list[str]:
    if isinstance(value, list):
        return [str(one) for one in value]
    return [str(value)]
