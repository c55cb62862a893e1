"""The environment variables that httpx reads: which names the proxy, and which is wrong."""

import ssl
from collections.abc import Mapping

import httpx

_RESTART = "Correct it and start incident-desk again."
_MAX_PORT = 65_535


def proxy_variable(environ: Mapping[str, str]) -> str:
    """The variable with the proxy for https. Without one, the system's settings may name it."""
    for scheme in ("https", "all"):
        name = _variable(environ, scheme)
        if environ.get(name):
            return name
    return "the system's proxy settings"


def proxy_problem(environ: Mapping[str, str]) -> str | None:
    """The message for the first proxy variable that is wrong, if there is one.

    httpx reads all three, whatever the URL of a request. The message does not quote the value,
    which can have a password.
    """
    for scheme in ("https", "all", "http"):
        name = _variable(environ, scheme)
        problem = _url_problem(environ.get(name, ""))
        if problem:
            return f"{name} {problem}. {_RESTART}"
    return None


def address_problem(url_variable: str, base_url: str) -> str:
    """The message if httpx takes neither *base_url* nor NO_PROXY."""
    try:
        _ = httpx.URL(base_url).host
    except (ValueError, httpx.InvalidURL):
        return f"{url_variable} is not a valid URL. {_RESTART}"
    return f"NO_PROXY has an entry that is not a host name or an address. {_RESTART}"


def certificates_problem(variable: str, error: OSError) -> str:
    """The message for a certificate file that cannot be loaded."""
    reason = "has no certificate in PEM form"
    if not isinstance(error, ssl.SSLError):
        reason = f"cannot be read ({type(error).__name__})"
    return f"{variable} names a file that {reason}. {_RESTART}"


def _variable(environ: Mapping[str, str], scheme: str) -> str:
    """The variable with the proxy for *scheme*. The one in small letters comes first."""
    name = f"{scheme}_proxy"
    return name if name in environ else name.upper()


def _url_problem(value: str) -> str | None:
    """What is wrong with the URL of a proxy."""
    if not value:
        return None
    url = value if "://" in value else f"http://{value}"
    try:
        proxy = httpx.Proxy(url).url
        is_valid = bool(proxy.host) and (proxy.port is None or 0 < proxy.port <= _MAX_PORT)
    except (ValueError, httpx.InvalidURL):
        is_valid = False
    if not is_valid:
        return "is not a valid proxy URL: give one like http://proxy.example.com:8080"
    if proxy.scheme.startswith("socks"):
        return "names a SOCKS proxy, which incident-desk cannot use: give an http:// proxy"
    return None
