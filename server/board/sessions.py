"""Sessions of the board: what a browser has in a cookie, in place of a token."""

import hmac
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256

from starlette.datastructures import Headers
from starlette.responses import Response

from server.board.cross_site import is_local

_COOKIE = "incident-desk-board"
_PATH = "/board"
_VALUE = re.compile(r"(?P<started_at>\d{1,12})\.(?P<subject>[0-9a-z]{1,64})\.(?P<mac>[0-9a-f]{64})")
_CLOCK_SKEW_S = 60
"""The clocks of two copies can differ by this."""


@dataclass(frozen=True)
class Sessions:
    """Makes and checks sessions that last *lifetime_s*.

    A session is text: when it started, its subject (what identifies the person), and an HMAC of
    both. So every process with the same *secret* accepts it, and nothing is stored. That also means
    that a copy of it is valid until the session is over, even after the person has logged out.
    """

    secret: str = field(repr=False)
    lifetime_s: int
    clock: Callable[[], float] = time.time

    def start(self, subject: str) -> str:
        """A new session. *subject* has up to 64 digits and lower-case letters."""
        started_at = str(int(self.clock()))
        return f"{started_at}.{subject}.{self._mac(started_at, subject)}"

    def subject(self, session: str) -> str | None:
        """The subject of a session; None if it is over, or was not made with this secret."""
        parts = _VALUE.fullmatch(session)
        if parts is None:
            return None
        started_at, subject, mac = parts.groups()
        if not hmac.compare_digest(mac, self._mac(started_at, subject)):
            return None
        age_s = self.clock() - int(started_at)
        return subject if -_CLOCK_SKEW_S <= age_s < self.lifetime_s else None

    def _mac(self, started_at: str, subject: str) -> str:
        message = f"incident-desk board session {started_at}.{subject}"
        return hmac.new(self.secret.encode(), message.encode(), sha256).hexdigest()


def set_cookie(response: Response, session: str, lifetime_s: int, host: str) -> None:
    """Make the browser keep *session* for *lifetime_s*. With 0, it forgets the one that it has.

    *host* is the request's `Host`. Plain HTTP is possible only on this machine, so everywhere else
    the name begins with `__Host-`. Then no other host can set a cookie of this name, also not one
    of the same domain, which could put the person into a session of its own. Such a cookie needs
    the path `/`, so the browser also sends it to `/mcp`, where no cookie is read.
    """
    is_secure = not is_local(host)
    response.set_cookie(
        cookie_name(host),
        session,
        max_age=lifetime_s,
        path="/" if is_secure else _PATH,
        secure=is_secure,
        httponly=True,
        samesite="strict",
    )


def cookie_values(headers: Headers) -> list[str]:
    """The values of all cookies with the name that `set_cookie` gives.

    On this machine, a server on another port can set one of the same name for another path, so
    there can be several.
    """
    name = cookie_name(headers["host"])
    values = []
    for line in headers.getlist("cookie"):
        for cookie in line.split(";"):
            # `strip()` would also remove a no-break space. With one before `__Host-`, a sibling
            # host can set the cookie, because for browsers it is part of the name.
            key, _, value = cookie.strip(" ").partition("=")
            if key == name:
                values.append(value)
    return values


def cookie_name(host: str) -> str:
    """The cookie's name. All ports of this machine share its cookies, so they need own names."""
    if not is_local(host):
        return f"__Host-{_COOKIE}"
    port = re.search(r":(\d+)$", host)
    return f"{_COOKIE}-{port[1]}" if port else _COOKIE
