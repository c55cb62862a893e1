"""Accepts or refuses every request before the MCP SDK gets it."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from server.http import body, page_session
from server.http.authentication import BearerAuthenticator
from server.http.board.forms import refusal_page
from server.http.board.gate import BoardGate
from server.http.drain import Drain
from server.http.escaping import quote
from server.http.principal import Principal
from server.http.refusal import Refusal
from server.http.response import HeldResponse
from server.http.round_robin import RoundRobin
from server.http.running_calls import CANCELLED_NOTIFICATION, RunningCalls
from server.http.settings import HttpSettings
from server.http.throttle import Throttle

MCP_PATH = "/mcp"
METRICS_PATH = "/metrics"
_MAX_LINE_BYTES = 8 * 1024
"""For the target of the request, and for each header line."""
_MAX_HEADERS = 100
_LARGE_BODY_BYTES = 4 * 1024
"""Parsing a smaller body takes less time than the rest of a call."""
_ROUNDS_FOR_LARGE_BODY = 8
"""The rounds of the event loop that a call needs until its large arguments have been refused.

If a turn has so many rounds, only one of 200 large bodies is in memory in parsed form. If all of
them are, a garbage collection takes 170 ms. While four accounts sent large bodies, a call of
another account waited at most 0.5 s on a busy machine. With turns of one round it waited 0.7 s, and
without turns for large bodies 2.3 s (benchmarks/README.md).
"""
_ABSOLUTE_TARGET = re.compile(r"https?://(?P<host>[^/?]*)(?P<path>/.*)", re.IGNORECASE)


class AccessMiddleware:
    """ASGI middleware. It stores the principal in the scope's state, as `principal`.

    *public_paths* need no token. Requests to the *board*, if there is one, have a session in place
    of a token, and its MCP endpoint is the same app as `/mcp`. Only one spelling of each path is
    accepted: `/mcp/` and `/%6dcp` are not `/mcp`.
    """

    def __init__(
        self,
        app: ASGIApp,
        http: HttpSettings,
        *,
        public_paths: frozenset[str],
        authenticator: BearerAuthenticator,
        board: BoardGate | None,
        throttle: Throttle,
        running_calls: RunningCalls,
        drain: Drain,
        on_refusal: Callable[[Refusal], None],
    ) -> None:
        self._app = app
        self._http = http
        self._public_paths = public_paths
        self._authenticator = authenticator
        self._board = board
        self._throttle = throttle
        self._running_calls = running_calls
        self._all_requests = RoundRobin(rounds=1)
        self._large_bodies = RoundRobin(rounds=_ROUNDS_FOR_LARGE_BODY)
        self.drain = drain
        self.on_refusal = on_refusal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        expects_continue = headers.get("expect", "").lower() == "100-continue"
        response = HeldResponse(send, self.drain, must_close=expects_continue)
        try:
            await self._serve(scope, headers, receive, response)
        except Refusal as refusal:
            self.on_refusal(refusal)
            await self._response(refusal, scope, headers)(scope, receive, response.send)
        except ClientDisconnect:
            pass
        finally:
            response.discard()

    def _response(self, refusal: Refusal, scope: Scope, headers: Headers) -> Response:
        """A page for a person who looks at the board, JSON for every program."""
        is_for_board = self._board and self._board.covers(scope["path"])
        if is_for_board and "text/html" in headers.get("accept", ""):
            return refusal_page(refusal)
        return refusal.response()

    async def _serve(
        self, scope: Scope, headers: Headers, receive: Receive, response: HeldResponse
    ) -> None:
        self._check_head(scope, headers)
        path = _path(scope, headers)
        scope["path"] = path
        scope["raw_path"] = path.encode()
        board = self._board if self._board and self._board.covers(path) else None
        if board:
            board.check(scope["method"], path, headers)
        else:
            self._check_origin(headers)
        if path in self._public_paths:
            await self._app(scope, receive, response.send)
            return
        principal = await (board or self._authenticator).authenticate(headers)
        scope["state"]["principal"] = principal
        scope["state"]["shows_pages"] = page_session.HEADER in headers
        await self._all_requests.wait_for_turn(principal)
        self._throttle.count_request(principal)
        if board:
            # Only its MCP endpoint gets here: its other paths are public.
            path = scope["path"] = MCP_PATH
        if path == MCP_PATH:
            receive = await self._receive_message(scope, principal, receive, response)
        elif path != METRICS_PATH:
            raise Refusal(404, "not_found", "There is nothing at this path.")
        with self._throttle.slot(principal):
            await self._app(scope, receive, response.send)

    async def _receive_message(
        self, scope: Scope, principal: Principal, receive: Receive, response: HeldResponse
    ) -> Receive:
        """Read and check the body. Returns a `receive` that passes the same body to the app."""
        if scope["method"] != "POST":
            # There are no sessions that a client could listen to (GET) or end (DELETE).
            raise Refusal(405, "method_not_allowed", "Only POST.", {"Allow": "POST"})
        # Reading makes uvicorn send 100 Continue, if the client waits for that.
        response.must_close = False
        content = await body.read(receive, self._http.limits.body_bytes)
        if len(content) > _LARGE_BODY_BYTES:
            await self._large_bodies.wait_for_turn(principal)
        # The SDK parses the body again, so the parsed message is not kept. For deep lists, a
        # garbage collection takes 25 to 50 ms if both are in memory, and 10 ms otherwise.
        message = body.parse(content)
        self._cancel_call(principal, message)
        response.session_id = page_session.new_id(message)
        return body.replay(content, receive)

    def _cancel_call(self, principal: Principal, message: Any) -> None:
        """If *message* is `notifications/cancelled`, cancel the call that it names."""
        if isinstance(message, Mapping) and message.get("method") == CANCELLED_NOTIFICATION:
            self._running_calls.cancel(principal, message)

    def _check_head(self, scope: Scope, headers: Headers) -> None:
        self._check_sizes(scope, headers)
        self._check_host(headers)
        if int(headers.get("content-length", "0")) > self._http.limits.body_bytes:
            raise body.too_long(self._http.limits.body_bytes)
        # After a 404, a client that sends the id of another session starts again.
        if not all(map(page_session.is_valid, headers.getlist(page_session.HEADER))):
            raise Refusal(404, "no_session", "This server has no such session.")

    def _check_origin(self, headers: Headers) -> None:
        for origin in headers.getlist("origin"):
            if not self._http.allows_origin(origin):
                raise _wrong_origin(origin)

    def _check_sizes(self, scope: Scope, headers: Headers) -> None:
        if len(scope["raw_path"]) + len(scope["query_string"]) > _MAX_LINE_BYTES:
            raise Refusal(414, "too_large", "The request line is too long.")
        lines = [len(name) + len(value) + 4 for name, value in headers.raw]
        is_too_large = (
            len(lines) > _MAX_HEADERS
            or max(lines, default=0) > _MAX_LINE_BYTES
            or sum(lines) > self._http.limits.head_bytes
        )
        if is_too_large:
            raise Refusal(431, "too_large", "The headers are too long, or too many.")

    def _check_host(self, headers: Headers) -> None:
        hosts = headers.getlist("host")
        if not hosts:
            raise _wrong_host("the request has no Host header")
        if not self._http.allows_host(hosts[0]):
            setting = "INCIDENT_DESK_HTTP_ALLOWED_HOSTS"
            raise _wrong_host(f"the host {quote(hosts[0])} is not in {setting}")


def _path(scope: Scope, headers: Headers) -> str:
    """The path as it was sent, without the host of an absolute target (RFC 9112, 3.2.2).

    Raises:
        Refusal: the target is neither a path nor a URL of the host in the `Host` header.
    """
    target: str = scope["raw_path"].decode("ascii")
    if target.startswith("/"):
        return target
    absolute = _ABSOLUTE_TARGET.fullmatch(target)
    if absolute is None or absolute["host"].lower() != headers["host"].lower():
        raise Refusal(400, "wrong_target", "The request's target is not a path of this host.")
    return absolute["path"]


def _wrong_host(log: str) -> Refusal:
    return Refusal(421, "wrong_host", "This server does not serve this host.", log=log)


def _wrong_origin(origin: str) -> Refusal:
    log = f"the origin {quote(origin)} is not in INCIDENT_DESK_HTTP_ALLOWED_ORIGINS"
    return Refusal(403, "wrong_origin", "Requests from this origin are not allowed.", log=log)
