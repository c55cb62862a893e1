"""The front door: every request is let in or refused here, by its head, before anything else looks at it."""

import re
from collections.abc import Callable
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from server.http import body
from server.http.answer import Answer
from server.http.callers import Caller, Reception
from server.http.cancellation import NOTIFICATION, Cancellations
from server.http.quoting import quoted
from server.http.refusal import Refusal
from server.http.settings import HttpSettings
from server.http.throttle import Throttle
from server.http.turns import Turns

MCP_PATH = "/mcp"
METRICS_PATH = "/metrics"
_MAX_LINE = 8 * 1024
_MAX_LINES = 100
_LARGE = 4 * 1024
"""Bytes. A smaller body takes less time than the rest of a call."""
_ROUNDS_OF_LARGE = 8
"""So many rounds of the event loop pass from parsing a body to saying that its arguments are wrong.

Of 200 large bodies only one is then in memory in parsed form. With all of them, a garbage collection takes 170 ms.
"""
_ABSOLUTE = re.compile(r"https?://(?P<host>[^/?]*)(?P<path>/.*)", re.IGNORECASE)


class FrontDoor:
    """ASGI. Who was let in stands as `caller` in the scope's state.

    *public* are the paths that need no token. A path is only known in its plain spelling: what follows sees no other one.
    """

    def __init__(
        self,
        app: ASGIApp,
        http: HttpSettings,
        public: frozenset[str],
        reception: Reception,
        throttle: Throttle,
        cancellations: Cancellations,
        refused: Callable[[Refusal], None],
    ) -> None:
        self._app = app
        self._http = http
        self._public = public
        self._reception = reception
        self._throttle = throttle
        self._cancellations = cancellations
        self._turns = Turns(rounds=1)
        self._large_turns = Turns(_ROUNDS_OF_LARGE)
        self.refused = refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        answer = Answer(send, must_close=headers.get("expect", "").lower() == "100-continue")
        try:
            await self._serve(scope, headers, receive, answer)
        except Refusal as refusal:
            self.refused(refusal)
            await refusal.response()(scope, receive, answer.send)
        except ClientDisconnect:
            pass
        finally:
            answer.drop()

    async def _serve(
        self, scope: Scope, headers: Headers, receive: Receive, answer: Answer
    ) -> None:
        self._check_head(scope, headers)
        path = _path(scope, headers)
        scope["path"] = path
        scope["raw_path"] = path.encode()
        if path in self._public:
            await self._app(scope, receive, answer.send)
            return
        caller = await self._reception.caller(headers)
        scope["state"]["caller"] = caller
        await self._turns.turn(caller)
        self._throttle.meter(caller)
        if path not in (MCP_PATH, METRICS_PATH):
            raise Refusal(404, "not_found", "There is nothing here.")
        if path == MCP_PATH:
            if scope["method"] != "POST":
                # Without sessions there is nothing to listen to (GET), and nothing to end (DELETE).
                raise Refusal(405, "method_not_allowed", "Only POST.", {"Allow": "POST"})
            # From here on the client is told to go on, if it waits for that.
            answer.must_close = False
            sent = await body.read(receive, self._http.limits.body)
            if len(sent) > _LARGE:
                await self._large_turns.turn(caller)
            # Not kept: a garbage collection would look at all of it again, while the SDK has its own copy.
            self._read(caller, body.parse(sent))
            receive = body.again(sent, receive)
        with self._throttle.place(caller):
            await self._app(scope, receive, answer.send)

    def _read(self, caller: Caller, message: Any) -> None:
        if isinstance(message, dict) and message.get("method") == NOTIFICATION:
            self._cancellations.cancel(caller, message)

    def _check_head(self, scope: Scope, headers: Headers) -> None:
        lines = [len(name) + len(value) + 4 for name, value in headers.raw]
        if len(scope["raw_path"]) + len(scope["query_string"]) > _MAX_LINE:
            raise Refusal(414, "too_large", "The request line is too long.")
        if (
            sum(lines) > self._http.limits.head
            or max(lines, default=0) > _MAX_LINE
            or len(lines) > _MAX_LINES
        ):
            raise Refusal(431, "too_large", "The headers are too long, or too many.")
        hosts, origins = headers.getlist("host"), headers.getlist("origin")
        if not hosts:
            raise _wrong_host("the request has no Host header")
        if not self._http.allows_host(hosts[0]):
            raise _wrong_host(
                f"the host {quoted(hosts[0])} is not in INCIDENT_DESK_HTTP_ALLOWED_HOSTS"
            )
        for origin in origins:
            if not self._http.allows_origin(origin):
                raise _wrong_origin(
                    f"the origin {quoted(origin)} is not in INCIDENT_DESK_HTTP_ALLOWED_ORIGINS"
                )
        if int(headers.get("content-length", "0")) > self._http.limits.body:
            raise body.too_long(self._http.limits.body)
        # No session was ever given out; 404 makes a client that thinks it has one start anew.
        if "mcp-session-id" in headers:
            raise Refusal(404, "no_session", "There are no sessions here.")


def _path(scope: Scope, headers: Headers) -> str:
    """The path as it was sent, without the host that a target in absolute form begins with (RFC 9112, 3.2.2).

    Raises:
        Refusal: the target is neither a path nor a URL of the host in the `Host` header.
    """
    target: str = scope["raw_path"].decode("ascii")
    if target.startswith("/"):
        return target
    absolute = _ABSOLUTE.fullmatch(target)
    if absolute is None or absolute["host"].lower() != headers["host"].lower():
        raise Refusal(400, "wrong_target", "The request's target is not a path of this host.")
    return absolute["path"]


def _wrong_host(log: str) -> Refusal:
    return Refusal(421, "wrong_host", "This host is not served here.", log=log)


def _wrong_origin(log: str) -> Refusal:
    return Refusal(403, "wrong_origin", "Pages of this origin are not served.", log=log)
