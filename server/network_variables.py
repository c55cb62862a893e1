"""The variables with proxies and certificates, which httpx reads.

They are checked at the start, because a wrong one would make every request fail. What the check
cannot see, such as a file that is removed later, is explained when httpx raises an error.
"""

import os
from collections.abc import Iterator, Mapping

from server.reading import is_placeholder, read_start

PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")
CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
_NAMES = frozenset((*PROXIES, *CERTIFICATES))
_MAX_FILE_BYTES = 16 * 1024 * 1024
_FILE_ADVICE = "give a file with certificate authorities in PEM format, or leave it empty"
_NOT_A_PROXY = "is not a valid URL of a proxy: give one like http://proxy.example.com:3128"
_PROXY_ADVICE = (
    "set HTTPS_PROXY to a proxy with an http:// or https:// URL, and leave other variables with"
    " proxies empty"
)


def are_set(environ: Mapping[str, str]) -> bool:
    """Whether *environ* has any of the variables. Proxies are also read in lower case."""
    return any(name.upper() in _NAMES for name in environ)


def proxy_problems(environ: Mapping[str, str]) -> Iterator[str]:
    """Problems of the proxies, unless NO_PROXY says that none is used."""
    no_proxy = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    if "*" in [host.strip() for host in no_proxy.split(",")]:
        return
    for name, value in _proxies(environ):
        problem = _proxy_problem(value.strip())
        if problem:
            yield f"{name} {problem}."


def _proxies(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The variables with proxies, in any case, and their values."""
    for name, value in environ.items():
        if name.upper() in PROXIES and value.strip():
            yield name, value


def _proxy_problem(value: str) -> str:
    """The rest of a sentence about the variable. Empty if the proxy looks right."""
    from urllib.parse import urlsplit

    if is_placeholder(value):
        return "has a placeholder that was not replaced: put a URL there, or leave it empty"
    try:
        parts = urlsplit(_with_scheme(value))
        _ = parts.port  # Raises ValueError if it is not a number up to 65,535.
    except ValueError:
        return _NOT_A_PROXY
    if not parts.hostname:
        return _NOT_A_PROXY
    if parts.scheme not in ("http", "https"):
        return f"is not a proxy for HTTP: {_PROXY_ADVICE}"
    return ""


def _with_scheme(proxy: str) -> str:
    """The URL of *proxy*, as httpx completes it."""
    return proxy if "://" in proxy else f"http://{proxy}"


def certificate_problems(environ: Mapping[str, str]) -> Iterator[str]:
    """Problems of the certificate authorities. httpx ignores the folder if there is a file."""
    file, folder = environ.get("SSL_CERT_FILE"), environ.get("SSL_CERT_DIR")
    if file:
        problem = _file_problem(file)
        if problem:
            yield f"SSL_CERT_FILE {problem}."
        return
    # Importing pathlib takes 4 ms.
    if folder and not os.path.isdir(folder):  # noqa: PTH112
        yield "SSL_CERT_DIR is not a folder: give a folder of certificates, or leave it empty."


def _file_problem(path: str) -> str:
    """The rest of a sentence about SSL_CERT_FILE. Empty if the file looks right."""
    try:
        content = read_start(path, _MAX_FILE_BYTES)
    except (OSError, ValueError) as error:
        return f"names a file that cannot be read ({type(error).__name__}): {_FILE_ADVICE}"
    if b"-----BEGIN " not in content:
        return f"names a file without certificates: {_FILE_ADVICE}"
    return ""


def proxy_variable(environ: Mapping[str, str]) -> str:
    """The variable with the proxy for https. Without one, the system's settings may name it."""
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        if environ.get(name):
            return name
    return "the system's proxy settings"


def explain_url_error(environ: Mapping[str, str], url_variable: str, base_url: str) -> str:
    """What is wrong, if httpx cannot make a client for *base_url* with these variables."""
    if not _is_usable(base_url):
        return f"{url_variable} is not a valid URL."
    for name, value in _proxies(environ):
        if not _is_usable(_with_scheme(value)):
            return f"{name} is not the URL of a proxy that incident-desk can use."
    return "NO_PROXY has an entry that is not a host name or an address."


def _is_usable(url: str) -> bool:
    """Whether httpx can read *url*, and knows its scheme."""
    import httpx

    try:
        parts = httpx.URL(url)
        return parts.scheme in ("http", "https") and bool(parts.host)
    except (ValueError, httpx.InvalidURL):
        return False


def explain_certificate_error(environ: Mapping[str, str]) -> str | None:
    """What is wrong, if httpx cannot load certificates. None if no file is set."""
    path = environ.get("SSL_CERT_FILE")
    if not path:
        return None
    problem = _file_problem(path) or f"names a file that has a broken certificate: {_FILE_ADVICE}"
    return f"SSL_CERT_FILE {problem}."
