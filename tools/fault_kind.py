"""Finds out the kind of a network fault from the exceptions of a request.

It uses their types and codes, and the step at which the request failed. It does not use their
texts, because these depend on the system and its language.
"""

import errno
import socket
import ssl
from collections.abc import Mapping, Sequence
from enum import StrEnum

import h11  # It comes with httpx, and httpx wraps its errors.
import httpx

from tools.request_trace import BODY, CONNECT, HANDSHAKE, HEADERS, REQUEST, RequestTrace


class Kind(StrEnum):
    """What failed."""

    NAME = "name"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    CERTIFICATE_UNTRUSTED = "certificate_untrusted"
    CERTIFICATE_NAME = "certificate_name"
    CERTIFICATE_EXPIRED = "certificate_expired"
    CERTIFICATE_NOT_YET_VALID = "certificate_not_yet_valid"
    CERTIFICATE_MALFORMED = "certificate_malformed"
    NOT_TLS = "not_tls"
    TLS = "tls"
    PROXY_AUTHENTICATION = "proxy_authentication"
    PROXY_REFUSED = "proxy_refused"
    PROXY_FAILED = "proxy_failed"
    NOT_HTTP = "not_http"
    CLOSED = "closed"
    BROKEN_OFF = "broken_off"


_CERTIFICATE_KINDS: Mapping[int, Kind] = {
    9: Kind.CERTIFICATE_NOT_YET_VALID,
    10: Kind.CERTIFICATE_EXPIRED,
    62: Kind.CERTIFICATE_NAME,
    64: Kind.CERTIFICATE_NAME,
}
"""By OpenSSL's X509_V_ERR_… codes. All others mean that the certificate is not trusted."""
_MALFORMED_CODES = range(79, 95)
"""OpenSSL's codes if a certificate, or that of its authority, breaks a rule."""

_NOT_TLS_REASONS = frozenset({"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE"})
"""OpenSSL's reasons if the peer answers with another protocol. They differ between its versions."""

_KINDS_BY_STEP: Mapping[str, Kind] = {
    CONNECT: Kind.UNREACHABLE,
    HANDSHAKE: Kind.TLS,
    REQUEST: Kind.CLOSED,
    HEADERS: Kind.CLOSED,
    BODY: Kind.BROKEN_OFF,
}
"""For an exception that says nothing more."""

_AUTHENTICATION_STATUSES = frozenset({401, 407})
"""tinyproxy answers a wrong password with 401."""
_PASSING_STATUSES = frozenset({408, 429})
"""These pass by themselves, unlike other statuses from 400 to 499."""


def kind_of(chain: Sequence[BaseException], trace: RequestTrace) -> Kind:
    """The kind of fault. *chain* is an error of httpx and its causes."""
    for cause in chain:
        kind = _kind_by_type(cause, trace)
        if kind is not None:
            return kind
    return _KINDS_BY_STEP.get(trace.step, Kind.BROKEN_OFF)


def _kind_by_type(cause: BaseException, trace: RequestTrace) -> Kind | None:
    """The kind, if the type or the code of *cause* says it."""
    if isinstance(cause, httpx.TimeoutException):
        return Kind.TLS if trace.step == HANDSHAKE else Kind.TIMEOUT
    if isinstance(cause, httpx.ProxyError):
        return _proxy_kind(trace.status)
    if isinstance(cause, ssl.SSLError):
        return _tls_kind(cause, trace)
    if isinstance(cause, socket.gaierror):
        return Kind.NAME
    if isinstance(cause, ConnectionRefusedError):
        return Kind.REFUSED
    if isinstance(cause, h11.RemoteProtocolError) and trace.step != BODY:
        return Kind.NOT_HTTP
    return None


def _proxy_kind(status: int) -> Kind:
    """The kind, by the status of a proxy's answer to CONNECT."""
    if status in _AUTHENTICATION_STATUSES:
        return Kind.PROXY_AUTHENTICATION
    if 400 <= status < 500 and status not in _PASSING_STATUSES:
        return Kind.PROXY_REFUSED
    return Kind.PROXY_FAILED


def _tls_kind(error: ssl.SSLError, trace: RequestTrace) -> Kind:
    if isinstance(error, ssl.SSLCertVerificationError):
        return _certificate_kind(error.verify_code)
    if trace.step == BODY:
        return Kind.BROKEN_OFF
    if error.reason in _NOT_TLS_REASONS:
        return Kind.NOT_TLS
    return Kind.TLS


def _certificate_kind(code: int) -> Kind:
    if code in _MALFORMED_CODES:
        return Kind.CERTIFICATE_MALFORMED
    return _CERTIFICATE_KINDS.get(code, Kind.CERTIFICATE_UNTRUSTED)


def code_of(chain: Sequence[BaseException], trace: RequestTrace) -> str:
    """A name of the error that people can search for: OpenSSL's, the system's, or a status."""
    for cause in chain:
        if isinstance(cause, httpx.ProxyError):
            return str(trace.status)
        if isinstance(cause, httpx.TimeoutException):
            return "no answer in time"
        if isinstance(cause, ssl.SSLCertVerificationError):
            return cause.verify_message
        if isinstance(cause, ssl.SSLError) and cause.reason:
            return cause.reason
        if isinstance(cause, OSError) and cause.errno is not None:
            return errno.errorcode.get(cause.errno, str(cause.errno))
    return "the connection was closed"
