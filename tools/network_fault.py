"""Network faults: why a request got no complete answer, and what to do."""

from collections.abc import Mapping
from dataclasses import dataclass

from tools.causes import causes
from tools.errors import Unavailable
from tools.fault_kind import Kind, code_of, kind_of
from tools.request_trace import BODY, CONNECT, HANDSHAKE, HEADERS, RequestTrace


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
"""What failed and what to do, by kind. `peer` is the vendor's host or the proxy.

`variable` is the setting that names the peer, and `code` is the name of the error.
"""

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


def classify(error: BaseException, way: Way, trace: RequestTrace) -> Fault:
    """The fault for *error*, which httpx raised in a request that *trace* followed."""
    chain = [*causes(error)]
    kind = kind_of(chain, trace)
    text, advice = TEXTS[kind]
    words = {
        "host": way.host,
        "url_variable": way.url_variable,
        "proxy": _proxy(way),
        "peer": _peer(way, trace),
        "variable": _variable(way, trace),
        "code": code_of(chain, trace),
    }
    return Fault(
        kind=kind,
        is_at_proxy=trace.is_at_proxy,
        text=text.format_map(words),
        advice=advice.format_map(words),
        may_pass=kind not in LASTING,
    )


def stall(way: Way, trace: RequestTrace) -> str:
    """What did not happen in a request that the deadline of the call interrupted.

    Empty if the vendor did not begin to answer, because every message of a timeout says that, and
    if the request had not begun.
    """
    if trace.step == HEADERS and not trace.is_at_proxy:
        return ""
    return _STALLS.get(trace.step, "").format(peer=_peer(way, trace))


def _variable(way: Way, trace: RequestTrace) -> str:
    """The setting to check. A vendor's URL has a default, so its variable may not be set."""
    return way.proxy_variable if trace.is_at_proxy else f"{way.url_variable} if it is set"


def _peer(way: Way, trace: RequestTrace) -> str:
    """Who failed to do its part of the step that began last."""
    return _proxy(way) if trace.is_at_proxy else way.host


def _proxy(way: Way) -> str:
    return f"the proxy in {way.proxy_variable}"
