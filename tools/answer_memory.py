"""The vendors' answers of the last seconds, in memory."""

from collections.abc import Hashable
from dataclasses import dataclass

import anyio
from anyio.abc import TaskGroup

from tools.reply import Reply, Reuse

MAX_BYTES = 32 * 1024 * 1024
"""Bytes of bodies that are kept, for all keys together."""


@dataclass(frozen=True)
class _Answer:
    """An answer, with the times when it was asked for and when it came, by the event loop."""

    reply: Reply[bytes]
    sent_at: float
    came_at: float

    @property
    def size(self) -> int:
        return len(self.reply.body)


class AnswerMemory:
    """Keeps each answer for *fresh_s* seconds, in a task of *tasks*.

    If the bodies have more than *max_bytes*, the oldest answers go first.
    """

    def __init__(self, tasks: TaskGroup, fresh_s: float, max_bytes: int = MAX_BYTES) -> None:
        self.fresh_s = fresh_s
        self._tasks = tasks
        self._max_bytes = max_bytes
        self._answers: dict[Hashable, _Answer] = {}
        """The oldest comes first."""
        self._size = 0
        self._is_forgetting = False

    def keep(self, key: Hashable, reply: Reply[bytes], sent_at: float) -> None:
        """Keep *reply*, which came just now, unless the key has the answer to a later request."""
        known = self._answers.get(key)
        if not self.fresh_s or (known and known.sent_at > sent_at):
            return
        self.forget(key)
        answer = _Answer(reply, sent_at, anyio.current_time())
        self._answers[key] = answer
        self._size += answer.size
        while self._size > self._max_bytes:
            self.forget(next(iter(self._answers)))
        if not self._is_forgetting:
            self._is_forgetting = True
            self._tasks.start_soon(self._forget_in_time)

    def recall(self, key: Hashable, reuse: Reuse, call_began_at: float) -> Reply[bytes] | None:
        """The answer that may be reused so; None if there is none."""
        answer = self._answers.get(key)
        if answer is None:
            return None
        fresh_since = anyio.current_time() - self.fresh_s
        is_fresh = answer.came_at >= fresh_since
        is_reusable = {
            Reuse.NEVER: False,
            Reuse.SENT_AFTER_CALL: answer.sent_at >= call_began_at,
            Reuse.FRESH: answer.sent_at >= min(call_began_at, fresh_since),
            Reuse.ANY: True,
        }
        return answer.reply if is_fresh and is_reusable[reuse] else None

    def forget(self, key: Hashable) -> None:
        answer = self._answers.pop(key, None)
        if answer:
            self._size -= answer.size

    async def _forget_in_time(self) -> None:
        """Forget each answer when its time is over. Ends when nothing is left."""
        while self._answers:
            oldest = next(iter(self._answers))
            await anyio.sleep_until(self._answers[oldest].came_at + self.fresh_s)
            self._forget_old()
        self._is_forgetting = False

    def _forget_old(self) -> None:
        fresh_since = anyio.current_time() - self.fresh_s
        old = [key for key, answer in self._answers.items() if answer.came_at <= fresh_since]
        for key in old:
            self.forget(key)
