"""Says why a request got no complete answer: name, connection, certificate, proxy and so on.

Causes are told apart by the types and codes of exceptions, and by the step at which the request
failed. The texts of exceptions depend on the system and its language.
"""

import errno
import socket
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import h11  # It comes with httpx, and httpx wraps its errors.
import httpx

from tools.causes import causes
from tools.errors import Unavailable
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


@dataclass(frozen=True)
class Way:
    """The way to a vendor, as messages name it.

    * `host`: the vendor's host, with its port if that is not the usual one.
    * `url_variable`, `proxy_variable`: the settings that name the vendor and the proxy.
    """

    host: str
    url_variable: str
    proxy_variable: str


@dataclass(frozen=True)
class Fault:
    """Why a request got no complete answer.

    * `is_at_proxy`: whether it failed between us and the proxy.
    * `text`: what failed, without a full stop.
    * `advice`: what to do, in whole sentences.
    * `may_pass`: whether the same request may succeed later, without a change of a setting.
    """

    kind: Kind
    is_at_proxy: bool
    text: str
    advice: str
    may_pass: bool


class NetworkFailure(Unavailable):
    """A request got no complete answer. `fault` says why."""

    def __init__(self, title: str, fault: Fault) -> None:
        super().__init__(f"The request to {title} failed: {fault.text}. {fault.advice}")
        self.fault = fault
        self.retryable = fault.may_pass


_CHECK_NETWORK = "Check the network connection of this machine, its firewall, and {variable}."
_TRUST = (
    "If a private authority signs the certificates of your network, set SSL_CERT_FILE to a PEM file"
    " with its certificates, and start incident-desk again."
)
TEXTS: Mapping[Kind, tuple[str, str]] = {
    Kind.NAME: ("{peer} cannot be found: its name does not resolve", _CHECK_NETWORK),
    Kind.REFUSED: ("{peer} refuses connections", _CHECK_NETWORK),
    Kind.UNREACHABLE: ("this machine has no connection to {peer} ({code})", _CHECK_NETWORK),
    Kind.TIMEOUT: ("{peer} did not accept a connection in time", _CHECK_NETWORK),
    Kind.CERTIFICATE_UNTRUSTED: ("the certificate of {peer} is not trusted ({code})", _TRUST),
    Kind.CERTIFICATE_NAME: (
        "{peer} has a certificate for another name",
        "Check whether a login page or a proxy of this network answers instead, and {variable}.",
    ),
    Kind.CERTIFICATE_EXPIRED: (
        "the certificate of {peer} has expired",
        "Check the clock of this machine. If it is right, the certificate has to be renewed.",
    ),
    Kind.CERTIFICATE_NOT_YET_VALID: (
        "the certificate of {peer} is not valid yet",
        "Check the clock of this machine.",
    ),
    Kind.CERTIFICATE_MALFORMED: (
        "the certificate of {peer} or of its authority breaks a rule ({code})",
        "The authority has to issue a correct one. Python before 3.13 checks fewer rules.",
    ),
    Kind.NOT_TLS: ("{peer} does not answer with TLS", "Check scheme and port in {variable}."),
    Kind.TLS: (
        "the TLS handshake with {peer} failed ({code})",
        "Check whether a firewall or a proxy of this network interferes, and {variable}.",
    ),
    Kind.PROXY_AUTHENTICATION: (
        "{proxy} requires authentication ({code})",
        "Put a valid user and password into its URL: http://user:password@host:port.",
    ),
    Kind.PROXY_REFUSED: (
        "{proxy} does not allow a connection to {host} ({code})",
        "Ask its operator to allow this host.",
    ),
    Kind.PROXY_FAILED: (
        "{proxy} could not connect to {host} ({code})",
        "Try again, and check {url_variable} if it is set.",
    ),
    Kind.NOT_HTTP: ("{peer} does not answer with valid HTTP/1.1", "Check {variable}."),
    Kind.CLOSED: (
        "{peer} closed the connection without an answer",
        "Try again. If it fails again, check {variable}.",
    ),
    Kind.BROKEN_OFF: ("{peer} broke off its answer", "Try again."),
}
"""What failed and what to do, by kind. `peer` is the vendor's host or the proxy."""

LASTING = frozenset(
    {
        Kind.CERTIFICATE_UNTRUSTED,
        Kind.CERTIFICATE_NAME,
        Kind.CERTIFICATE_EXPIRED,
        Kind.CERTIFICATE_NOT_YET_VALID,
        Kind.CERTIFICATE_MALFORMED,
        Kind.NOT_TLS,
        Kind.PROXY_AUTHENTICATION,
        Kind.PROXY_REFUSED,
    }
)
"""What does not pass until someone changes a setting, a certificate or a clock."""

_STALLS: Mapping[str, str] = {
    CONNECT: "{peer} did not accept a connection",
    HANDSHAKE: "{peer} did not complete the TLS handshake",
    HEADERS: "{peer} did not answer",
    BODY: "{peer} did not complete its answer",
}
"""What did not happen, by the step that was interrupted."""

_CERTIFICATE_KINDS: Mapping[int, Kind] = {
    9: Kind.CERTIFICATE_NOT_YET_VALID,
    10: Kind.CERTIFICATE_EXPIRED,
    62: Kind.CERTIFICATE_NAME,
    64: Kind.CERTIFICATE_NAME,
}
"""By OpenSSL's X509_V_ERR_… codes. All others mean that the certificate is not trusted."""
_MALFORMED_CODES = range(79, 95)

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


def classify(error: BaseException, way: Way, trace: RequestTrace) -> Fault:
    """The fault for *error*, which httpx raised in a request that *trace* followed."""
    chain = [*causes(error)]
    kind = _kind(chain, trace)
    words = {
        "host": way.host,
        "url_variable": way.url_variable,
        "proxy": _proxy(way),
        "peer": _peer(way, trace),
        "variable": way.proxy_variable if trace.is_at_proxy else f"{way.url_variable} if it is set",
        "code": _code(chain, trace),
    }
    text, advice = TEXTS[kind]
    return Fault(
        kind,
        trace.is_at_proxy,
        text.format_map(words),
        advice.format_map(words),
        kind not in LASTING,
    )


def stall(way: Way, trace: RequestTrace) -> str:
    """What did not happen in a request that the deadline of the call interrupted.

    It is empty if the vendor did not answer: every message of a timeout says that.
    """
    if trace.step == HEADERS and not trace.is_at_proxy:
        return ""
    return _STALLS.get(trace.step, "").format(peer=_peer(way, trace))


def _peer(way: Way, trace: RequestTrace) -> str:
    return _proxy(way) if trace.is_at_proxy else way.host


def _proxy(way: Way) -> str:
    return f"the proxy in {way.proxy_variable}"


def _kind(chain: Sequence[BaseException], trace: RequestTrace) -> Kind:
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


def _code(chain: Sequence[BaseException], trace: RequestTrace) -> str:
    """What to search for: OpenSSL's or the system's name of the error, or the proxy's status."""
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
