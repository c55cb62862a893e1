"""The pages of the board: the board itself, the login and the logout."""

from collections.abc import Callable
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from server.board.cookies import set_cookie
from server.board.page import board_page
from server.http import body
from server.http.accounts.verifier import AccountVerifier, token_sha256
from server.http.authentication import InvalidToken
from server.http.board.forms import ARRIVED, arrival, login_form, logout_form, no_incidents
from server.http.board.gate import BOARD_PATH, LOGIN_PATH, LOGOUT_PATH, BoardGate
from server.http.board.sessions import Sessions
from server.http.principal import Principal
from server.http.refusal import Refusal
from server.http.settings import HttpSettings
from server.http.throttle import Throttle

_MAX_FORM_BYTES = 4 * 1024
_TOOL = "show_board"
"""What the board calls first."""


class BoardPages:
    """Sends the board to people who are logged in, and the login to all others.

    `BoardGate.check` has accepted the requests. *accounts* is None if the server requires no token.
    Then every request is from *anonymous*.
    """

    def __init__(
        self,
        http: HttpSettings,
        accounts: AccountVerifier | None,
        anonymous: Principal,
        throttle: Throttle,
        on_refusal: Callable[[Refusal], None],
    ) -> None:
        self._sessions = Sessions(http.board.secret, http.board.session_s)
        self.gate = BoardGate(self._sessions, accounts, anonymous, http)
        self._accounts = accounts
        self._throttle = throttle
        self._on_refusal = on_refusal
        self.routes = [
            Route(BOARD_PATH, self._board),
            Route(LOGIN_PATH, self._login, methods=["GET", "POST"]),
            Route(LOGOUT_PATH, self._logout, methods=["GET", "POST"]),
        ]

    async def _board(self, request: Request) -> Response:
        principal = self._principal(request)
        if principal and not principal.may_call(_TOOL):
            return no_incidents()
        if principal:
            return board_page(logout_path=LOGOUT_PATH if self._accounts else "")
        is_cross_site = request.headers.get("sec-fetch-site") == "cross-site"
        if is_cross_site and request.url.query != ARRIVED:
            return arrival()
        return login_form(self._sessions.lifetime_s)

    def _principal(self, request: Request) -> Principal | None:
        """The principal of a request's session; None if there is no valid session."""
        try:
            return self.gate.principal(request.headers)
        except InvalidToken:
            return None

    async def _login(self, request: Request) -> Response:
        response = _to_board()
        if self._accounts is None or request.method != "POST":
            return response
        try:
            token = _token(await body.read(request.receive, _MAX_FORM_BYTES))
            await self._check_token(self._accounts, token)
        except Refusal as refusal:
            self._on_refusal(refusal)
            return login_form(self._sessions.lifetime_s, refusal)
        session = self._sessions.start(token_sha256(token))
        set_cookie(
            response,
            request.headers["host"],
            session,
            path=BOARD_PATH,
            lifetime_s=self._sessions.lifetime_s,
        )
        return response

    async def _check_token(self, accounts: AccountVerifier, token: str) -> None:
        """Make sure that *token* is valid. Logging in counts towards the account's limits.

        Wrong tokens have no limit of their own: a token has 256 random bits, and a limit would let
        anyone lock out everyone.

        Raises:
            Refusal: the token is not valid, or its account sends too many requests.
        """
        reason = "the token is not known here"
        principal = None
        try:
            principal = await accounts.verify_token(token)
        except InvalidToken as error:
            reason = str(error)
        if principal is None:
            message = "This token is not valid. Check that you copied all of it, or get a new one."
            raise Refusal(401, "unauthorized", message, log=f"a login to the board: {reason}")
        self._throttle.count_request(principal)

    async def _logout(self, request: Request) -> Response:
        if self._accounts is None:
            return _to_board()
        if request.method != "POST":
            return logout_form()
        response = _to_board()
        set_cookie(response, request.headers["host"], "", path=BOARD_PATH, lifetime_s=0)
        return response


def _to_board() -> Response:
    return RedirectResponse(BOARD_PATH, 303, {"Cache-Control": "no-store"})


def _token(content: bytes) -> str:
    """The field `token` of a form. Empty if it is missing or stands there twice."""
    try:
        fields = parse_qs(content.decode("ascii"), max_num_fields=8, errors="strict")
    except ValueError:
        return ""
    values = fields.get("token", [])
    return values[0].strip() if len(values) == 1 else ""
