"""Whether Rootly heeded the filters, told from the rows that it sent.

Rootly silently ignores a filter that it does not know, and would answer with everything. So each
row is held against the question, and one that is certainly outside of it is a failure. Where a row
shows another name, or no row at all shows what was asked for, Rootly is asked again with a value that
nobody can have. Rows in that answer mean that it ignores the filter.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from functools import cached_property
from typing import Any

import anyio

from tools.connection import Connection
from tools.errors import ToolError, UnexpectedResponse
from tools.request import Reply
from tools.rootly.document import Document, Incident
from tools.rootly.evidence import FILTERS, Filter, Verdict, within
from tools.rootly.question import Needs, Question
from tools.text import identifier
from tools.times import LATEST

_CHECKED_ROWS = 10
"""Fewer rows tell little of whether a filter was heeded: most incidents match many by chance."""
_SHARE_OF_TIME = 0.9
"""The part of what is left of a call's time that asking again may take."""
_EXCLUDED = "exclude."


class _Heeded(Enum):
    """What asking again told of a filter.

    NOTHING_TO_ASK: there is no value that nobody can have.
    """

    YES = auto()
    NO = auto()
    NOT_KNOWN = auto()
    NOTHING_TO_ASK = auto()


@dataclass
class FilterCheck:
    """The check of all answers within one tool call; pages may be read concurrently."""

    question: Question
    _doubts: dict[Verdict, dict[str, set[str]]] = field(default_factory=dict)
    """By verdict and name of a filter, the ids of incidents that do not prove that it was heeded."""
    _matched: set[str] = field(default_factory=set)
    """The filters that some row shows to be met."""
    _heeded: dict[str, _Heeded] = field(default_factory=dict)

    @property
    def least_rows(self) -> int:
        """How many rows to ask for at least, so that they tell whether the filters were heeded."""
        return _CHECKED_ROWS if self.needs(self.question) != Needs() else 1

    def needs(self, asked: Question) -> Needs:
        """What must be asked for along with *asked*, so that its rows show whether they match."""
        filters = [FILTERS[name] for name in (*asked.filters, *asked.excluded) if name in FILTERS]
        return Needs(
            attributes=frozenset((*(f.attribute for f in filters if f.attribute), *asked.ranges)),
            relations=frozenset(f.relation for f in filters if f.relation and f.is_included),
            references=frozenset(f.relation for f in filters if f.relation),
        )

    async def ask(
        self, asked: Question, connection: Connection, paging: Mapping[str, str], needs: Needs
    ) -> Reply[Document]:
        """One page of *asked*: the call's question, maybe with more bounds. Its rows are held against it.

        Raises:
            ToolError: see `tools.request.get`; and where a row shows that Rootly did not heed a filter.
        """
        reply = await asked.ask(connection, paging, needs | self.needs(asked))
        self._read(reply.body, asked)
        return reply

    def _read(self, document: Document, asked: Question) -> None:
        """Hold the rows of one answer against *asked*.

        Raises:
            UnexpectedResponse: a row is certainly outside of it; the message names the filter.
        """
        for name, incident, verdict in _verdicts(document, asked):
            if verdict is Verdict.OUTSIDE:
                raise self._ignored(name)
            if verdict is Verdict.MATCHES:
                self._matched.add(name)
            elif name in self._given:
                doubts = self._doubts.setdefault(verdict, {}).setdefault(name, set())
                doubts.add(identifier(incident.id) or "")

    @cached_property
    def _given(self) -> frozenset[str]:
        """The filters of the call. Bounds that paging and counting add are not among them: numbers prove what comes by these."""
        return frozenset(name for name, _ in self.question.each_without())

    async def notes(self, connection: Connection) -> list[str]:
        """What the rows could not prove. Rootly is asked again about each filter that is in doubt, once in a call.

        Raises:
            UnexpectedResponse: Rootly ignores a filter; the message names it.
        """
        await self._ask_again(connection)
        for name, heeded in self._heeded.items():
            if heeded is _Heeded.NO:
                raise self._ignored(name)
        return [*self._notes()]

    async def _ask_again(self, connection: Connection) -> None:
        other, hidden = self._doubts.get(Verdict.OTHER, {}), self._doubts.get(Verdict.HIDDEN, {})
        # An odd row among others that match is no reason to doubt. What an exclusion leaves proves nothing.
        proven = {name for name in self._matched if not name.startswith(_EXCLUDED)}
        doubtful = other.keys() | (hidden.keys() - proven)
        unsettled = sorted(doubtful - self._heeded.keys())
        if not unsettled:
            return
        # What is not answered in time stays so.
        self._heeded |= dict.fromkeys(unsettled, _Heeded.NOT_KNOWN)
        remaining = anyio.current_effective_deadline() - anyio.current_time()
        with anyio.move_on_after(remaining * _SHARE_OF_TIME):
            async with anyio.create_task_group() as tasks:
                for name in unsettled:
                    tasks.start_soon(self._settle, name, connection)

    async def _settle(self, name: str, connection: Connection) -> None:
        # The answer itself is there. A failure here leaves it not known, which a note says.
        with suppress(ToolError):
            self._heeded[name] = await _is_heeded(name, self.question, connection)

    def _notes(self) -> Iterator[str]:
        other = self._doubts.get(Verdict.OTHER, {})
        hidden = self._doubts.get(Verdict.HIDDEN, {})
        near = self._doubts.get(Verdict.NEAR, {})
        partly = self._doubts.get(Verdict.PARTLY, {})
        unknown = {
            name: other.get(name, set()) | hidden.get(name, set())
            for name, heeded in self._heeded.items()
            if heeded is _Heeded.NOT_KNOWN
        }
        if listed := _counted(unknown):
            yield (
                f"Asked again whether it heeds these filters, Rootly gave no clear answer: {listed}. "
                "Some incidents may not match."
            )
        if listed := _counted({name: other[name] for name in other.keys() - unknown.keys()}):
            yield (
                f"Rootly heeds these filters, but its answer shows other values: {listed}. Renamed since, or a name for a slug?"
            )
        if listed := _counted({name: hidden[name] for name in hidden if self._is_unproven(name)}):
            yield f"Rootly's answer does not show that incidents match these filters: {listed}."
        if listed := _counted(partly):
            yield f"Incidents with what was to be left out, and something else: {listed}. Rootly does not document which wins."
        if listed := _counted(near):
            yield f"Rootly compares times less exactly than asked: up to a minute outside are incidents by {listed}."

    def _ignored(self, name: str) -> UnexpectedResponse:
        if name in self._given:
            advice = "Leave that filter out, and tell the rows apart by what they show."
        else:
            advice = "The list or the count needs it to go on: narrow the question, so that one answer holds everything."
        return UnexpectedResponse(
            f"Rootly did not heed the filter {name}: it answered with incidents that do not match. {advice}"
        )

    def _is_unproven(self, name: str) -> bool:
        """Whether hidden values of a filter need a note of their own."""
        heeded = self._heeded.get(name)
        if heeded is _Heeded.YES:
            # What an exclusion leaves may well have no value there.
            is_exclusion = name.startswith(_EXCLUDED)
            return not is_exclusion and (name not in FILTERS or FILTERS[name].is_ever_shown)
        return heeded is not _Heeded.NOT_KNOWN


