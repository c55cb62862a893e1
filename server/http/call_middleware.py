"""MCP middleware: hides the tools and prompts that a principal may not use, and records calls."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
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
from server.instructions import instructions, offered_to
from server.mcp_apps.client import client_shows_pages
from server.prompts import TOOL, are_offered, unknown
from tools.catalogue import ToolEntry


class _Cancelled(MCPError):
    """The answer to a call that its caller has cancelled. HTTP needs a response all the same."""


class _NotAllowed(MCPError):
    """The principal may not use this. The answer is the one for an unknown tool or prompt."""


class CallMiddleware:
    """A middleware for the SDK's server.

    For a principal, a tool that it may not call is an unknown tool, and so are the prompts that
    call it. A tool whose vendor has no key for the principal is not listed while another has one;
    a call of it says that the key is missing.

    Each call of a tool and each completion is written to the audit log and counted in the metrics.
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
        offered = offered_to(
            self._dispatcher.settings, principal.caller, with_pages=client_shows_pages(ctx)
        )
        has_prompts = are_offered(offered)
        match ctx.method:
            case "tools/call":
                call = Call.of_tool(ctx.params or {}, principal, self._dispatcher.tools)
                return await self._call(call, ctx, call_next)
            case "completion/complete":
                call = Call.of_completion(
                    ctx.params or {},
                    principal,
                    self._dispatcher.tools[TOOL],
                    is_allowed=has_prompts,
                )
                return await self._complete(call, ctx, call_next)
            case "prompts/get" if not has_prompts:
                name = (ctx.params or {}).get("name")
                raise MCPError(code=types.INVALID_PARAMS, message=unknown(name))
            case "prompts/list" if not has_prompts:
                return {**_as_dict(await call_next(ctx)), "prompts": []}
            case "tools/list":
                return _with_offered_tools(_as_dict(await call_next(ctx)), offered)
            case "initialize" | "server/discover":
                result = _as_dict(await call_next(ctx))
                return self._with_description(result, offered, has_keys=bool(principal.keys))
            case _:
                return await call_next(ctx)

    async def _complete(
        self, call: Call, ctx: ServerRequestContext[Any, Any], call_next: CallNext
    ) -> HandlerResult:
        try:
            return await self._call(call, ctx, call_next)
        except _NotAllowed:
            return await call_next(replace(ctx, params=_of_unknown_prompt(ctx.params or {})))

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
            self._audit_log.record(principal, call, outcome, duration_s)
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

    def _with_description(
        self, result: dict[str, Any], offered: Sequence[ToolEntry], *, has_keys: bool
    ) -> dict[str, Any]:
        """*result* with the capabilities and instructions for the tools that are offered."""
        capabilities = dict(result["capabilities"])
        if not are_offered(offered):
            capabilities.pop("prompts", None)
            capabilities.pop("completions", None)
        return {
            **result,
            "capabilities": capabilities,
            "instructions": instructions(self._dispatcher.settings, offered, has_keys=has_keys),
        }


def _as_dict(result: HandlerResult) -> dict[str, Any]:
    # The SDK has already converted the result to a dict.
    return cast("dict[str, Any]", result)


def _of_unknown_prompt(params: Mapping[str, Any]) -> dict[str, Any]:
    """The *params* of a completion, for a prompt that does not exist."""
    reference = params.get("ref")
    if not isinstance(reference, Mapping):
        return {**params}
    return {**params, "ref": {**reference, "name": ""}}


def _with_offered_tools(result: dict[str, Any], offered: Sequence[ToolEntry]) -> dict[str, Any]:
    names = {entry.name for entry in offered}
    return {**result, "tools": [tool for tool in result["tools"] if tool["name"] in names]}


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
