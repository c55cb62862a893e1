"""Completes the arguments of prompts, from recent incidents or from fixed examples."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import anyio

from server.caller import Caller
from server.dispatcher import Dispatcher
from server.prompts import TOOL
from server.prompts.prompt import Argument
from tools.errors import ToolError
from tools.rootly.recent_names import RecentNames, read_recent_names

logger = logging.getLogger(__name__)

TIME_S = 2.0
"""How long a person who types may wait for Rootly."""
MEMORY_S = 10.0
"""How long one answer of Rootly, or its failure, serves the next keys that a person types."""
MAX_VALUES = 100
"""The most values that MCP allows in an answer."""


@dataclass(frozen=True)
class Completion:
    """The values that fit what was typed.

    `total` counts them. It is None if Rootly may know others: only its newest incidents were read.
    """

    values: Sequence[str] = ()
    total: int | None = None
    has_more: bool | None = None


@dataclass
class _Memory:
    """The names in Rootly's last answer to one key."""

    reading: anyio.Lock = field(default_factory=anyio.Lock)
    names: RecentNames = field(default_factory=dict[str, Sequence[str]])
    read_at: float = float("-inf")


class Completer:
    """Completes arguments. It remembers the names in Rootly's last answer to each vendor key."""

    def __init__(self, dispatcher: Dispatcher, clock: Callable[[], float] = time.monotonic) -> None:
        self._dispatcher = dispatcher
        self._vendor = dispatcher.tools[TOOL].vendor
        self._clock = clock
        self._memories: dict[str, _Memory] = {}
        """By the key itself. What one key may see is never shown to the callers of another."""

    async def complete(self, argument: Argument, typed: str, caller: Caller) -> Completion:
        """The values for *argument* that fit *typed*. No values if Rootly does not say in time."""
        if not argument.completed_by:
            values = _fitting(argument.examples, typed)
            return Completion(values[:MAX_VALUES], len(values), len(values) > MAX_VALUES)
        names = await self._recent_names(caller)
        values = _fitting(names.get(argument.completed_by, ()), typed)
        # That nothing was left out does not mean that Rootly has no others.
        has_more = True if len(values) > MAX_VALUES else None
        return Completion(values[:MAX_VALUES], has_more=has_more)

    async def _recent_names(self, caller: Caller) -> RecentNames:
        """The names of recent incidents; none if Rootly did not say in time.

        Hosts complete at each key. Those that arrive during a request wait for its answer. A
        failure is remembered, too: a Rootly that is slow or refuses must not get more requests.
        """
        key = caller.keys.get(self._vendor.name)
        if key is None or self._dispatcher.settings.problems:
            return {}
        self._forget_old()
        memory = self._memories.setdefault(key.value, _Memory())
        async with memory.reading:
            if self._is_old(memory):
                memory.names = await self._read(caller)
                memory.read_at = self._clock()
            return memory.names

    def _forget_old(self) -> None:
        self._memories = {
            key: memory
            for key, memory in self._memories.items()
            if memory.reading.locked() or not self._is_old(memory)
        }

    def _is_old(self, memory: _Memory) -> bool:
        return self._clock() - memory.read_at > MEMORY_S

    async def _read(self, caller: Caller) -> RecentNames:
        try:
            with self._dispatcher.using(self._vendor, caller) as connection:
                limits = connection.limits
                with anyio.fail_after(min(TIME_S, limits.timeout_s)):
                    return await read_recent_names(
                        replace(connection, limits=replace(limits, retries=0))
                    )
        except (ToolError, TimeoutError) as error:
            logger.info("nothing is completed: %s", type(error).__name__)
        except Exception:
            logger.exception("a completion failed")
        return {}


def _fitting(names: Sequence[str], typed: str) -> list[str]:
    """The *names* that contain *typed*, first those that begin with it."""
    plain = typed.strip().lower()
    containing = [name for name in names if plain in name]
    return sorted(containing, key=lambda name: not name.startswith(plain))