def _verdicts(document: Document, asked: Question) -> Iterator[tuple[str, Incident, Verdict]]:
    # What is no resource at all shows nothing, and is noted as that.
    incidents = [incident for incident in document.incidents if incident.is_readable]
    for name, value in asked.filters.items():
        if name in FILTERS:
            filter_, wanted = FILTERS[name], _texts(value)
            for incident in incidents:
                yield name, incident, filter_.including(filter_.read(document, incident), wanted)
    for name, value in asked.excluded.items():
        if name in FILTERS:
            verdicts = _excluding(FILTERS[name], _texts(value), document, incidents)
            yield from ((f"{_EXCLUDED}{name}", incident, verdict) for incident, verdict in verdicts)
    for name, bounds in asked.ranges.items():
        for incident in incidents:
            yield name, incident, within(incident.attributes.get(name), bounds)


def _excluding(
    filter_: Filter, unwanted: Collection[str], document: Document, incidents: Iterable[Incident]
) -> Iterator[tuple[Incident, Verdict]]:
    rows = [(incident, filter_.read(document, incident)) for incident in incidents]
    # Where some rows of an answer have a value, null is none. Otherwise the value may be hidden.
    has_values = any(shown.values for _, shown in rows)
    for incident, shown in rows:
        if not (shown.is_null and has_values):
            yield incident, filter_.excluding(shown, unwanted)


def _texts(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [str(one) for one in values]


def _counted(ids: Mapping[str, Collection[str]]) -> str:
    return ", ".join(f"{name} ({len(ids[name])})" for name in sorted(ids))


async def _is_heeded(name: str, question: Question, connection: Connection) -> _Heeded:
    """Ask with a value that nobody can have: alone, and beside the other filters.

    Alone, it makes no difference what changes meanwhile. Beside the others, rows mean that it is enough to match one of them.

    Raises:
        ToolError: Rootly did not answer.
    """
    if name.startswith(_EXCLUDED):
        plain = name.removeprefix(_EXCLUDED)
        return await _is_exclusion_heeded(plain, question.excluded[plain], connection)
    if name in question.filters:
        nobody = FILTERS[name].nobody
        if nobody is None:
            return _Heeded.NOTHING_TO_ASK
        alone = Question(filters={name: [nobody]})
    else:
        alone = Question(ranges={name: {"gt": LATEST}})
    beside = replace(
        question,
        filters={**question.filters, **alone.filters},
        ranges={**question.ranges, **alone.ranges},
    )
    for asked in (alone, beside) if alone != beside else (alone,):
        reply = await asked.ask(
            connection, {"page[size]": "1"}, Needs(attributes=frozenset({"sequential_id"}))
        )
        if reply.body.incidents:
            return _Heeded.NO
    return _Heeded.YES


async def _is_exclusion_heeded(name: str, unwanted: Any, connection: Connection) -> _Heeded:
    """Asked for the incidents that have what it excludes, Rootly must answer with none.

    Rows that have something else besides are no proof: which of the two wins is not documented.
    """
    excluded = {name: unwanted}
    asked = Question(filters={_FILTER_NAMES.get(name, name): unwanted}, excluded=excluded)
    check = FilterCheck(Question(excluded=excluded))
    paging = {"page[size]": str(_CHECKED_ROWS)}
    reply = await asked.ask(connection, paging, check.needs(check.question))
    if not reply.body.incidents:
        return _Heeded.YES
    verdicts = {verdict for _, _, verdict in _verdicts(reply.body, check.question)}
    return _Heeded.NO if verdicts & {Verdict.OUTSIDE, Verdict.OTHER} else _Heeded.NOT_KNOWN


_FILTER_NAMES = {"causes": "cause"}
"""The filters of exclusions that have another name."""
