"""Accepts or refuses requests to the board, and finds the account of their session."""

from starlette.datastructures import Headers

from server.board import cross_site
from server.board.cookies import cookie_values
from server.board.cross_site import CrossSiteRequest
from server.http.accounts.verifier import AccountVerifier
from server.http.authentication import InvalidToken
from server.http.board.sessions import Sessions
from server.http.principal import Principal
from server.http.refusal import Refusal
from server.http.settings import HttpSettings

BOARD_PATH = "/board"
LOGIN_PATH = f"{BOARD_PATH}/login"
LOGOUT_PATH = f"{BOARD_PATH}/logout"
BOARD_MCP_PATH = f"{BOARD_PATH}/mcp"
_PAGE_METHODS = ("GET", "HEAD")
_METHODS = {
    BOARD_PATH: _PAGE_METHODS,
    LOGIN_PATH: (*_PAGE_METHODS, "POST"),
    LOGOUT_PATH: (*_PAGE_METHODS, "POST"),
    BOARD_MCP_PATH: ("POST",),
}
_CONTENT_TYPES = {
    LOGIN_PATH: "application/x-www-form-urlencoded",
    # A form of another site cannot send this type.
    BOARD_MCP_PATH: "application/json",
}
"""The content type of a POST to each path. A logout has no content."""


class BoardGate:
    """Checks requests to the board. They have a session in a cookie in place of a bearer token.

    *accounts* is None if the server requires no token. Then every request is from *anonymous*, but
    still only our own pages may send it. A session has the hash of its account's token as its
    subject. So it ends when the token is revoked or expires.
    """

    def __init__(
        self,
        sessions: Sessions,
        accounts: AccountVerifier | None,
        anonymous: Principal,
        http: HttpSettings,
    ) -> None:
        self._sessions = sessions
        self._accounts = accounts
        self._anonymous = anonymous
        self._http = http

    def covers(self, path: str) -> bool:
        return path == BOARD_PATH or path.startswith(f"{BOARD_PATH}/")

    def check(self, method: str, path: str, headers: Headers) -> None:
        """Make sure that one of our own pages sent this request.

        Raises:
            Refusal: it did not, or there is nothing at *path* for this method and content type.
        """
        if path not in _METHODS:
            raise Refusal(404, "not_found", f"There is nothing here. The board is at {BOARD_PATH}.")
        methods = ", ".join(_METHODS[path])
        if method not in _METHODS[path]:
            raise Refusal(405, "method_not_allowed", f"Only {methods}.", {"Allow": methods})
        if method in _PAGE_METHODS:
            return
        try:
            cross_site.check(headers, lambda origin: self._is_own(headers["host"], origin))
        except CrossSiteRequest as error:
            raise _wrong_origin(error) from None
        content_type = _CONTENT_TYPES.get(path, "")
        if content_type and _media_type(headers) != content_type:
            raise Refusal(415, "wrong_content_type", f"The content type must be {content_type}.")

    def _is_own(self, host: str, origin: str) -> bool:
        if cross_site.is_origin_of(host, origin):
            return True
        # A proxy can replace the host. Then the operator has to allow the origin. But with the host
        # of this machine, the cookie would not be `Secure`, and its name not `__Host-`.
        is_safe = origin.startswith("https://") and not cross_site.is_local(host)
        return is_safe and self._http.lists_origin(origin)

    async def authenticate(self, headers: Headers) -> Principal:
        """The principal of a request's session.

        Raises:
            Refusal: there is no valid session.
        """
        try:
            principal = self.principal(headers)
        except InvalidToken as error:
            raise _no_session(str(error)) from None
        if principal is None:
            raise _no_session("no valid session of the board")
        return principal

    def principal(self, headers: Headers) -> Principal | None:
        """The principal of a request's session; None if there is no valid session.

        Raises:
            InvalidToken: the token of the session's account has expired.
        """
        if self._accounts is None:
            return self._anonymous
        for session in cookie_values(headers):
            subject = self._sessions.subject(session)
            principal = self._accounts.principal(subject) if subject else None
            if principal:
                return principal
        return None


def _media_type(headers: Headers) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def _wrong_origin(error: CrossSiteRequest) -> Refusal:
    message = (
        "Only pages of the board may send this. Open the board by its usual address, which begins"
        " with https, and try again."
    )
    log = f"a request to the board, and {error}"
    return Refusal(403, "wrong_origin", message, log=log)


def _no_session(log: str) -> Refusal:
    # Without a challenge: a browser would ask for a password, or a client for a bearer token.
    return Refusal(401, "unauthorized", "Your session is over. Log in again.", log=log)
