"""Completes the arguments of prompts, from recent incidents or from fixed examples."""

import logging
import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace

import anyio

from server.dispatcher import Dispatcher
from server.prompts import TOOL
from server.prompts.prompt import Argument
from tools.connection import Connection
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


class Completer:
    """Completes arguments. It remembers the names in Rootly's last answer."""

    def __init__(self, dispatcher: Dispatcher, clock: Callable[[], float] = time.monotonic) -> None:
        self._dispatcher = dispatcher
        self._clock = clock
        self._reading = anyio.Lock()
        self._names: RecentNames = {}
        self._read_at = float("-inf")

    async def complete(self, argument: Argument, typed: str, caller: Hashable) -> Completion:
        """The values for *argument* that fit *typed*. No values if Rootly does not say in time."""
        if not argument.completed_by:
            values = _fitting(argument.examples, typed)
            return Completion(values[:MAX_VALUES], len(values), len(values) > MAX_VALUES)
        names = await self._recent_names(caller)
        values = _fitting(names.get(argument.completed_by, ()), typed)
        # That nothing was left out does not mean that Rootly has no others.
        has_more = True if len(values) > MAX_VALUES else None
        return Completion(values[:MAX_VALUES], has_more=has_more)

    async def _recent_names(self, caller: Hashable) -> RecentNames:
        """The names of recent incidents; none if Rootly did not say in time.

        Hosts complete at each key. Those that arrive during a request wait for its answer. A
        failure is remembered, too: a Rootly that is slow or refuses must not get more requests.
        """
        async with self._reading:
            if self._clock() - self._read_at > MEMORY_S:
                self._names = await self._read(caller)
                self._read_at = self._clock()
            return self._names

    async def _read(self, caller: Hashable) -> RecentNames:
        try:
            connection = self._connection(caller)
            if connection is None:
                return {}
            with anyio.fail_after(min(TIME_S, connection.limits.timeout_s)):
                return await read_recent_names(connection)
        except (ToolError, TimeoutError) as error:
            logger.info("nothing is completed: %s", type(error).__name__)
        except Exception:
            logger.exception("a completion failed")
        return {}

    def _connection(self, caller: Hashable) -> Connection | None:
        """The connection to Rootly for one completion; None if a setting is wrong.

        Raises:
            NotConfigured: Rootly has no key, or a setting of the network is wrong.
        """
        dispatcher = self._dispatcher
        if dispatcher.settings.problems:
            return None
        connection = dispatcher.connection(dispatcher.tools[TOOL].vendor)
        return replace(connection, caller=caller, limits=replace(connection.limits, retries=0))


def _fitting(names: Sequence[str], typed: str) -> list[str]:
    """The *names* that contain *typed*, first those that begin with it."""
    plain = typed.strip().lower()
    containing = [name for name in names if plain in name]
    return sorted(containing, key=lambda name: not name.startswith(plain))
