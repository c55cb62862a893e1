"""MCP middleware: hides the tools and prompts that a principal may not use, and records calls."""

import json
import time
from collections.abc import Callable
from typing import Any, cast

from mcp import MCPError, types
from mcp.server import ServerRequestContext
from mcp.server.context import CallNext, HandlerResult
from mcp.server.streamable_http import REQUEST_CANCELLED
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS
from pydantic import ValidationError

from server.dispatcher import Dispatcher
from server.http.audit_log import AuditLog
from server.http.call import Call
from server.http.metrics import Metrics
from server.http.principal import Principal
from server.http.running_calls import RunningCalls
from server.instructions import instructions, offered_tools
from server.prompts import TOOL, are_offered, unknown


class _Cancelled(MCPError):
    """The answer to a call that its caller has cancelled. HTTP needs a response all the same."""


class _NotAllowed(MCPError):
    """The principal may not use this. The answer is the one for an unknown tool or prompt."""


class CallMiddleware:
    """A middleware for the SDK's server.

    For a principal, a tool that it may not call is an unknown tool, and so are the prompts that
    call it. Each call of a tool and each completion is written to the audit log and counted in the
    metrics.
    """

    def __init__(
        self,
        dispatcher: Dispatcher,
        audit_log: AuditLog,
        metrics: Metrics,
        running_calls: RunningCalls,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._dispatcher = dispatcher
        self._audit_log = audit_log
        self._metrics = metrics
        self._running_calls = running_calls
        self._clock = clock

    async def __call__(
        self, ctx: ServerRequestContext[Any, Any], call_next: CallNext
    ) -> HandlerResult:
        if ctx.request_id is None:
            # This is a notification. It has no answer, so there is nothing to filter or record.
            return await call_next(ctx)
        request: Any = ctx.request
        principal: Principal = request.state.principal
        has_prompts = principal.may_call(TOOL)
        match ctx.method:
            case "tools/call":
                call = Call.of_tool(ctx.params or {}, principal, self._dispatcher.tools)
                return await self._call(call, ctx, call_next)
            case "completion/complete":
                return await self._complete(principal, ctx, call_next)
            case "prompts/get" if not has_prompts:
                name = (ctx.params or {}).get("name")
                raise MCPError(code=types.INVALID_PARAMS, message=unknown(name))
            case "prompts/list" if not has_prompts:
                return {**_as_dict(await call_next(ctx)), "prompts": []}
            case "tools/list":
                return _with_allowed_tools(_as_dict(await call_next(ctx)), principal)
            case "initialize" | "server/discover":
                return self._with_description(_as_dict(await call_next(ctx)), principal)
            case _:
                return await call_next(ctx)

    async def _complete(
        self, principal: Principal, ctx: ServerRequestContext[Any, Any], call_next: CallNext
    ) -> HandlerResult:
        try:
            call = Call.of_completion(ctx.params or {}, principal)
            return await self._call(call, ctx, call_next)
        except _NotAllowed:
            # This is also the answer for an unknown prompt.
            return types.CompleteResult(completion=types.Completion(values=[]))

    async def _call(
        self, call: Call, ctx: ServerRequestContext[Any, Any], call_next: CallNext
    ) -> HandlerResult:
        request: Any = ctx.request
        principal: Principal = request.state.principal
        started_at = self._clock()
        # This is recorded if an exception that is not caught here ends the call.
        outcome = "cancelled"
        result_bytes = 0
        try:
            if not call.is_allowed:
                raise _NotAllowed(code=types.INVALID_PARAMS, message=call.refusal)
            result = _as_dict(await self._call_cancellably(principal, ctx, call_next))
            outcome = _outcome(result)
            result_bytes = _text_bytes(result)
            return result
        except _Cancelled:
            raise
        except _NotAllowed:
            outcome = "not_allowed"
            raise
        except (MCPError, ValidationError):
            outcome = "protocol_error"
            raise
        finally:
            duration_s = self._clock() - started_at
            self._audit_log.record(principal, call.name, call.arguments, outcome, duration_s)
            self._metrics.record_call(call.name, outcome, duration_s, result_bytes)

    async def _call_cancellably(
        self, principal: Principal, ctx: ServerRequestContext[Any, Any], call_next: CallNext
    ) -> HandlerResult:
        """Go on with a call. In the handshake era, `notifications/cancelled` can cancel it.

        In the stateless era, a client cancels a call by closing the connection.
        """
        if ctx.protocol_version not in HANDSHAKE_PROTOCOL_VERSIONS:
            return await call_next(ctx)
        with self._running_calls.cancellable(principal, ctx.request_id):
            return await call_next(ctx)
        # The cancelled scope has suppressed the cancellation.
        raise _Cancelled(code=REQUEST_CANCELLED, message="Request cancelled")

    def _with_description(self, result: dict[str, Any], principal: Principal) -> dict[str, Any]:
        """*result* with the capabilities and instructions for what the principal may use."""
        settings = self._dispatcher.settings
        allowed = [entry for entry in offered_tools(settings) if principal.may_call(entry.name)]
        capabilities = dict(result["capabilities"])
        if not are_offered(allowed):
            capabilities.pop("prompts", None)
            capabilities.pop("completions", None)
        return {
            **result,
            "capabilities": capabilities,
            "instructions": instructions(settings, allowed),
        }


def _as_dict(result: HandlerResult) -> dict[str, Any]:
    # The SDK has already converted the result to a dict.
    return cast("dict[str, Any]", result)


def _with_allowed_tools(result: dict[str, Any], principal: Principal) -> dict[str, Any]:
    allowed = [tool for tool in result["tools"] if principal.may_call(tool["name"])]
    return {**result, "tools": allowed}


def _outcome(result: dict[str, Any]) -> str:
    """`ok`, or the error's code."""
    if not result.get("isError"):
        return "ok"
    code: str = json.loads(_text(result))["error"]["code"]
    return code


def _text_bytes(result: dict[str, Any]) -> int:
    """The size of a tool's text; 0 for a completion."""
    return len(_text(result).encode()) if "content" in result else 0


def _text(result: dict[str, Any]) -> str:
    text: str = result["content"][0]["text"]
    return text
