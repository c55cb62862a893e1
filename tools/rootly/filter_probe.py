"""Probes whether Rootly applies a filter at all, if the rows of its answer could not prove it.

The probe asks with a value that no incident can have. If Rootly sends rows, it ignores the filter.
"""

from collections.abc import Iterator
from dataclasses import replace
from enum import Enum, auto
from typing import Any

from tools.connection import Connection
from tools.rootly.filters import FILTERS
from tools.rootly.question import Needs, Question
from tools.rootly.row_verdicts import EXCLUDE, row_verdicts, verification_needs
from tools.rootly.verdict import Verdict
from tools.times import LATEST

PROBE_ROWS = 10
"""Fewer rows say little about a filter: by chance, most incidents match many filters."""
_INCLUDING_FILTERS = {"causes": "cause"}
"""The filter that asks for the values of an exclusion, if its name is different."""


class ProbeResult(Enum):
    """The result of a probe.

    UNKNOWN: Rootly did not answer in time, or the answer proves nothing.
    NO_PROBE: Every value that Rootly takes is one that incidents have.
    """

    APPLIED = auto()
    IGNORED = auto()
    UNKNOWN = auto()
    NO_PROBE = auto()


async def probe(name: str, question: Question, connection: Connection) -> ProbeResult:
    """Ask Rootly whether it applies the filter *name* of *question*.

    Raises:
        ToolError: Rootly did not answer.
    """
    if name.startswith(EXCLUDE):
        argument = name.removeprefix(EXCLUDE)
        return await _probe_exclusion(argument, question.excluded[argument], connection)
    if name in question.ranges:
        impossible = Question(ranges={name: {"gt": LATEST}})
    else:
        value = FILTERS[name].impossible_value
        if value is None:
            return ProbeResult.NO_PROBE
        impossible = Question(filters={name: [value]})
    for probe_question in _probe_questions(impossible, question):
        if await _has_rows(probe_question, connection):
            return ProbeResult.IGNORED
    return ProbeResult.APPLIED


def _probe_questions(impossible: Question, question: Question) -> Iterator[Question]:
    """The impossible filter alone, and then with the other filters of *question*.

    Alone, it does not matter that incidents change meanwhile. With the others, rows mean that
    Rootly sends incidents that match only one of the filters.
    """
    yield impossible
    together = replace(
        question,
        filters={**question.filters, **impossible.filters},
        ranges={**question.ranges, **impossible.ranges},
    )
    if together != impossible:
        yield together


async def _has_rows(question: Question, connection: Connection) -> bool:
    needs = Needs(attributes=frozenset({"sequential_id"}))
    reply = await question.ask(connection, {"page[size]": "1"}, needs)
    return bool(reply.body.incidents)


async def _probe_exclusion(name: str, values: Any, connection: Connection) -> ProbeResult:
    """Ask for the incidents that have the excluded values, and exclude them: there must be none.

    A row that also has another value proves nothing. Rootly does not document whether it excludes
    such an incident.
    """
    exclusion = Question(excluded={name: values})
    including_filter = _INCLUDING_FILTERS.get(name, name)
    contradiction = replace(exclusion, filters={including_filter: values})
    paging = {"page[size]": str(PROBE_ROWS)}
    reply = await contradiction.ask(connection, paging, verification_needs(exclusion))
    if not reply.body.incidents:
        return ProbeResult.APPLIED
    verdicts = {row.verdict for row in row_verdicts(reply.body, exclusion)}
    if Verdict.MISMATCH in verdicts or Verdict.OTHER_FORM in verdicts:
        return ProbeResult.IGNORED
    return ProbeResult.UNKNOWN
