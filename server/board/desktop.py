"""The board on this machine, for the person who started it: an ASGI application."""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from mcp.server.transport_security import TransportSecuritySettings
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from server.app import build
from server.board import cross_site
from server.board.cookies import cookie_values, set_cookie
from server.board.entrance import TOKEN_S, Entrance
from server.board.notice import notice
from server.board.page import SECURITY_HEADERS, board_page
from server.dispatcher import Dispatcher
from server.http.principal import LOCAL
from server.http.refusal import Refusal
from server.settings import Settings

_MAX_BODY_BYTES = 128 * 1024
_NO_SESSION = "The board is not open in this browser any more. Start incident-desk board again."
_NO_ENTRY = f"""
<p>The address that the command prints works once, and for {TOKEN_S / 60:.0f} minutes. After that,
only the browser that opened it has access, until that browser is closed.</p>
<p>If you have just followed the address, <a href="board">open the board</a>. Otherwise start
<code>incident-desk board</code> again. With <code>--no-browser</code>, it opens no browser, and you
can choose one.</p>
"""


class DesktopBoard:
    """The page, and the MCP server that it asks. Every request needs the cookie of the session.

    Browsers send the cookies of 127.0.0.1 to its servers on all ports, also to those of other
    users. So all paths begin with a part that nobody can guess, and the cookie is only for these
    paths.
    """

    def __init__(
        self, settings: Settings, port: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._authority = f"127.0.0.1:{port}"
        self._root = f"/{secrets.token_urlsafe(16)}"
        self._page_path = f"{self._root}/board"
        mcp_path = f"{self._page_path}/mcp"
        self._paths: Mapping[str, Callable[[Request], ASGIApp]] = {
            self._page_path: self._page,
            mcp_path: self._mcp,
        }
        self.entrance = Entrance(clock)
        dispatcher = Dispatcher(settings)
        self._principal = replace(LOCAL, keys=dispatcher.service_keys)
        self._mcp_app = build(dispatcher).streamable_http_app(
            streamable_http_path=mcp_path,
            stateless_http=True,
            max_request_body_size=_MAX_BODY_BYTES,
            # `_respond` and `_mcp` check the host and the origin.
            transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
        )
        self._clock = clock
        self._used_at = clock()
        self._requests = 0

    @property
    def address(self) -> str:
        """The URL that lets one browser in."""
        return f"http://{self._authority}{self._page_path}?token={self.entrance.token}"

    @property
    def idle_s(self) -> float:
        """How long the page has not asked for anything."""
        return 0 if self._requests else self._clock() - self._used_at

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._mcp_app(scope, receive, send)
            return
        try:
            respond = self._respond(Request(scope))
        except Refusal as refusal:
            respond = refusal.response()
        self._requests += 1
        try:
            await respond(scope, receive, send)
        finally:
            self._requests -= 1

    def _respond(self, request: Request) -> ASGIApp:
        """The response, or the application that makes it.

        Raises:
            Refusal: the request is not one of the page, or of a person who opens it.
        """
        if request.headers.getlist("host") != [self._authority]:
            raise Refusal(421, "wrong_host", f"The board is only at http://{self._authority}.")
        path = request.scope["raw_path"].decode("ascii")
        if path not in self._paths:
            raise Refusal(404, "not_found", "There is nothing at this path.")
        return self._paths[path](request)

    def _page(self, request: Request) -> Response:
        _check_method(request, "GET")
        if self._has_session(request):
            return self._to_page() if request.url.query else board_page()
        session = self.entrance.enter(request.query_params.get("token", ""))
        if session is None:
            return notice("The board is not open in this browser", _NO_ENTRY, 403)
        self._used_at = self._clock()
        response = self._to_page()
        set_cookie(response, self._authority, session, path=self._root)
        return response

    def _to_page(self) -> Response:
        """Take the token out of the address bar, and out of the browser's history."""
        return RedirectResponse(self._page_path, 303, SECURITY_HEADERS)

    def _mcp(self, request: Request) -> ASGIApp:
        _check_method(request, "POST")
        try:
            cross_site.check(request.headers, self._is_own_origin)
        except cross_site.CrossSiteRequest:
            message = "Only the board itself may send this request."
            raise Refusal(403, "wrong_origin", message) from None
        if not self._has_session(request):
            raise Refusal(401, "unauthorized", _NO_SESSION)
        request.state.principal = self._principal
        return self._mcp_app

    def _has_session(self, request: Request) -> bool:
        """Whether the request has the cookie of the session. If so, the board is in use."""
        is_open = self.entrance.is_open_to(cookie_values(request.headers))
        if is_open:
            self._used_at = self._clock()
        return is_open

    def _is_own_origin(self, origin: str) -> bool:
        return origin == f"http://{self._authority}"


def _check_method(request: Request, method: str) -> None:
    if request.method != method:
        message = f"Only {method}."
        raise Refusal(405, "method_not_allowed", message, {"Allow": method})
