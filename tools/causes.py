"""The exceptions that led to an error, for its classification and for the log."""

import re
import ssl
from collections.abc import Iterator

import h11  # It comes with httpx, and httpx wraps its errors.
import httpcore
import httpx

from tools.text import clean

_MAX_TEXT = 200
_PROTOCOL_ERRORS = (
    httpx.RemoteProtocolError,
    httpcore.RemoteProtocolError,
    h11.RemoteProtocolError,
)
_PROXY_ERRORS = (httpx.ProxyError, httpcore.ProxyError)
_NETWORK_ERRORS = (
    OSError,
    httpx.TransportError,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    h11.ProtocolError,
)
_USER_INFO = re.compile(r"//[^/\s]*@")


def causes(error: BaseException) -> Iterator[BaseException]:
    """*error*, and all exceptions that led to it."""
    yield error
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from causes(inner)
    cause = error.__cause__ or error.__context__
    # An SSLWantReadError only says that the handshake went on.
    if cause is not None and not isinstance(cause, ssl.SSLWantReadError):
        yield from causes(cause)


def log_text(error: BaseException) -> str:
    """The types of *error* and its causes, with the texts that have no data of a vendor.

    Validation errors quote an answer, so only their type is logged.
    """
    return " < ".join(_description(cause) for cause in causes(error))


def _description(error: BaseException) -> str:
    name = f"{type(error).__module__}.{type(error).__qualname__}"
    text = _public_text(error)
    return f"{name}: {text}" if text else name


def _public_text(error: BaseException) -> str:
    if isinstance(error, _PROXY_ERRORS):
        # After the status comes a text of the proxy.
        return str(error)[:3]
    if not isinstance(error, _NETWORK_ERRORS):
        return ""
    text = str(error)
    if isinstance(error, _PROTOCOL_ERRORS):
        # After the colon comes a header or another part of the answer.
        text = text.partition(":")[0]
    return clean(_USER_INFO.sub("//", text), _MAX_TEXT)
