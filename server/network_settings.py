"""The environment variables that httpx reads: which names the proxy, and which is wrong."""

import ssl
from collections.abc import Mapping

import httpx

_PROXY_VARIABLES = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
"""In the order in which they are used for https."""
_READ_BY_HTTPX = (*_PROXY_VARIABLES, "http_proxy", "HTTP_PROXY")
_RESTART = "Correct it and start incident-desk again."


def proxy_variable(environ: Mapping[str, str]) -> str:
    """The variable with the proxy for https. Without one, the system's settings may name it."""
    for name in _PROXY_VARIABLES:
        if environ.get(name):
            return name
    return "the system's proxy settings"


def certificates_problem(variable: str, error: OSError) -> str:
    """The message for a certificate file that cannot be loaded."""
    reason = "has no certificate in PEM form"
    if not isinstance(error, ssl.SSLError):
        reason = f"cannot be read ({type(error).__name__})"
    return f"{variable} names a file that {reason}. {_RESTART}"


def connection_problem(environ: Mapping[str, str], url_variable: str, base_url: str) -> str:
    """The message if httpx refuses to connect to *base_url* with these variables.

    It never quotes a value, because the URL of a proxy can have a password.
    """
    if not _is_url(base_url):
        return f"{url_variable} is not a valid URL. {_RESTART}"
    for name in _READ_BY_HTTPX:
        problem = _proxy_problem(environ.get(name, ""))
        if problem:
            return f"{name} {problem}. {_RESTART}"
    return f"NO_PROXY has an entry that is not a host name or an address. {_RESTART}"


def _is_url(text: str) -> bool:
    try:
        _ = httpx.URL(text).host
    except (ValueError, httpx.InvalidURL):
        return False
    return True


def _proxy_problem(value: str) -> str | None:
    if not value:
        return None
    url = value if "://" in value else f"http://{value}"
    try:
        scheme = httpx.Proxy(url).url.scheme
    except (ValueError, httpx.InvalidURL):
        return "is not a valid proxy URL: give one like http://proxy.example.com:8080"
    if scheme.startswith("socks"):
        return "names a SOCKS proxy, which incident-desk cannot use: give an http:// proxy"
    return None
