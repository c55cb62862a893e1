"""MCP messages on their way to the tools: who may call what, and what came of it."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any, cast

from mcp import MCPError, types
from mcp.server import ServerRequestContext
from mcp.server.context import CallNext, HandlerResult
from mcp.server.streamable_http import REQUEST_CANCELLED
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS
from pydantic import ValidationError

from server.dispatcher import Dispatcher
from server.http.audit import Audit
from server.http.callers import Caller
from server.http.cancellation import Cancellations
from server.http.metrics import Metrics
from server.instructions import instructions, offered


class _Cancelled(MCPError):
    """The answer to a call that its caller has cancelled: the connection still needs one."""


class Calls:
    """A middleware of the SDK's server. A tool that a caller may not call does not exist for them."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        audit: Audit,
        metrics: Metrics,
        cancellations: Cancellations,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._dispatcher = dispatcher
        self._audit = audit
        self._metrics = metrics
        self._cancellations = cancellations
        self._clock = clock

    async def __call__(
        self, ctx: ServerRequestContext[Any, Any], call_next: CallNext
    ) -> HandlerResult:
        if ctx.request_id is None:
            # A notification has no answer that would be for a caller.
            return await call_next(ctx)
        request: Any = ctx.request
        caller: Caller = request.state.caller
        match ctx.method:
            case "tools/call":
                return await self._call(caller, ctx, call_next)
            case "tools/list":
                return _tools_for(caller, _wire(await call_next(ctx)))
            case "initialize" | "server/discover":
                return self._introduction_for(caller, _wire(await call_next(ctx)))
        return await call_next(ctx)

    async def _call(
        self, caller: Caller, ctx: ServerRequestContext[Any, Any], call_next: CallNext
    ) -> HandlerResult:
        params = ctx.params or {}
        tool, arguments = str(params.get("name")), params.get("arguments")
        began, outcome, size = self._clock(), "cancelled", 0
        try:
            if not caller.may_call(tool):
                outcome = "not_allowed"
                raise MCPError(code=types.INVALID_PARAMS, message=f"Unknown tool: {tool[:80]}")
            result = _wire(await self._cancellable(caller, ctx, call_next))
            outcome, size = _outcome(result)
            return result
        except _Cancelled:
            raise
        except (MCPError, ValidationError):
            outcome = "protocol_error" if outcome == "cancelled" else outcome
            raise
        finally:
            took_s = self._clock() - began
            self._audit.write(
                caller, tool, arguments if isinstance(arguments, Mapping) else {}, outcome, took_s
            )
            self._metrics.called(
                tool if tool in self._dispatcher.tools else "unknown", outcome, took_s, size
            )

    async def _cancellable(
        self, caller: Caller, ctx: ServerRequestContext[Any, Any], call_next: CallNext
    ) -> HandlerResult:
        """In the newer era a client cancels by closing the connection, and by nothing else."""
        if ctx.protocol_version not in HANDSHAKE_PROTOCOL_VERSIONS:
            return await call_next(ctx)
        with self._cancellations.cancellable(caller, ctx.request_id):
            return await call_next(ctx)
        raise _Cancelled(code=REQUEST_CANCELLED, message="Request cancelled")

    def _introduction_for(self, caller: Caller, result: dict[str, Any]) -> dict[str, Any]:
        settings = self._dispatcher.settings
        allowed = [entry for entry in offered(settings) if caller.may_call(entry.name)]
        return {**result, "instructions": instructions(settings, allowed)}


def _wire(result: HandlerResult) -> dict[str, Any]:
    # The SDK's innermost handler has already shaped it.
    return cast("dict[str, Any]", result)


def _tools_for(caller: Caller, result: dict[str, Any]) -> dict[str, Any]:
    return {**result, "tools": [tool for tool in result["tools"] if caller.may_call(tool["name"])]}


def _outcome(result: dict[str, Any]) -> tuple[str, int]:
    """`ok` or the error's code, and the size of the text."""
    text = result["content"][0]["text"]
    return json.loads(text)["error"]["code"] if result.get("isError") else "ok", len(text.encode())
