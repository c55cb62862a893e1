"""MCP messages on their way to the tools: who may call what, and what came of it."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any, cast

from mcp import MCPError, types
from mcp.server import ServerRequestContext
from mcp.server.context import CallNext, HandlerResult
from pydantic import ValidationError

from server.http.audit import Audit
from server.http.callers import Caller
from server.http.metrics import Metrics


class Calls:
    """A middleware of the SDK's server. A tool that a caller may not call does not exist for them."""

    def __init__(
        self, tools: frozenset[str], audit: Audit, metrics: Metrics, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._tools = tools
        self._audit = audit
        self._metrics = metrics
        self._clock = clock

    async def __call__(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        if ctx.method not in ("tools/list", "tools/call"):
            return await call_next(ctx)
        request: Any = ctx.request
        caller: Caller = request.state.caller
        if ctx.method == "tools/list":
            return _only_for(caller, _wire(await call_next(ctx)))
        params = ctx.params or {}
        tool, arguments = str(params.get("name")), params.get("arguments")
        began, outcome, size = self._clock(), "cancelled", 0
        try:
            if not caller.may_call(tool):
                outcome = "not_allowed"
                raise MCPError(code=types.INVALID_PARAMS, message=f"Unknown tool: {tool[:80]}")
            result = _wire(await call_next(ctx))
            outcome, size = _outcome(result)
            return result
        except (MCPError, ValidationError):
            outcome = "protocol_error" if outcome == "cancelled" else outcome
            raise
        finally:
            took_s = self._clock() - began
            self._audit.write(caller, tool, arguments if isinstance(arguments, Mapping) else {}, outcome, took_s)
            self._metrics.called(tool if tool in self._tools else "unknown", outcome, took_s, size)


def _wire(result: HandlerResult) -> dict[str, Any]:
    # The SDK's innermost handler has already shaped it.
    return cast("dict[str, Any]", result)


def _only_for(caller: Caller, result: dict[str, Any]) -> dict[str, Any]:
    return {**result, "tools": [tool for tool in result["tools"] if caller.may_call(tool["name"])]}


def _outcome(result: dict[str, Any]) -> tuple[str, int]:
    """`ok` or the error's code, and the size of the text."""
    text = result["content"][0]["text"]
    return json.loads(text)["error"]["code"] if result.get("isError") else "ok", len(text.encode())
