"""The tools, connected to their vendors: a name and arguments in, a result out. It knows nothing of MCP."""

import logging
import secrets
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import anyio
from pydantic_core import to_json

from server.instructions import offered
from server.settings import KEYS, Settings
from tools.answer import lay_out
from tools.arguments import validate
from tools.catalogue import load_tools
from tools.connection import Clock, Connection, Observe, Progress, connect, utc_now
from tools.errors import NotConfigured, TimedOut, ToolError
from tools.request import get, loads
from tools.tool import Tool
from tools.vendor import Vendor

logger = logging.getLogger(__name__)

MAX_ERROR_CHARS = 4_000


@dataclass(frozen=True)
class Result:
    """`text` is compact JSON; `structured` has the same facts, with the rows under `rows_key`. An error has neither."""

    text: str
    structured: dict[str, Any] | None = None
    rows_key: str = ""

    @property
    def is_error(self) -> bool:
        return self.structured is None


class Dispatcher:
    """Answers calls, for as long as its block lasts. Connections open on first use and are kept alive."""

    def __init__(
        self, settings: Settings, *, clock: Clock = utc_now, observe: Observe = lambda _: None
    ) -> None:
        self.settings = settings
        self.tools: Mapping[str, Tool[Any]] = {
            tool.name: tool for tool in load_tools(settings.extra_values)
        }
        self._clock = clock
        self._observe = observe
        self._connections: dict[str, Connection] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for connection in self._connections.values():
            await connection.http.aclose()
        self._connections.clear()

    @property
    def offered(self) -> list[Tool[Any]]:
        """The tools that clients are told of."""
        return [self.tools[entry.name] for entry in offered(self.settings)]

    async def call(
        self,
        name: str,
        arguments: Mapping[str, Any],
        progress: Progress | None = None,
        caller: Hashable = "",
    ) -> Result:
        """Validate, run, answer. Every failure becomes a result that an agent can act on; *progress* is told of long calls.

        Where requests to a vendor have to wait, callers take turns: *caller* is who asks.

        Raises:
            KeyError: there is no such tool.
        """
        tool = self.tools[name]
        limit_s = self.settings.limits.timeout_s
        try:
            question = validate(
                tool.arguments, arguments, now=self._clock(), vendor=tool.vendor.title
            )
            connection = replace(self._connection(tool.vendor), caller=caller)
            limit_s = tool.timeout_s(question, connection)
            with anyio.fail_after(limit_s):
                answer = await tool.run(
                    question, replace(connection, progress=progress) if progress else connection
                )
                return Result(
                    *lay_out(answer, self.settings.limits.max_result_chars), answer.rows_key
                )
        except ToolError as error:
            logger.info("%s: %s", name, error.code)
            return Result(_error(error.code, str(error), error))
        except TimeoutError:
            late = TimedOut(f"{tool.vendor.title} did not answer within {limit_s:g} s.")
            logger.info("%s: %s", name, late.code)
            return Result(_error(late.code, str(late), late))
        except Exception:
            request_id = secrets.token_hex(8)
            logger.exception("%s failed; request id %s", name, request_id)
            return Result(
                _error(
                    "internal",
                    f"This is a bug of incident-desk; its log has the request id {request_id}.",
                )
            )

    async def probe(self, vendor: str) -> None:
        """Send the vendor's smallest request, with the key, within the deadline of the cancel scope around.

        Raises:
            ToolError: the vendor could not be reached, or refused it.
        """
        tool = next(tool for tool in self.tools.values() if tool.vendor.name == vendor)
        connection = self._connection(tool.vendor)
        await get(connection, tool.vendor.probe_path, tool.vendor.probe_params, parse=loads)

    def _connection(self, vendor: Vendor) -> Connection:
        settings = self.settings
        if vendor.name not in settings.keys:
            raise NotConfigured(
                f"{KEYS[vendor.name]} is not set: put a key of {vendor.title} there and start incident-desk again, "
                "or try it without keys: incident-desk --sandbox."
            )
        if vendor.name not in self._connections:
            self._connections[vendor.name] = connect(
                vendor,
                settings.urls.get(vendor.name, vendor.base_url),
                settings.keys[vendor.name],
                key_name=KEYS[vendor.name],
                limits=settings.limits,
                clock=self._clock,
                observe=self._observe,
            )
        return self._connections[vendor.name]


def _error(code: str, message: str, error: ToolError | None = None) -> str:
    facts: dict[str, Any] = {"code": code, "message": message}
    details: list[Any] = []
    more = 0
    if error:
        details, more = [*error.details], error.more_details
        optional = {"retry_after_s": error.retry_after_s, "request_id": error.request_id}
        facts |= {key: value for key, value in optional.items() if value is not None}
    facts["retryable"] = error.retryable if error else False
    while True:
        told = {"more_details": more} if more else {}
        text = to_json(
            {"error": {**facts, **told, **({"details": details} if details else {})}}
        ).decode()
        if len(text) <= MAX_ERROR_CHARS or not details:
            return text
        details.pop()
        more += 1
