"""The variables with proxies and certificates, which httpx reads.

They are checked at the start, because a wrong one would make every request fail. What the check
cannot see, such as a file that is removed later, is named when httpx refuses it.
"""

import os
from collections.abc import Iterator, Mapping

from server.reading import is_placeholder, read_start

PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")
CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
_MAX_FILE_BYTES = 16 * 1024 * 1024
_ONLY_HTTP = (
    "set HTTPS_PROXY to a proxy with an http:// or https:// URL, and leave other variables with"
    " proxies empty"
)


def are_set(environ: Mapping[str, str]) -> bool:
    """Whether *environ* has any of the variables. Proxies are also read in lower case."""
    return any(name.upper() in (*PROXIES, *CERTIFICATES) for name in environ)


def proxy_problems(environ: Mapping[str, str]) -> Iterator[str]:
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
    from urllib.parse import urlsplit

    if is_placeholder(value):
        return "has a placeholder that was not replaced: put a URL there, or leave it empty"
    try:
        # Like httpx.
        parts = urlsplit(value if "://" in value else f"http://{value}")
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host:
        return "is not a valid URL of a proxy: give one like http://proxy.example.com:3128"
    if parts.scheme not in ("http", "https"):
        return f"is not a proxy for HTTP: {_ONLY_HTTP}"
    return ""


def certificate_problems(environ: Mapping[str, str]) -> Iterator[str]:
    """Problems of the certificate authorities. Like httpx, the file is used before the folder."""
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
    advice = "give a file with certificate authorities in PEM format, or leave it empty"
    try:
        content = read_start(path, _MAX_FILE_BYTES)
    except (OSError, ValueError) as error:
        return f"names a file that cannot be read ({type(error).__name__}): {advice}"
    if b"-----BEGIN " not in content:
        return f"names a file without certificates: {advice}"
    return ""


def proxy_variable(environ: Mapping[str, str]) -> str:
    """The variable with the proxy for https. Without one, the system's settings may name it."""
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        if environ.get(name):
            return name
    return "the system's proxy settings"


def refused_address(environ: Mapping[str, str], url_variable: str, base_url: str) -> str:
    """The problem if httpx refuses to make a client for *base_url* with these variables."""
    if not _is_address(base_url):
        return f"{url_variable} is not a valid URL."
    for name, value in _proxies(environ):
        if not _is_address(value if "://" in value else f"http://{value}"):
            return f"{name} is not the URL of a proxy that incident-desk can use."
    return "NO_PROXY has an entry that is not a host name or an address."


def _is_address(url: str) -> bool:
    import httpx

    try:
        address = httpx.URL(url)
        return address.scheme in ("http", "https") and bool(address.host)
    except (ValueError, httpx.InvalidURL):
        return False


def refused_certificates(environ: Mapping[str, str]) -> str | None:
    """The problem if httpx cannot load the certificates that SSL_CERT_FILE names."""
    path = environ.get("SSL_CERT_FILE")
    if not path:
        return None
    problem = _file_problem(path) or "names a file that has a broken certificate"
    return f"SSL_CERT_FILE {problem}."
