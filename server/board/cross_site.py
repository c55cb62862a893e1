"""Refuses requests that a page of another site makes a browser send."""

from collections.abc import Callable

from starlette.datastructures import Headers

from server.http.escaping import quote
from server.reading import is_loopback


class CrossSiteRequest(Exception):
    """A page of another site may have sent this request. The text is the reason, for the log."""


def check(headers: Headers, is_own: Callable[[str], bool]) -> None:
    """Make sure that one of our own pages sent a POST. *is_own* judges an origin.

    Every browser sends `Origin` with a POST. Newer ones also send `Sec-Fetch-Site`, which no proxy
    changes. A proxy can replace the origin of a page by ours.

    Raises:
        CrossSiteRequest: another page may have sent it, or no page at all.
    """
    origins = headers.getlist("origin")
    if len(origins) != 1:
        raise CrossSiteRequest("it has no Origin header, or two")
    if not is_own(origins[0]):
        raise CrossSiteRequest(f"the origin {quote(origins[0])} is not that of the board")
    for site in headers.getlist("sec-fetch-site"):
        if site != "same-origin":
            raise CrossSiteRequest(f"the browser says that it is {quote(site)}")


def is_origin_of(host: str, origin: str) -> bool:
    """Whether *origin* is that of a page of *host*, which is a valid `Host`.

    Only on this machine is a page without TLS ours: tokens and cookies need TLS.
    """
    if origin == f"https://{host}":
        return True
    return is_local(host) and origin == f"http://{host}"


def is_local(host: str) -> bool:
    """Whether a `Host` header names this machine, with any port."""
    name, _, port = host.rpartition(":")
    if not name or not port.isdecimal():
        name = host
    return is_loopback(name.removeprefix("[").removesuffix("]"))
