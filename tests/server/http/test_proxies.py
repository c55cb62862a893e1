"""Behind a real proxy, which sends all requests over the same few connections."""

import json
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPSConnection
from itertools import count, cycle
from pathlib import Path
from typing import Any

import pytest

from sandbox.serving import Sandbox
from server.http.settings import HttpLimits, HttpSettings
from server.settings import Settings
from tests.conftest import settings_for
from tests.server.http.board_client import cookie_of, form, login, message, page
from tests.server.http.proxies import DEPLOY, DEPLOYED, PROXIES, Proxied, proxied
from tests.server.http.served import META, MODERN, Answer, call, request, served
from tests.server.http.test_accounts import ALICE, ALICES
from tests.server.http.test_framing import REFUSED, SERVED
from tests.tcp_server import read_head, serving
from tools.limits import Limits

pytestmark = pytest.mark.slow
SECONDS = 10
UNLIMITED = HttpLimits(calls_per_minute=1_000_000)
# Unauthenticated requests. If the server answered them, the answers would reach other clients.
STOLEN = "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}" * 20
UPGRADES = [
    request(STOLEN, Connection="Upgrade", Upgrade=protocol)
    for protocol in ("x", "h2c", "TLS/1.0", "websocket")
]
ATTACKS = [
    attack for framing in (*SERVED.values(), *REFUSED.values()) for attack in (framing, *UPGRADES)
]


class Counts:
    """What clients and attackers received."""

    def __init__(self) -> None:
        self.answered = 0
        self.attacks = 0
        self.wrong: list[str] = []


