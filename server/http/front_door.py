"""The front door: every request is let in or refused here, by its head, before anything else looks at it."""

from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from server.http import body
from server.http.callers import Reception
from server.http.quoting import quoted
from server.http.refusal import Refusal
from server.http.settings import HttpSettings
from server.http.throttle import Throttle

MCP_PATH = "/mcp"
_MAX_LINE = 8 * 1024
_MAX_LINES = 100
_ANYBODYS = ("/healthz", "/readyz")
_WELL_KNOWN = "/.well-known/oauth-protected-resource"


class FrontDoor:
    """ASGI. Who was let in stands as `caller` in the scope's state."""

    def __init__(
        self, app: ASGIApp, http: HttpSettings, reception: Reception, throttle: Throttle, refused: Callable[[Refusal], None]
    ) -> None:
        self._app = app
        self._http = http
        self._reception = reception
        self._throttle = throttle
        self._refused = refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            await self._serve(scope, receive, send)
        except Refusal as refusal:
            self._refused(refusal)
            await refusal.response()(scope, receive, send)
        except ClientDisconnect:
            pass

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        # httptools leaves the white space that may follow a value.
        scope["headers"] = [(name, value.strip(b" \t")) for name, value in scope["headers"]]
        headers = Headers(scope=scope)
        self._check_head(scope, headers)
        if scope["path"] in _ANYBODYS or scope["path"].startswith(_WELL_KNOWN):
            await self._app(scope, receive, send)
            return
        caller = await self._reception.caller(headers)
        scope["state"]["caller"] = caller
        self._throttle.meter(caller)
        if scope["path"] == MCP_PATH:
            if scope["method"] != "POST":
                # Without sessions there is nothing to listen to (GET), and nothing to end (DELETE).
                raise Refusal(405, "method_not_allowed", "Only POST.", {"Allow": "POST"})
            given = await body.read(receive, self._http.limits.body)
            body.check_json(given)
            receive = body.again(given, receive)
        with self._throttle.place(caller):
            await self._app(scope, receive, send)

    def _check_head(self, scope: Scope, headers: Headers) -> None:
        lines = [len(name) + len(value) + 4 for name, value in headers.raw]
        if len(scope["raw_path"]) + len(scope["query_string"]) > _MAX_LINE:
            raise Refusal(414, "too_large", "The request line is too long.")
        if sum(lines) > self._http.limits.head or max(lines, default=0) > _MAX_LINE or len(lines) > _MAX_LINES:
            raise Refusal(431, "too_large", "The headers are too long, or too many.")
        hosts, origins = headers.getlist("host"), headers.getlist("origin")
        if len(hosts) != 1:
            raise _wrong_host(f"the request has {len(hosts)} Host headers")
        if not self._http.allows_host(hosts[0]):
            raise _wrong_host(f"the host {quoted(hosts[0])} is not in INCIDENT_DESK_HTTP_ALLOWED_HOSTS")
        for origin in origins:
            if not self._http.allows_origin(origin):
                raise _wrong_origin(f"the origin {quoted(origin)} is not in INCIDENT_DESK_HTTP_ALLOWED_ORIGINS")
        if "content-length" in headers and "transfer-encoding" in headers:
            raise Refusal(400, "two_lengths", "The body has two lengths.")
        if int(headers.get("content-length", "0")) > self._http.limits.body:
            raise body.too_long(self._http.limits.body)
        # No session was ever given out; 404 makes a client that thinks it has one start anew.
        if "mcp-session-id" in headers:
            raise Refusal(404, "no_session", "There are no sessions here.")


def _wrong_host(log: str) -> Refusal:
    return Refusal(421, "wrong_host", "This host is not served here.", log=log)


def _wrong_origin(log: str) -> Refusal:
    return Refusal(403, "wrong_origin", "Pages of this origin are not served.", log=log)
