"""The HTML of the board's login and logout, and of refused requests."""

import html

from starlette.responses import HTMLResponse

from server.board.notice import notice
from server.http.board.gate import BOARD_PATH, LOGIN_PATH, LOGOUT_PATH
from server.http.refusal import Refusal

ARRIVED = "arrived"
"""The query of the address to which `arrival` leads."""
_ERROR = '<p id="error" role="alert">{message}</p>'
_LOGIN = """{error}
<form method="post" action="{path}">
<label for="token">Token of your account</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus
 autocapitalize="off" spellcheck="false" aria-describedby="hint{error_id}">
<p id="hint">It begins with idesk_. The people who run this service gave it to you.
This browser stays logged in for {minutes} minutes.</p>
<button>Log in</button>
</form>"""
_LOGOUT = """<form method="post" action="{path}"><button>Log out</button></form>
<p><a href="{board}">Back to the board</a></p>"""
_NO_INCIDENTS = """<p>You are logged in, but your account is not allowed to call list_incidents.
The people who run this service can allow it.</p>
<p><a href="{path}">Log out</a></p>"""
_LINK = '<p><a href="{path}">Open the board</a></p>'


def login_form(session_s: int, refusal: Refusal | None = None) -> HTMLResponse:
    """The form for the token. *refusal* says why the last one was not accepted."""
    content = _LOGIN.format(
        path=LOGIN_PATH,
        minutes=session_s // 60,
        error=_ERROR.format(message=html.escape(str(refusal))) if refusal else "",
        error_id=" error" if refusal else "",
    )
    if refusal is None:
        return notice("Log in to the board", content)
    return notice("Log in to the board", content, refusal.status, refusal.headers)


def logout_form() -> HTMLResponse:
    return notice("Log out of the board", _LOGOUT.format(path=LOGOUT_PATH, board=BOARD_PATH))


def no_incidents() -> HTMLResponse:
    """For an account that is not allowed to call what the board calls."""
    content = _NO_INCIDENTS.format(path=LOGOUT_PATH)
    return notice("Your account cannot show incidents", content, 403)


def arrival() -> HTMLResponse:
    """Loads the board again, as one of our own pages.

    After a click on a link of another site, the browser sends no cookie, because that is what
    `SameSite=Strict` means. It sends the cookie when this page loads the board. *ARRIVED* is then
    in the address, so that a browser which still sends none does not do this again and again.
    """
    link = _LINK.format(path=BOARD_PATH)
    address = f"{BOARD_PATH}?{ARRIVED}"
    return notice("Opening the board", link, headers={"Refresh": f"0; url={address}"})


def refusal_page(refusal: Refusal) -> HTMLResponse:
    content = _ERROR.format(message=html.escape(str(refusal))) + _LINK.format(path=BOARD_PATH)
    return notice("This request was refused", content, refusal.status, refusal.headers)
