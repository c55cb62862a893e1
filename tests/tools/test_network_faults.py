"""What an agent reads if a request fails on its way to a vendor, or on its way back.

The failures are real: sockets, TLS and proxies on loopback.
"""

import base64
import gzip
import json
import re
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.x509 import DNSName

from server.dispatcher import Dispatcher
from server.settings import KEYS, Settings
from tests.authority import Authority
from tests.connect_proxy import refusing, tunnelling
from tests.pages import ROOT
from tests.process import run
from tests.tcp_server import (
    Treatment,
    after_request,
    at_once,
    closed_port,
    resetting,
    serving,
    silence,
)
from tools.limits import Limits

pytestmark = pytest.mark.anyio

KEY = "rootly-0123456789abcdef"
LIMITS = Limits(timeout_s=4, backoff_s=0.001, requests_per_minute=100_000)
HEAD = b"HTTP/1.1 200 OK\r\n"
ANSWER = HEAD + b"Content-Length: 11\r\n\r\n" + b'{"data":[]}'
PROXY_PASSWORD = "hunter2-of-the-proxy"

Proxied = Callable[..., None]
"""Sets a variable to a proxy."""


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def trusted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """An authority that SSL_CERT_FILE names."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.certificate))
    return authority


async def ask(url: str, **limits: Any) -> dict[str, Any]:
    """The answer of `list_incidents`, if Rootly is at *url*."""
    settings = Settings(
        keys=dict.fromkeys(KEYS, KEY),
        urls=dict.fromkeys(KEYS, url),
        limits=LIMITS if not limits else Limits(**limits),
    )
    async with Dispatcher(settings) as dispatcher:
        answer: dict[str, Any] = json.loads((await dispatcher.call("list_incidents", {})).text)
    return answer


async def failure(url: str, **limits: Any) -> dict[str, Any]:
    """The error that `list_incidents` ends with."""
    error: dict[str, Any] = (await ask(url, **limits))["error"]
    assert KEY not in str(error)
    assert PROXY_PASSWORD not in str(error)
    return error


def unavailable(reason: str, *, retryable: bool = True) -> dict[str, Any]:
    message = f"The request to Rootly failed: {reason}"
    return {"code": "unavailable", "message": message, "retryable": retryable}


async def test_a_name_that_does_not_resolve_is_named() -> None:
    assert await failure("https://vendor.invalid") == unavailable(
        "vendor.invalid cannot be found: its name does not resolve. Check the network connection"
        " of this machine, its firewall, and ROOTLY_API_URL if it is set."
    )


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
async def test_a_port_without_a_server_refuses(host: str) -> None:
    address = f"{host}:{closed_port()}"
    assert await failure(f"https://{address}") == unavailable(
        f"{address} refuses connections. Check the network connection of this machine, its"
        " firewall, and ROOTLY_API_URL if it is set."
    )


async def test_a_name_with_several_addresses_that_all_refuse_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def resolve(_: object, port: int, *__: object) -> list[Any]:
        families = {"::1": socket.AF_INET6, "127.0.0.1": socket.AF_INET}
        return [
            (family, socket.SOCK_STREAM, 0, "", (address, port))
            for address, family in families.items()
        ]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    port = closed_port()
    error = await failure(f"https://vendor.invalid:{port}")
    assert f"failed: vendor.invalid:{port} refuses connections." in error["message"]


BROKEN: Mapping[str, tuple[Treatment, str]] = {
    "closes at once": (at_once(b""), "closed the connection without an answer"),
    "closes after the request": (after_request(b""), "closed the connection without an answer"),
    "resets after the request": (
        resetting(after_request(b"")),
        "closed the connection without an answer",
    ),
    "closes in the status line": (
        after_request(b"HTTP/1.1 20"),
        "closed the connection without an answer",
    ),
    "closes in the headers": (
        after_request(HEAD + b"Content-Le"),
        "closed the connection without an answer",
    ),
    "closes in the body": (
        after_request(HEAD + b'Content-Length: 100\r\n\r\n{"data'),
        "broke off its answer",
    ),
    # The server gets rid of so much only if the client has read the headers.
    "resets in the body": (
        resetting(after_request(HEAD + b"Content-Length: 16000000\r\n\r\n" + 14_000_000 * b" ")),
        "broke off its answer",
    ),
    "closes in a chunk": (
        after_request(HEAD + b'Transfer-Encoding: chunked\r\n\r\n20\r\n{"data'),
        "broke off its answer",
    ),
    "closes between chunks": (
        after_request(HEAD + b'Transfer-Encoding: chunked\r\n\r\n6\r\n{"data\r\n'),
        "broke off its answer",
    ),
    "sends a chunk that is not one": (
        after_request(HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n"),
        "broke off its answer",
    ),
    "closes in the compressed body": (
        after_request(HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(ANSWER)[:-9]),
        "broke off its answer",
    ),
    "speaks HTTP/2": (
        after_request(b"\0\0\x12\4\0\0\0\0\0\0\3\0\0\0\x64\r\n\r\n"),
        "does not answer with valid HTTP/1.1",
    ),
    "speaks HTTP/0.9": (
        after_request(b"<html>\r\n\r\nhello</html>\r\n"),
        "does not answer with valid HTTP/1.1",
    ),
    "sends headers without an end": (
        after_request(HEAD + b"X: y\r\n" * 100_000),
        "does not answer with valid HTTP/1.1",
    ),
    "sends a wrong header": (
        after_request(HEAD + b"Content-Length: -1\r\n\r\n{}"),
        "does not answer with valid HTTP/1.1",
    ),
    "switches protocols": (
        after_request(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"),
        "does not answer with valid HTTP/1.1",
    ),
}


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("case", BROKEN)
async def test_an_answer_that_breaks_off_says_where(
    trusted: Authority, case: str, scheme: str
) -> None:
    treatment, reason = BROKEN[case]
    tls = trusted.server() if scheme == "https" else None
    with serving(treatment, tls) as server:
        error = await failure(f"{scheme}://127.0.0.1:{server.port}")
    assert (error["code"], error["retryable"]) == ("unavailable", True)
    assert f"failed: 127.0.0.1:{server.port} {reason}. " in error["message"]
    assert server.accepted == 3


async def test_an_error_whose_body_breaks_off_is_still_that_error() -> None:
    unauthorized = after_request(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 99\r\n\r\n{")
    with serving(unauthorized) as server:
        error = await failure(f"http://127.0.0.1:{server.port}")
    assert (error["code"], server.accepted) == ("unauthorized", 1)


@pytest.mark.parametrize(
    "location",
    [
        b"https://elsewhere.invalid/",
        b"javascript:1",
        b"https://xn--a.invalid/",
        b"https://\x01/",
        b"https://[",
        b"https://" + 70_000 * b"a",
        b"\xff",
        b"",
    ],
    ids=lambda location: ascii(location[:30]),
)
async def test_a_redirect_to_anywhere_is_not_followed(location: bytes) -> None:
    redirect = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: %b\r\n\r\n" % location
    with serving(after_request(redirect)) as server:
        error = await failure(f"http://127.0.0.1:{server.port}")
    assert error["code"] == "unexpected_response"
    assert "302" in error["message"]
    assert server.accepted == 1


async def test_an_untrusted_certificate_names_the_variable(authority: Authority) -> None:
    with serving(after_request(ANSWER), authority.server()) as server:
        error = await failure(f"https://127.0.0.1:{server.port}")
    assert error == unavailable(
        f"the certificate of 127.0.0.1:{server.port} is not trusted (unable to get local issuer"
        " certificate). If a private authority signs the certificates of your network, set"
        " SSL_CERT_FILE to a PEM file with its certificates, and start incident-desk again.",
        retryable=False,
    )
    # A second attempt could not end otherwise.
    assert server.accepted == 1


async def test_a_certificate_of_the_authority_in_ssl_cert_file_is_trusted(
    trusted: Authority,
) -> None:
    with serving(after_request(ANSWER), trusted.server()) as server:
        assert (await ask(f"https://127.0.0.1:{server.port}"))["incidents"] == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_certificate_for_another_name_says_so(trusted: Authority, host: str) -> None:
    with serving(after_request(ANSWER), trusted.server(DNSName("other.example"))) as server:
        error = await failure(f"https://{host}:{server.port}")
    assert error == unavailable(
        f"{host}:{server.port} has a certificate for another name. Check whether a login page or a"
        " proxy of this network answers instead, and ROOTLY_API_URL if it is set.",
        retryable=False,
    )


@pytest.mark.parametrize(
    ("begins", "ends", "reason"),
    [
        (
            -9,
            -1,
            "has expired. Check the clock of this machine. If it is right, the certificate"
            " has to be renewed.",
        ),
        (1, 9, "is not valid yet. Check the clock of this machine."),
    ],
    ids=["expired", "not yet valid"],
)
async def test_a_certificate_of_another_time_points_to_the_clock(
    trusted: Authority, begins: int, ends: int, reason: str
) -> None:
    tls = trusted.server(begins=timedelta(days=begins), ends=timedelta(days=ends))
    with serving(after_request(ANSWER), tls) as server:
        error = await failure(f"https://127.0.0.1:{server.port}")
    host = f"127.0.0.1:{server.port}"
    assert error == unavailable(f"the certificate of {host} {reason}", retryable=False)


@pytest.mark.skipif(sys.version_info < (3, 13), reason="Python before 3.13 accepts it")
async def test_a_certificate_that_breaks_a_rule_says_which(trusted: Authority) -> None:
    with serving(after_request(ANSWER), trusted.server(names_issuer=False)) as server:
        error = await failure(f"https://127.0.0.1:{server.port}")
    assert error == unavailable(
        f"the certificate of 127.0.0.1:{server.port} or of its authority breaks a rule (Missing"
        " Authority Key Identifier). The authority has to issue a correct one. Python before 3.13"
        " checks fewer rules.",
        retryable=False,
    )


@pytest.mark.parametrize(
    "treatment",
    [at_once(b"SSH-2.0-OpenSSH_9.9\r\n"), at_once(b"HTTP/1.1 400 Bad Request\r\n\r\n")],
    ids=["ssh", "http"],
)
async def test_a_server_without_tls_is_told_apart(trusted: Authority, treatment: Treatment) -> None:
    with serving(treatment) as server:
        error = await failure(f"https://127.0.0.1:{server.port}")
    assert error == unavailable(
        f"127.0.0.1:{server.port} does not answer with TLS. Check scheme and port in"
        " ROOTLY_API_URL if it is set.",
        retryable=False,
    )


@pytest.mark.slow
async def test_a_server_that_never_answers_the_handshake_ends_before_the_call(
    trusted: Authority,
) -> None:
    with serving(silence) as server:
        error = await failure(f"https://127.0.0.1:{server.port}", timeout_s=5, backoff_s=100)
    assert error["code"] == "unavailable"
    assert f"handshake with 127.0.0.1:{server.port} failed (no answer in time)" in error["message"]


async def test_a_server_without_a_common_cipher_fails_in_the_handshake(
    trusted: Authority,
) -> None:
    tls = trusted.server()
    tls.maximum_version = ssl.TLSVersion.TLSv1_2
    tls.set_ciphers("ECDHE-ECDSA-AES128-SHA")
    with serving(after_request(ANSWER), tls) as server:
        error = await failure(f"https://127.0.0.1:{server.port}")
    assert f"handshake with 127.0.0.1:{server.port} failed (SSLV3_ALERT_" in error["message"]


async def test_a_server_that_closes_in_the_handshake_says_so(trusted: Authority) -> None:
    with serving(at_once(b"")) as server:
        error = await failure(f"https://127.0.0.1:{server.port}")
    assert f"the TLS handshake with 127.0.0.1:{server.port} failed" in error["message"]
    assert (error["retryable"], server.accepted) == (True, 3)


async def test_a_server_that_wants_a_certificate_of_ours_is_unavailable(
    trusted: Authority,
) -> None:
    tls = trusted.server()
    tls.verify_mode = ssl.CERT_REQUIRED
    with serving(after_request(ANSWER), tls) as server:
        error = await failure(f"https://127.0.0.1:{server.port}")
    # Whether the alert or the end of the connection is seen first, depends on the system.
    assert error["code"] == "unavailable"
    assert re.search(r"CERTIFICATE_REQUIRED|closed the connection", error["message"])


@pytest.fixture
def proxied(trusted: Authority, monkeypatch: pytest.MonkeyPatch) -> Proxied:
    """Sets a variable to a proxy, by its port or its address."""

    def set_proxy(address: int | str, variable: str = "HTTPS_PROXY", scheme: str = "http") -> None:
        if isinstance(address, int):
            address = f"127.0.0.1:{address}"
        monkeypatch.setenv(variable, f"{scheme}://user:{PROXY_PASSWORD}@{address}")

    return set_proxy


VENDOR = "https://vendor.invalid"


async def test_a_proxy_that_asks_for_a_password_gets_it(
    trusted: Authority, proxied: Proxied
) -> None:
    with (
        serving(after_request(ANSWER), trusted.server()) as vendor,
        serving(tunnelling(f"user:{PROXY_PASSWORD}")) as proxy,
    ):
        proxied(proxy.port)
        assert (await ask(f"https://127.0.0.1:{vendor.port}"))["incidents"] == []
        assert proxy.accepted == 1


async def test_a_proxy_that_does_not_accept_the_password_says_so(proxied: Proxied) -> None:
    with serving(tunnelling("user:another")) as proxy:
        proxied(proxy.port)
        error = await failure(VENDOR)
    assert error == unavailable(
        "the proxy in HTTPS_PROXY requires authentication (407). Put a valid user and password"
        " into its URL: http://user:password@host:port.",
        retryable=False,
    )
    assert proxy.accepted == 1


REFUSALS = {
    "401 Unauthorized": "requires authentication (401). Put a valid user and password",
    "403 Forbidden": "does not allow a connection to vendor.invalid (403). Ask its operator",
    "405 Method Not Allowed": "does not allow a connection to vendor.invalid (405). Ask",
}
FAILURES = {
    "302 Found": "could not connect to vendor.invalid (302). Try again, and check ROOTLY_API_URL",
    "429 Too Many Requests": "could not connect to vendor.invalid (429). Try again",
    "500 Unable to connect": "could not connect to vendor.invalid (500). Try again",
    "502 Bad Gateway": "could not connect to vendor.invalid (502). Try again",
}


@pytest.mark.parametrize("status", [*REFUSALS, *FAILURES])
async def test_a_proxy_that_does_not_connect_says_why(proxied: Proxied, status: str) -> None:
    may_pass = status in FAILURES
    with serving(refusing(status)) as proxy:
        proxied(proxy.port)
        error = await failure(VENDOR)
    reason = {**REFUSALS, **FAILURES}[status]
    assert f"failed: the proxy in HTTPS_PROXY {reason}" in error["message"]
    assert (error["code"], error["retryable"]) == ("unavailable", may_pass)
    assert proxy.accepted == (3 if may_pass else 1)


@pytest.mark.parametrize(
    ("treatment", "reason"),
    [
        (after_request(b""), "closed the connection without an answer"),
        (at_once(b"SSH-2.0-OpenSSH_9.9\r\n\r\n"), "does not answer with valid HTTP/1.1"),
    ],
    ids=["closes", "is not a proxy"],
)
async def test_a_proxy_that_does_not_answer_is_told_from_the_vendor(
    proxied: Proxied, treatment: Treatment, reason: str
) -> None:
    with serving(treatment) as proxy:
        proxied(proxy.port)
        error = await failure(VENDOR)
    assert f"failed: the proxy in HTTPS_PROXY {reason}." in error["message"]


@pytest.mark.parametrize("variable", ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])
async def test_a_proxy_that_cannot_be_reached_is_named_by_its_variable(
    proxied: Proxied, variable: str
) -> None:
    proxied(closed_port(), variable)
    error = await failure(VENDOR)
    assert error == unavailable(
        f"the proxy in {variable} refuses connections. Check the network connection of this"
        f" machine, its firewall, and {variable}."
    )


async def test_a_proxy_whose_name_does_not_resolve_is_named(proxied: Proxied) -> None:
    proxied("proxy.invalid:3128")
    error = await failure(VENDOR)
    reason = "the proxy in HTTPS_PROXY cannot be found: its name does not resolve."
    assert f"failed: {reason}" in error["message"]


@pytest.mark.slow
async def test_a_proxy_that_stays_silent_is_told_from_the_vendor(proxied: Proxied) -> None:
    with serving(silence) as proxy:
        proxied(proxy.port)
        error = await failure(VENDOR, timeout_s=1)
    assert (error["code"], error["retryable"]) == ("timeout", True)
    reason = "the proxy in HTTPS_PROXY did not answer"
    assert error["message"] == f"Rootly did not answer within 1 s: {reason}."


@pytest.mark.slow
@pytest.mark.parametrize(
    ("first", "reason"),
    [
        (b"", "."),
        (HEAD, "."),
        (
            HEAD + b'Content-Length: 11\r\n\r\n{"data',
            ": 127.0.0.1:{port} did not complete its answer.",
        ),
    ],
    ids=["nothing", "half of the head", "half of the body"],
)
async def test_a_vendor_that_stalls_says_where(first: bytes, reason: str) -> None:
    def stall(connection: socket.socket) -> None:
        after_request(first)(connection)
        silence(connection)

    with serving(stall) as server:
        error = await failure(f"http://127.0.0.1:{server.port}", timeout_s=1)
    assert error["code"] == "timeout"
    reason = reason.format(port=server.port)
    assert error["message"] == f"Rootly did not answer within 1 s{reason}"


async def test_a_failure_of_the_vendor_after_a_proxy_is_the_vendors(
    authority: Authority, proxied: Proxied, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with (
        serving(after_request(ANSWER), authority.server()) as vendor,
        serving(tunnelling()) as proxy,
    ):
        proxied(proxy.port)
        host = f"127.0.0.1:{vendor.port}"
        error = await failure(f"https://{host}")
    assert f"failed: the certificate of {host} is not trusted (" in error["message"]


async def test_a_tunnel_that_breaks_in_the_handshake_says_so(
    trusted: Authority, proxied: Proxied
) -> None:
    with serving(at_once(b"")) as vendor, serving(tunnelling()) as proxy:
        proxied(proxy.port)
        host = f"127.0.0.1:{vendor.port}"
        error = await failure(f"https://{host}")
    assert f"failed: the TLS handshake with {host} failed" in error["message"]


async def test_a_proxy_with_tls_has_its_own_certificate(
    trusted: Authority, proxied: Proxied
) -> None:
    with serving(tunnelling(), trusted.server(DNSName("other.example"))) as proxy:
        proxied(proxy.port, scheme="https")
        error = await failure(VENDOR)
    assert (
        "failed: the proxy in HTTPS_PROXY has a certificate for another name." in error["message"]
    )
    with serving(at_once(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as proxy:
        proxied(proxy.port, scheme="https")
        error = await failure(VENDOR)
    assert error == unavailable(
        "the proxy in HTTPS_PROXY does not answer with TLS. Check scheme and port in HTTPS_PROXY.",
        retryable=False,
    )


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "ALL_PROXY"])
async def test_plain_http_on_this_machine_never_takes_the_key_to_a_proxy(
    proxied: Proxied, variable: str
) -> None:
    with serving(after_request(ANSWER)) as vendor, serving(refusing("403 Forbidden")) as proxy:
        proxied(proxy.port, variable)
        assert (await ask(f"http://127.0.0.1:{vendor.port}"))["incidents"] == []
    assert proxy.accepted == 0


# server/network_variables.py refuses these at the start. Here they came later.
WRONG_PROXIES = [
    "socks5://user:secret@proxy.invalid:1080",
    "ftp://proxy.invalid",
    "http://proxy.invalid:port",
    f"http://user:{PROXY_PASSWORD}/@proxy.invalid",
]


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "all_proxy", "HTTP_PROXY"])
@pytest.mark.parametrize("value", WRONG_PROXIES)
async def test_a_wrong_proxy_is_a_wrong_setting(
    trusted: Authority, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    error = await failure(VENDOR)
    assert (error["code"], error["retryable"]) == ("not_configured", False)
    assert error["message"].startswith(
        f"{variable} is not the URL of a proxy that incident-desk can use. Correct this in the"
        " environment of this server"
    )


@pytest.mark.parametrize(
    "value",
    [
        "http://",
        "http://a b",
        "http://[",
        "http://127.0.0.1:0",
        "http://xn--a.invalid",
        "http://\u00e9.invalid",
        f"http://{'a' * 70}.invalid",
        f"http://user:p%40ss{PROXY_PASSWORD}@proxy.invalid",
        "\udcff",
    ],
    ids=ascii,
)
async def test_an_odd_proxy_is_not_a_bug(
    trusted: Authority, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", value)
    error = await failure(VENDOR)
    assert error["code"] in ("not_configured", "unavailable")
    assert "HTTPS_PROXY" in error["message"]


@pytest.mark.parametrize("value", ["[::1]", "vendor.invalid:port", "\u00fcber.invalid"])
async def test_a_wrong_entry_of_no_proxy_is_a_wrong_setting(
    trusted: Authority, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("NO_PROXY", value)
    error = await failure(VENDOR)
    assert error["code"] == "not_configured"
    assert error["message"].startswith("NO_PROXY has an entry that is not")


@pytest.mark.parametrize("content", [None, "", "hello", "-----BEGIN CERTIFICATE-----\nx"])
async def test_a_wrong_file_of_certificates_is_a_wrong_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | None
) -> None:
    path = tmp_path / "certificates.pem"
    if content is not None:
        path.write_text(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    error = await failure(VENDOR)
    assert (error["code"], error["retryable"]) == ("not_configured", False)
    assert error["message"].startswith("SSL_CERT_FILE names a file ")
    assert str(path) not in error["message"]


@pytest.mark.parametrize(
    "url",
    [
        "https://a..invalid",
        "https://-.invalid",
        "https://xn--a.invalid",
        f"https://{'a' * 70}.invalid",
        "https://vendor.invalid:0",
        "https://\u00e9.invalid",
        "https://[::1%25lo]:1",
        "https://*.invalid",
    ],
    ids=ascii,
)
async def test_an_odd_base_url_is_not_a_bug(trusted: Authority, url: str) -> None:
    error = await failure(url)
    assert error["code"] in ("not_configured", "unavailable")
    assert "ROOTLY_API_URL" in error["message"]


def call(folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """`incident-desk call list_incidents`, as a process."""
    ours = {"ROOTLY_API_TOKEN": KEY, "INCIDENT_DESK_TIMEOUT_S": "1", "SSL_CERT_DIR": ""}
    command = (sys.executable, "-m", "server", "call", "list_incidents", "search=checkout")
    return run(*command, folder=folder, PYTHONPATH=str(ROOT), **ours, **environ)


def test_the_log_at_debug_has_the_causes_and_no_secret(tmp_path: Path) -> None:
    credentials = f"user:{PROXY_PASSWORD}"
    secrets = (KEY, PROXY_PASSWORD, base64.b64encode(credentials.encode()).decode(), "checkout")
    with serving(tunnelling("user:another")) as proxy:
        done = call(
            tmp_path,
            ROOTLY_API_URL=VENDOR,
            HTTPS_PROXY=f"http://{credentials}@127.0.0.1:{proxy.port}",
            INCIDENT_DESK_LOG_LEVEL="debug",
        )
    assert done.returncode == 1
    messages = [json.loads(line)["message"] for line in done.stderr.splitlines()]
    assert (
        "rootly: attempt 1 failed: unavailable; httpx.ProxyError: 407 < httpcore.ProxyError: 407"
        in messages
    )
    assert not any(secret in done.stderr + done.stdout for secret in secrets)


@pytest.mark.slow
@pytest.mark.parametrize(
    "answer",
    [
        b"checkout\r\n\r\n",
        HEAD + b"Set-Cookie checkout\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\ncheckout\r\n",
        HEAD + b"\r\n{'checkout'}",
        HEAD + b'\r\n{"data": "checkout"}',
    ],
    ids=["status line", "header", "chunk", "no JSON", "another form"],
)
def test_the_log_at_debug_has_no_part_of_an_answer(tmp_path: Path, answer: bytes) -> None:
    with serving(after_request(answer)) as server:
        done = call(
            tmp_path,
            ROOTLY_API_URL=f"http://127.0.0.1:{server.port}",
            INCIDENT_DESK_LOG_LEVEL="debug",
        )
    assert "attempt 1 failed: un" in done.stderr
    assert "checkout" not in done.stderr


@pytest.mark.slow
def test_the_log_at_warning_has_no_line_for_a_failed_request(tmp_path: Path) -> None:
    done = call(tmp_path, ROOTLY_API_URL=f"http://127.0.0.1:{closed_port()}")
    assert done.stderr == ""


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("unshare"), reason="needs `unshare`, from util-linux")
def test_a_machine_without_a_network_says_so(tmp_path: Path) -> None:
    call_without_network = (
        *("unshare", "--user", "--map-root-user", "--net"),
        *(sys.executable, "-m", "server", "call", "list_incidents"),
    )
    done = run(
        *call_without_network,
        folder=tmp_path,
        PYTHONPATH=str(ROOT),
        ROOTLY_API_TOKEN=KEY,
        ROOTLY_API_URL="http://127.0.0.1:9",
        SSL_CERT_DIR="",
    )
    if "unshare" in done.stderr:
        pytest.skip(f"this machine allows no network namespace: {done.stderr}")
    error = json.loads(done.stdout)["error"]
    assert (done.returncode, error) == (
        75,
        unavailable(
            "this machine has no connection to 127.0.0.1:9 (ENETUNREACH). Check the network"
            " connection of this machine, its firewall, and ROOTLY_API_URL if it is set."
        ),
    )
