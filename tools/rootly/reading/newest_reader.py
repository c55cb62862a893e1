"""Reads the newest incidents that match some questions, as many as the time allows."""

from collections.abc import Sequence
from typing import Generic, TypeVar

import anyio

from tools.errors import ToolError, ungrouped
from tools.rootly.reading.growing_progress import GrowingProgress
from tools.rootly.reading.incident_source import IncidentSource, verify_while
from tools.rootly.reading.intervals import FILL
from tools.rootly.reading.reading_attempt import ReadingAttempt, run_until
from tools.rootly.vocabulary import MAX_OFFSET

T = TypeVar("T")

_READING_SHARE_OF_CALL = 0.95
"""The part of a call's time for reading. The rest is for what is done with the incidents."""
_PROOF_ANSWERS = 2.1
"""The time of a proof: two answers, one after the other, and a little more."""
_ROUND_ANSWERS = 1.1
"""The time for one more round of requests."""
_READING_SHARE = 0.8
"""The largest part of the time that reading takes. The rest is for the proof."""
_FEW_ROUNDS = 4
_FILL_IN_FEW_ROUNDS = 0.5
"""An answer that overflows leaves a gap, and nothing older counts until the gap is filled."""


class NewestReader(Generic[T]):
    """Reads the newest incidents of each of the *sources*, up to `limits.summary_max`.

    The first answer has the newest 100. It also shows how slow Rootly is. Then the reader decides
    how long it reads: for at most four fifths of the time that remains, and so that the proof has
    the time of two answers, one after the other. If Rootly is so slow that there is no time for one
    more round of requests *and* for the proof, it only reads: many incidents with a note on what is
    not proven are better than very few.

    * `attempt`: the attempt whose incidents count.
    * `doubt`: why it is not proven that these are the incidents of one moment; None if it is.
    """

    def __init__(self, sources: Sequence[IncidentSource[T]]) -> None:
        self._sources = sources
        self._connection = sources[0].connection
        self._limit = min(self._connection.limits.summary_max, MAX_OFFSET)
        self._progress = GrowingProgress(self._connection)
        self.attempt = self._new_attempt()
        self.doubt: str | None = None

    async def read(self) -> None:
        """Read until the time ends. Only the first answers may take longer.

        If Rootly fails later, what was read until then counts.

        Raises:
            ToolError: see `tools.request.get`; and an answer contradicts itself.
        """
        self._connection.record.timeout_message = self._timeout_message
        end_at = _end_of_reading()
        await self.attempt.begin()
        await self._report()
        self.doubt = "Incidents changed while they were read, or Rootly answered slowly."
        try:
            with ungrouped():
                await self._read_until(end_at)
        except ToolError as error:
            if not error.retryable:
                raise
            self.doubt = str(error)
        self.attempt.reading.keep_complete_part()

    async def _read_until(self, end_at: float) -> None:
        async def read_and_prove() -> None:
            await self._read_and_prove(end_at)

        async def read() -> None:
            await run_until(end_at, read_and_prove)

        await verify_while(self._sources, read)

    async def _read_and_prove(self, end_at: float) -> None:
        """Read until the proof succeeds, or fails twice in the same way."""
        attempt = self.attempt
        previous_result = None
        while True:
            stop_at = _stop_at(attempt.answer_s, end_at)
            await attempt.read(stop_at, _fill(attempt.answer_s, stop_at))
            # If the time ends before the next attempt is proven, this is the result.
            self.attempt = attempt
            if await attempt.prove():
                self.doubt = None
                return
            if attempt.uncounted:
                self.doubt = attempt.uncounted
                return
            result = attempt.reading.totals, attempt.reading.incidents.keys()
            if result == previous_result:
                return
            previous_result = result
            attempt = self._new_attempt()
            await attempt.begin()

    def _new_attempt(self) -> ReadingAttempt[T]:
        return ReadingAttempt(self._sources, self._report, self._limit)

    async def _report(self) -> None:
        number = sum(self.attempt.reading.numbers)
        expected = sum(min(total, self._limit) for total in self.attempt.reading.totals)
        await self._progress.report(number, expected)

    def _timeout_message(self, timeout_s: float) -> str:
        number = len(self.attempt.reading.incidents)
        if not number:
            return ""
        return (
            f"Only {number:,} incidents could be read within {timeout_s:g} s, which is too few for "
            "an answer: narrow the question, for example by created_at or status."
        )


def _end_of_reading() -> float:
    """When reading must end, so that the call has time left for what is done with it."""
    now = anyio.current_time()
    return now + (anyio.current_effective_deadline() - now) * _READING_SHARE_OF_CALL


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
