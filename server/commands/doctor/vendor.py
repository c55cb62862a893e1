"""Checks the way to a vendor, its clock, and what the key may do."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

import anyio

from server.commands.doctor.environment import certificate_advice
from server.commands.doctor.exchange import Exchange, exchange
from server.commands.doctor.finding import Finding, ok, problem, warning
from server.dispatcher import Dispatcher
from tools.connection import Connection
from tools.errors import (
    Forbidden,
    NotConfigured,
    NotFound,
    RateLimited,
    Rejected,
    ToolError,
    Unauthorized,
    UnexpectedResponse,
)
from tools.failure import failure
from tools.fault_kind import Kind
from tools.network_fault import NetworkFailure
from tools.probe import parse_object, parse_probe
from tools.response import parse_success
from tools.vendor import ScopeProbe, Vendor

MAX_S = 20
"""Seconds for all checks of one vendor. The vendors are checked at the same time."""
_SLOW_S = 5
_RESOLUTION_S = 1
_MOST_CLOCK_DIFFERENCE = timedelta(minutes=1)
_CHECK_URL = "Check {url_variable} if it is set."
_CHECK_PEER = (
    "Check whether a login page or a proxy of this network answers instead, and {url_variable} if"
    " it is set."
)
_ADVICE: Mapping[type[ToolError], str] = {
    Unauthorized: "Put a valid key into {key_variable}, from {key_source}.",
    Forbidden: (
        "Put another key into {key_variable}, from {key_source}. A proxy or firewall of this"
        " network may also answer 403."
    ),
    NotFound: f"Put another key into {{key_variable}}, from {{key_source}}. {_CHECK_URL}",
    RateLimited: "Try again in some minutes. Other programs may use the same key.",
    Rejected: _CHECK_PEER,
    UnexpectedResponse: _CHECK_PEER,
}
"""What to do about a refusal, by its type."""
_TRY_LATER = f"Try again later. {_CHECK_URL}"


async def check_vendor(vendor: Vendor, dispatcher: Dispatcher) -> list[Finding]:
    """Send the small request of every tool, and one for each optional scope."""
    timeout_s = min(MAX_S, dispatcher.settings.limits.timeout_s)
    findings: list[Finding] = []
    with anyio.move_on_after(timeout_s) as deadline:
        try:
            connection = dispatcher.connection(vendor)
            await _check(connection, findings)
        except NetworkFailure as error:
            findings.append(await _network_problem(connection, error))
        except NotConfigured as error:
            findings.append(problem(vendor.title, str(error)))
        except ToolError as error:
            findings.append(_refusal_problem(vendor, error))
        except Exception as error:
            # A check that fails must not hide the others.
            text = f"The check of {vendor.title} failed ({type(error).__name__})."
            findings.append(problem(vendor.title, text, _advice(vendor, _CHECK_URL)))
    if deadline.cancelled_caught:
        text = f"{vendor.title} did not answer within {timeout_s:g} s."
        findings.append(problem(vendor.title, text, _advice(vendor, _TRY_LATER)))
    return findings


async def _check(connection: Connection, findings: list[Finding]) -> None:
    """Add the findings to *findings* as soon as they are known."""
    vendor = connection.vendor
    reply = await exchange(connection, vendor.probe_path, vendor.probe_params)
    findings += _way(connection, reply)
    findings += _clock(vendor.title, reply)
    refusal = _refusal(connection, reply, partial(parse_probe, vendor))
    findings.append(_key(vendor, refusal))
    if isinstance(refusal, Unauthorized):
        return
    for probe in vendor.optional_scopes:
        reply = await exchange(connection, probe.path, {})
        findings.append(_scope(vendor, probe, _refusal(connection, reply, parse_object)))


async def _network_problem(connection: Connection, error: NetworkFailure) -> Finding:
    fault, host = error.fault, connection.http.base_url.host
    text, advice = f"The request failed: {fault.text}.", fault.advice
    if fault.kind is Kind.CERTIFICATE_UNTRUSTED:
        advice = certificate_advice(os.environ, advice)
    if fault.kind is Kind.TIMEOUT and not fault.is_at_proxy and not await _resolves(host):
        text = f"The request failed: the name {host} does not resolve in time."
        advice = "Check the name servers (DNS) of this machine, and its VPN if it has one."
    return problem(connection.vendor.title, text, advice)


async def _resolves(host: str) -> bool:
    """Whether the name servers answer. If they do not, that looks like a slow connection."""
    with anyio.move_on_after(_RESOLUTION_S) as deadline, suppress(OSError):
        await anyio.getaddrinfo(host, None)
    return not deadline.cancelled_caught


def _way(connection: Connection, reply: Exchange) -> Iterator[Finding]:
    title, way = connection.vendor.title, connection.way
    steps = f"connection {reply.connect_s:.2f} s"
    if reply.handshake_s:
        steps += f", TLS {reply.handshake_s:.2f} s"
    proxy = f"through the proxy in {way.proxy_variable}" if reply.uses_proxy else "without a proxy"
    text = f"{way.host} answered in {reply.took_s:.2f} s ({steps}), {proxy}."
    if reply.took_s > _SLOW_S:
        limit_s = connection.limits.timeout_s
        advice = f"A call can take {limit_s:g} s (INCIDENT_DESK_TIMEOUT_S)."
        yield warning(title, f"It is slow: {text}", advice)
    else:
        yield ok(title, text)
    if reply.is_sandbox:
        yield ok(title, "It is the sandbox: its answers are made up.")
    if reply.tls:
        issuer = f"issued by {reply.issuer}, " if reply.issuer else ""
        yield ok(title, f"Its certificate is trusted ({issuer}{reply.tls}).")


def _clock(title: str, reply: Exchange) -> Iterator[Finding]:
    if reply.ahead is None:
        return
    if abs(reply.ahead) <= _MOST_CLOCK_DIFFERENCE:
        yield ok(title, "Its clock agrees with the clock of this machine.")
        return
    direction = "behind" if reply.ahead > timedelta() else "ahead of"
    yield warning(
        title,
        f"The clock of this machine is {_duration(abs(reply.ahead))} {direction} {title}'s.",
        "Set the clock of this machine by a time server. Otherwise times such as -1h mean the"
        " wrong hour, and certificates may seem to be invalid.",
    )


def _duration(difference: timedelta) -> str:
    seconds = difference.total_seconds()
    if seconds < 2 * 3_600:
        return f"{seconds / 60:.0f} min"
    if seconds < 2 * 86_400:
        return f"{seconds / 3_600:.0f} h"
    return f"{seconds / 86_400:.0f} days"


def _refusal(
    connection: Connection, reply: Exchange, parse: Callable[[bytes], Any]
) -> ToolError | None:
    """The error that a tool would answer with. None if *parse* can read the answer."""
    vendor = connection.vendor
    if reply.status != 200:
        return failure(
            vendor,
            reply.status,
            # Only the scope that is missing is of use. Other words of a vendor are not printed.
            reply.body if reply.status == 403 else b"",
            key_name=connection.key_name,
            key=connection.key,
        )
    try:
        parse_success(reply.body, parse, vendor.title)
    except UnexpectedResponse as error:
        return error
    return None


def _key(vendor: Vendor, refusal: ToolError | None) -> Finding:
    if refusal is None:
        return ok(vendor.title, "It accepts the key: the tools can ask.")
    return _refusal_problem(vendor, refusal)


def _refusal_problem(vendor: Vendor, refusal: ToolError) -> Finding:
    advice = _ADVICE.get(type(refusal), _TRY_LATER)
    return problem(vendor.title, str(refusal), _advice(vendor, advice))


def _scope(vendor: Vendor, probe: ScopeProbe, refusal: ToolError | None) -> Finding:
    if refusal is None or isinstance(refusal, NotFound):
        return ok(vendor.title, f"The key has the scope {probe.scope}, for {probe.purpose}.")
    if isinstance(refusal, Forbidden):
        return warning(
            vendor.title,
            f"The key lacks the scope {probe.scope}, so these fail: {probe.purpose}.",
            f"Add the scope to the key, or put another key into {vendor.key_variable}.",
        )
    text = f"Whether the key has the scope {probe.scope} is not known. {refusal}"
    return warning(vendor.title, text, _advice(vendor, _ADVICE.get(type(refusal), _TRY_LATER)))


def _advice(vendor: Vendor, text: str) -> str:
    return text.format(
        key_variable=vendor.key_variable,
        url_variable=vendor.url_variable,
        key_source=vendor.key_source or vendor.title,
    )
