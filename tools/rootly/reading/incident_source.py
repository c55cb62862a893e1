"""The source of the incidents that a summary or a reading is made from."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

import anyio

from tools.connection import Connection
from tools.errors import UnexpectedResponse, ungrouped
from tools.reply import Reply
from tools.rootly.document import Document, Incident
from tools.rootly.filter_verification import FilterVerifier
from tools.rootly.position import KEY
from tools.rootly.question import Needs, Question
from tools.rootly.reading.interval_answer import IntervalAnswer
from tools.rootly.reading.intervals import Ask, IntervalReader, Keep

T = TypeVar("T")

_IDENTITY = Needs(frozenset({"sequential_id", KEY}))
"""The parts of an incident that distinguish it from all others."""


@dataclass
class IncidentSource(Generic[T]):
    """Requests pages of the incidents that match *question*, and verifies its filters.

    `record`: Makes the record of an incident; records must be comparable.
    `needs`: The parts that Rootly must send for `record`.
    """

    question: Question
    connection: Connection
    record: Callable[[Document, Incident], T]
    needs: Needs
    verifier: FilterVerifier = field(init=False)

    def __post_init__(self) -> None:
        self.verifier = FilterVerifier(self.question)

    async def ask(self, question: Question, paging: Mapping[str, str]) -> Reply[Document]:
        """Get a page of *question*, with the parts that `record` needs.

        *question* is that of the source, perhaps with more bounds.
        """
        return await self._request(self.verifier, question, paging, self.needs | _IDENTITY)

    async def ask_of_all(self, question: Question, paging: Mapping[str, str]) -> Reply[Document]:
        """Get a page of *question*, which may have incidents that do not match the source's."""
        return await self._request(FilterVerifier(Question()), question, paging, _IDENTITY)

    async def count(self, question: Question) -> tuple[int, datetime]:
        """Rootly's count of the incidents that match *question*, and the moment of its answer.

        Raises:
            UnexpectedResponse: the count is not certain.
        """
        reply = await self._request(self.verifier, question, {"page[size]": "1"}, _IDENTITY)
        return IntervalAnswer.of(reply.body, 1).count(), reply.at

    def reader(self, question: Question, ask: Ask, keep: Keep) -> IntervalReader:
        """A reader of all incidents that match *question*."""
        now = self.connection.clock()
        return IntervalReader(question, ask, keep, now, self.connection.budget.in_flight)

    async def _request(
        self, verifier: FilterVerifier, question: Question, paging: Mapping[str, str], needs: Needs
    ) -> Reply[Document]:
        return await verifier.ask(question, self.connection, paging, needs)


async def verify_while(
    sources: Sequence[IncidentSource[T]], read: Callable[[], Awaitable[None]]
) -> None:
    """Run *read*, and verify the filters of all *sources* at the same time.

    If Rootly ignores a filter, this fails at once, and not after everything was read.

    Raises:
        ToolError: that of *read*; or Rootly ignores a filter of the caller.
    """
    unexpected: UnexpectedResponse | None = None
    async with anyio.create_task_group() as tasks:
        for source in sources:
            tasks.start_soon(source.verifier.notes, source.connection)
        try:
            with ungrouped():
                await read()
        except UnexpectedResponse as error:
            # The probes go on to their end: if Rootly also ignores a filter of the caller, an error
            # that names this filter says more than one that names a bound of the reading.
            unexpected = error
    if unexpected:
        raise unexpected


async def filter_notes(sources: Iterable[IncidentSource[T]]) -> list[str]:
    """Notes on filters for which it is not proven that Rootly applied them, each once."""
    notes: list[str] = []
    for source in sources:
        notes += await source.verifier.notes(source.connection)
    return [*dict.fromkeys(notes)]