@pytest.fixture(scope="module")
def service(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    file = tmp_path_factory.mktemp("accounts") / "accounts.toml"
    file.write_text(ALICES, encoding="utf-8")
    with served(
        settings_for(sandbox), HttpSettings(accounts_file=str(file), limits=UNLIMITED)
    ) as port:
        yield port


@pytest.mark.parametrize("name", PROXIES)
def test_no_answer_reaches_the_wrong_request(name: str, service: int, tmp_path: Path) -> None:
    counts = Counts()
    with started(name, service, tmp_path) as proxy:
        until = time.monotonic() + SECONDS
        kinds = [call_by_header, call_by_handshake] * 3
        callers = [
            threading.Thread(target=kind, args=(proxy, number, until, counts))
            for number, kind in enumerate(kinds)
        ]
        attackers = [threading.Thread(target=attack, args=(proxy, until, counts)) for _ in range(3)]
        for thread in callers + attackers:
            thread.start()
        for thread in callers + attackers:
            thread.join()
    assert counts.wrong == []
    assert counts.answered > 100
    assert counts.attacks > len(ATTACKS)


@contextmanager
def started(name: str, service: int, folder: Path) -> Iterator[Proxied]:
    """A proxy whose three copies are the same one."""
    proxy = PROXIES[name]
    if shutil.which(proxy.program) is None:
        pytest.skip(f"{proxy.program} is not installed")
    with proxied(proxy, [service] * 3, folder) as running:
        yield running


HEADERS = {
    "Content-Type": "application/json",
    "Accept": "application/json, text/event-stream",
    "Authorization": f"Bearer {ALICE}",
}


def call_by_header(proxy: Proxied, number: int, until: float, counts: Counts) -> None:
    """A client of the stateless era, whose answers are JSON."""
    headers = {**HEADERS, "MCP-Protocol-Version": MODERN, "Mcp-Method": "tools/list"}
    message = {"method": "tools/list", "params": {"_meta": META}}
    keep_calling(message, headers, proxy, number, until, counts)


def call_by_handshake(proxy: Proxied, number: int, until: float, counts: Counts) -> None:
    """A client of the handshake era, whose answers are short event streams."""
    keep_calling({"method": "ping"}, HEADERS, proxy, number, until, counts)


def keep_calling(
    message: dict[str, Any],
    headers: dict[str, str],
    proxy: Proxied,
    number: int,
    until: float,
    counts: Counts,
) -> None:
    """A client with a token. Each answer must have the id of its own request."""
    connection = HTTPSConnection("localhost", proxy.port, timeout=10, context=proxy.tls)
    for id_ in count(number * 1_000_000):
        if time.monotonic() > until:
            break
        connection.request(
            "POST", "/mcp", json.dumps({"jsonrpc": "2.0", "id": id_, **message}), headers
        )
        answer = connection.getresponse()
        body = answer.read()
        content = body.partition(b"data: ")[2] or body
        if answer.status != 200 or not content or json.loads(content).get("id") != id_:
            counts.wrong.append(f"{id_} got {answer.status}: {body[:200]!r}")
        counts.answered += 1
    connection.close()


def attack(proxy: Proxied, until: float, counts: Counts) -> None:
    """An attacker without a token, who must never receive a result."""
    for sent in cycle(ATTACKS):
        if time.monotonic() > until:
            break
        with proxy.peer() as peer:
            peer.socket.settimeout(0.1)
            try:
                answer = peer.send(sent).socket.recv(65_536)
            except (TimeoutError, ConnectionError):
                answer = b""
            if b'"result"' in answer:
                counts.wrong.append(f"an attacker got {answer[:200]!r}")
            counts.attacks += 1


@pytest.mark.parametrize("name", DEPLOYED)
def test_a_client_gets_the_reason_when_a_vendor_is_down(name: str, tmp_path: Path) -> None:
    settings = Settings(keys={"rootly": "key"}, urls={"rootly": "http://127.0.0.1:9"})
    with served(settings) as service, started(name, service, tmp_path) as proxy:
        # A call takes longer than Caddy's first look at the health of the copies.
        for _ in range(2):
            with proxy.peer() as peer:
                sent = call({"page_size": 1}, Connection="close")
                assert "127.0.0.1:9 refuses connections" in peer.send(sent).answer()[2]


def test_nginx_sends_a_call_of_any_length_to_another_copy() -> None:
    """When its copy crashes. When its copy hangs, the time of the client is over."""
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    [again_s] = re.findall(r"proxy_next_upstream_timeout (\d+)s;", text)
    [wait_s] = re.findall(r"proxy_read_timeout (\d+)s;", text)
    assert Limits().summary_timeout_s < int(again_s) < int(wait_s)


INSIDE = [
    "/metrics",
    "/readyz",
    "/healthz",
    "/",
    "/mcp/",
    "//metrics",
    "/mcp/../metrics",
    "/mcp/%2e%2e/metrics",
    "/mcp%2f..%2fmetrics",
    "/.well-known/oauth-protected-resource/../../readyz",
    "/.well-known/oauth-protected-resource/%2e%2e/%2e%2e/readyz",
    "/readyz?/mcp",
    "/board/../metrics",
    "/board/%2e%2e/metrics",
    "/board%2f..%2fmetrics",
    "/board/%2e%2e%2freadyz",
    "/boardx",
    "https://localhost/metrics",
]


@pytest.mark.parametrize("name", DEPLOYED)
def test_paths_for_the_inside_are_not_forwarded(name: str, service: int, tmp_path: Path) -> None:
    with started(name, service, tmp_path) as proxy:
        for path in INSIDE:
            with proxy.peer() as peer:
                sent = request("", method="GET", path=path, Authorization=f"Bearer {ALICE}")
                assert peer.send(sent).status() in (400, 404), path


@pytest.mark.parametrize("name", DEPLOYED)
def test_what_the_service_accepts_passes_the_proxy(name: str, service: int, tmp_path: Path) -> None:
    token = f"Bearer {ALICE}"
    long = {f"X-{number}": "x" * 7_500 for number in range(2)}
    with started(name, service, tmp_path) as proxy:
        for sent in (
            request(Authorization=token, Connection="close", **long),
            request(Authorization=token, Connection="close", Expect="100-continue"),
            call({"search": "x" * 100_000}, Authorization=token, Connection="close"),
        ):
            with proxy.peer() as peer:
                assert peer.send(sent).statuses()[0] == 200


@pytest.mark.parametrize("name", DEPLOYED)
def test_a_person_can_use_the_board_through_a_proxy(
    name: str, service: int, tmp_path: Path
) -> None:
    own = {"Connection": "close", "Origin": "https://localhost"}
    with started(name, service, tmp_path) as proxy:

        def ask(sent: bytes) -> Answer:
            with proxy.peer() as peer:
                return peer.send(sent).answer()

        status, headers, _ = ask(page(Connection="close"))
        assert (status, headers["strict-transport-security"]) == (200, "max-age=31536000")
        assert ask(login("wrong", **own))[0] == 401
        logged_in = ask(login(ALICE, **own))
        assert (logged_in[0], logged_in[1]["location"]) == (303, "/board")
        own["Cookie"] = cookie_of(logged_in)
        assert "connect-src 'self'" in ask(page(**own))[2]
        assert ask(message(**own))[0] == 200
        assert ask(message(**own, Sec_Fetch_Site="same-site"))[0] == 403
        assert ask(form("/board/logout", "", **own))[0] == 303
        for path in ("/board/", "/board/nothing"):
            assert ask(page(path, **own))[0] == 404


FORGED = {
    "Forwarded": "for=192.0.2.1",
    "X-Forwarded-For": "192.0.2.1",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "http",
    "X-Real-IP": "192.0.2.1",
    "Connection": "keep-alive, X-Forwarded-For",
    "Keep-Alive": "timeout=100",
}


@pytest.mark.parametrize("name", DEPLOYED)
def test_forged_headers_do_not_reach_the_service(name: str, tmp_path: Path) -> None:
    heads = []

    def answer(connection: socket.socket) -> None:
        heads.append(read_head(connection).decode())
        connection.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")

    with (
        serving(answer) as service,
        started(name, service.port, tmp_path) as proxy,
        proxy.peer() as peer,
    ):
        assert peer.send(request("", **FORGED)).status() == 204
    [head] = [head for head in heads if head.startswith("POST /mcp ")]
    names = {line.partition(":")[0].lower() for line in head.splitlines()[1:]}
    assert "host" in names
    assert names.isdisjoint({*map(str.lower, FORGED)} - {"connection"})
    assert "x-forwarded" not in head.lower()


@pytest.mark.parametrize("name", DEPLOYED)
def test_clients_can_use_http_2(name: str, service: int, tmp_path: Path) -> None:
    headers = HEADERS | {"MCP-Protocol-Version": MODERN, "Mcp-Method": "tools/list"}
    with started(name, service, tmp_path) as proxy:
        command = ["curl", "--silent", "--http2", "--cacert", str(tmp_path / "authority.pem")]
        for header in headers.items():
            command += ["--header", ": ".join(header)]
        command += ["--data", request().partition(b"\r\n\r\n")[2].decode()]
        command += ["--output", "/dev/null", "--write-out", "%{http_version} %{http_code}"]
        done = subprocess.run([*command, proxy.url], stdout=subprocess.PIPE, text=True, check=True)
    assert done.stdout == "2 200"
