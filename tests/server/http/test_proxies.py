"""Behind a real proxy, which sends all requests over the same few connections."""

import json
import shutil
import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from itertools import count, cycle
from pathlib import Path
from typing import Any

import pytest

from sandbox.serving import Sandbox
from server.http.settings import HttpLimits, HttpSettings
from tests.conftest import settings_for
from tests.server.http.proxies import PROXIES, proxied
from tests.server.http.served import META, MODERN, Peer, request, served
from tests.server.http.test_accounts import ALICE, ALICES
from tests.server.http.test_framing import REFUSED, SERVED

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
    proxy = PROXIES[name]
    if shutil.which(proxy.program) is None:
        pytest.skip(f"{proxy.program} is not installed")
    counts = Counts()
    with proxied(proxy, service, tmp_path) as port:
        until = time.monotonic() + SECONDS
        kinds = [call_by_header, call_by_handshake] * 3
        callers = [
            threading.Thread(target=kind, args=(port, number, until, counts))
            for number, kind in enumerate(kinds)
        ]
        attackers = [threading.Thread(target=attack, args=(port, until, counts)) for _ in range(3)]
        for thread in callers + attackers:
            thread.start()
        for thread in callers + attackers:
            thread.join()
    assert counts.wrong == []
    assert counts.answered > 100
    assert counts.attacks > len(ATTACKS)


HEADERS = {
    "Content-Type": "application/json",
    "Accept": "application/json, text/event-stream",
    "Authorization": f"Bearer {ALICE}",
}


def call_by_header(port: int, number: int, until: float, counts: Counts) -> None:
    """A client of the stateless era, whose answers are JSON."""
    headers = {**HEADERS, "MCP-Protocol-Version": MODERN, "Mcp-Method": "tools/list"}
    call({"method": "tools/list", "params": {"_meta": META}}, headers, port, number, until, counts)


def call_by_handshake(port: int, number: int, until: float, counts: Counts) -> None:
    """A client of the handshake era, whose answers are short event streams."""
    call({"method": "ping"}, HEADERS, port, number, until, counts)


def call(
    message: dict[str, Any],
    headers: dict[str, str],
    port: int,
    number: int,
    until: float,
    counts: Counts,
) -> None:
    """A client with a token. Each answer must have the id of its own request."""
    connection = HTTPConnection("localhost", port, timeout=10)
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


def attack(port: int, until: float, counts: Counts) -> None:
    """An attacker without a token, who must never receive a result."""
    for sent in cycle(ATTACKS):
        if time.monotonic() > until:
            break
        with Peer(port) as peer:
            peer.socket.settimeout(0.1)
            try:
                answer = peer.send(sent).socket.recv(65_536)
            except (TimeoutError, ConnectionError):
                answer = b""
            if b'"result"' in answer:
                counts.wrong.append(f"an attacker got {answer[:200]!r}")
            counts.attacks += 1
