"""Reads the newest incidents that match one question, as many as the time allows."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

import anyio

from tools.rootly.reading.incident_source import IncidentSource
from tools.rootly.reading.intervals import FILL
from tools.rootly.reading.reading_attempt import ReadingAttempt, run_until
from tools.rootly.vocabulary import MAX_OFFSET

T = TypeVar("T")

_PROOF_ANSWERS = 2.1
"""The time of a proof: two answers, one after the other, and a little more."""
_ROUND_ANSWERS = 1.1
"""The time for one more round of requests."""
_READING_SHARE = 0.8
"""The largest part of the time that reading takes. The rest is for the proof."""
_FEW_ROUNDS = 4
_FILL_IN_FEW_ROUNDS = 0.5
"""An answer that overflows leaves a gap, and nothing older counts until the gap is filled."""


@dataclass(frozen=True)
class Part(Generic[T]):
    """The incidents of one question that were read; see `Reading` for the names."""

    incidents: Mapping[str, T]
    at: datetime
    is_one_answer: bool
    is_proven: bool
    of: int
    since: datetime | None


class NewestReader(Generic[T]):
    """Reads the newest incidents of *source*, up to `limits.summary_max`.

    The first answer has the newest 100. It also shows how slow Rootly is. Then the reader decides
    how long it reads: for at most four fifths of the time that remains, and so that the proof has
    the time of two answers, one after the other. If Rootly is so slow that there is no time for one
    more round of requests *and* for the proof, it only reads: many incidents with a note on what is
    not proven are better than very few.

    *report* is called when more incidents were read.
    """

    def __init__(self, source: IncidentSource[T], report: Callable[[], Awaitable[None]]) -> None:
        self._source = source
        self._report = report
        self._limit = min(source.connection.limits.summary_max, MAX_OFFSET)
        self._attempt = self._new_attempt()
        self._is_proven = False

    @property
    def number(self) -> int:
        """How many incidents were read so far."""
        return len(self._attempt.incidents)

    @property
    def expected(self) -> int:
        """How many incidents are to be read; 0 before the first answer."""
        return min(self._attempt.total, self._limit)

    async def read(self, end_at: float) -> Part[T]:
        """Read until *end_at*, by the event loop's clock. Only the first answer may come later.

        Raises:
            ToolError: see `tools.request.get`; and an answer contradicts itself.
        """
        await self._attempt.begin()

        async def read() -> None:
            await self._read_and_prove(end_at)

        async with anyio.create_task_group() as tasks:
            # If Rootly ignores a filter, fail now, and not after everything was read.
            tasks.start_soon(self._source.verifier.notes, self._source.connection)
            await run_until(end_at, read)
        self._attempt.keep_complete_part()
        return self._part()

    async def _read_and_prove(self, end_at: float) -> None:
        """Read until the proof succeeds, or fails twice in the same way."""
        attempt = self._attempt
        previous_result = None
        while True:
            stop_at = _stop_at(attempt.answer_s, end_at)
            await attempt.read(stop_at, _fill(attempt.answer_s, stop_at))
            # If the time ends before the next attempt is proven, this is the result.
            self._attempt = attempt
            self._is_proven = await attempt.prove()
            result = attempt.total, attempt.incidents.keys()
            if self._is_proven or result == previous_result:
                return
            previous_result = result
            attempt = self._new_attempt()
            await attempt.begin()

    def _new_attempt(self) -> ReadingAttempt[T]:
        return ReadingAttempt(self._source, self._report, self._limit)

    def _part(self) -> Part[T]:
        attempt = self._attempt
        of = attempt.total
        if attempt.since is None:
            of = len(attempt.incidents)
        return Part(
            attempt.incidents,
            at=attempt.at,
            is_one_answer=attempt.is_one_answer,
            is_proven=self._is_proven,
            of=max(of, len(attempt.incidents)),
            since=attempt.since,
        )


def _stop_at(answer_s: float, end_at: float) -> float:
    """When reading has to stop, if an answer takes *answer_s* and everything ends at *end_at*."""
    now = anyio.current_time()
    left_s = end_at - now
    reading_s = left_s * _READING_SHARE
    if left_s > (_ROUND_ANSWERS + _PROOF_ANSWERS) * answer_s:
        reading_s = min(reading_s, left_s - _PROOF_ANSWERS * answer_s)
    return now + reading_s


def _fill(answer_s: float, stop_at: float) -> float:
    """How full each answer should be, if an answer takes *answer_s* and reading ends at *stop_at*.

    Few rounds of requests leave no time to fill the gaps of those that overflow.
    """
    reading_s = stop_at - anyio.current_time()
    return _FILL_IN_FEW_ROUNDS if reading_s < _FEW_ROUNDS * answer_s else FILL
