"""The cookie of the board: what a browser has in place of a token."""

import re

from starlette.datastructures import Headers
from starlette.responses import Response

from server.board.cross_site import is_local

_COOKIE = "incident-desk-board"


def set_cookie(
    response: Response, host: str, session: str, *, path: str, lifetime_s: int | None = None
) -> None:
    """Make the browser keep *session* for *lifetime_s*, by default until it is closed.

    With 0, it forgets the session that it has. The browser sends the cookie only to *path*, and to
    the paths below it.

    *host* is the request's `Host`. Plain HTTP is possible only on this machine, so everywhere else
    the name begins with `__Host-`. Then no other host can set a cookie of this name, also not one
    of the same domain, which could put the person into a session of its own. Such a cookie needs
    the path `/`, so the browser also sends it to `/mcp`, where no cookie is read.
    """
    is_secure = not is_local(host)
    response.set_cookie(
        _cookie_name(host),
        session,
        max_age=lifetime_s,
        path="/" if is_secure else path,
        secure=is_secure,
        httponly=True,
        samesite="strict",
    )


def cookie_values(headers: Headers) -> list[str]:
    """The values of all cookies with the name that `set_cookie` gives.

    On this machine, a server on another port can set one of the same name for another path, so
    there can be several.
    """
    name = _cookie_name(headers["host"])
    values = []
    for line in headers.getlist("cookie"):
        for cookie in line.split(";"):
            # `strip()` would also remove a no-break space. With one before `__Host-`, a sibling
            # host can set the cookie, because for browsers it is part of the name.
            key, _, value = cookie.strip(" ").partition("=")
            if key == name:
                values.append(value)
    return values


def _cookie_name(host: str) -> str:
    """The cookie's name. All ports of this machine share its cookies, so they need own names."""
    if not is_local(host):
        return f"__Host-{_COOKIE}"
    port = re.search(r":(\d+)$", host)
    return f"{_COOKIE}-{port[1]}" if port else _COOKIE
