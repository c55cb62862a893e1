"""Limits for slow, idle and excessive connections."""

import contextlib
import resource
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest

from sandbox.serving import Sandbox
from server.http.settings import HttpLimits, HttpSettings
from tests.conftest import settings_for
from tests.server.http.served import Peer, ask, request, served

HASTY = HttpLimits(head_s=0.3, body_s=0.3, send_s=0.3, idle_s=1)


@pytest.fixture(scope="module")
def port(sandbox: Sandbox) -> Iterator[int]:
    with served(settings_for(sandbox), HttpSettings(limits=HASTY)) as port:
        yield port


@pytest.mark.parametrize(
    "sent", [b"", b"POST /mcp HTTP/1.1\r\nX-Slow: "], ids=["nothing", "half a head"]
)
def test_a_head_that_does_not_arrive_in_time_gets_408(sent: bytes, port: int) -> None:
    with Peer(port) as peer:
        assert peer.send(sent).status() == 408


def test_a_body_that_does_not_arrive_in_time_gets_408(port: int) -> None:
    with Peer(port) as peer:
        assert peer.send(request()[:-5]).status() == 408


def test_a_head_that_arrives_byte_by_byte_gets_408(port: int) -> None:
    with Peer(port) as peer:
        peer.send(b"POST /mcp HTTP/1.1\r\nX-Slow: ")
        peer.socket.settimeout(0.05)
        for _ in range(100):
            try:
                answer = peer.send(b"a").socket.recv(65_536)
                break
            except TimeoutError:
                continue
    assert answer.startswith(b"HTTP/1.1 408")


def test_each_request_on_a_connection_has_its_own_time_limit(port: int) -> None:
    with Peer(port) as peer:
        assert peer.send(request()).status() == 200
        assert peer.send(request()).status() == 200
        assert peer.send(b"POST /mcp").status() == 408


@pytest.mark.slow
def test_a_connection_without_requests_is_closed(port: int) -> None:
    with Peer(port) as peer:
        assert peer.send(request()).status() == 200
        assert peer.status() == 0


def test_a_client_that_does_not_read_its_answers_is_disconnected(port: int) -> None:
    with Peer(port, receive_buffer=4_096) as peer, pytest.raises(ConnectionError):
        peer.send(request() * 100_000)


@pytest.mark.parametrize(
    "rest",
    [
        b"a",
        b"a\r\n",
        b"1\r\na\r\n" * 5_000,
        b"0\r\n" + b"a:\r\n" * 20_000,
        b"1000000\r\n" + b" " * 2**24 + b"\r\n1\r\n",
    ],
    ids=["nothing more", "a broken chunk", "tiny chunks", "an endless trailer", "16 MiB"],
)
def test_a_request_that_is_refused_by_its_head_is_not_answered_again(
    rest: bytes, port: int
) -> None:
    with Peer(port) as peer:
        peer.send(
            request("", Host="evil.example", Content_Length=None, Transfer_Encoding="chunked")
        )
        assert peer.status() == 421
        with contextlib.suppress(ConnectionError):
            peer.send(rest)
        assert peer.statuses() == []


def test_a_long_head_that_arrives_in_one_piece_gets_431(port: int) -> None:
    with Peer(port) as peer:
        assert peer.send(b"POST /mcp HTTP/1.1\r\n" + b"a:\r\n" * 10_000 + b"\r\n").status() == 431


def test_an_endless_head_gets_431(port: int) -> None:
    with Peer(port) as peer:
        peer.send(b"POST /mcp HTTP/1.1\r\n")
        assert peer.send(b"X: a\r\n" * 5_000).status() == 431


@pytest.mark.parametrize(
    ("body", "status"),
    [("1\r\na\r\n" * 20_000, 400), ("0\r\n" + "a:\r\n" * 20_000, 431), ("1;" + "a" * 100_000, 431)],
    ids=["tiny chunks", "an endless trailer", "an endless extension"],
)
def test_a_body_that_is_mostly_framing_is_refused(body: str, status: int, port: int) -> None:
    with Peer(port) as peer:
        peer.send(request(body, Content_Length=None, Transfer_Encoding="chunked"))
        assert peer.status() == status


def test_over_the_limit_a_new_connection_replaces_the_one_idle_longest(sandbox: Sandbox) -> None:
    few = HttpSettings(limits=replace(HttpLimits(), connections=2))
    with served(settings_for(sandbox), few) as port, ExitStack() as open_:
        oldest, newer = (open_.enter_context(Peer(port)) for _ in range(2))
        assert oldest.send(request()).status() == 200
        assert newer.send(request()).status() == 200
        assert ask(port, request())[0] == 200
        assert oldest.status() == 0
        assert newer.send(request()).status() == 200


def test_others_are_served_while_500_connections_are_slow(port: int) -> None:
    files, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(files, min(most, 2_048)), most))
    with ExitStack() as open_:
        slow = [
            open_.enter_context(Peer(port)).send(b"POST /mcp HTTP/1.1\r\nX-Slow: ")
            for _ in range(500)
        ]
        began = time.monotonic()
        assert ask(port, request())[0] == 200
        assert time.monotonic() - began < 1
        assert {peer.status() for peer in slow} == {408}
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, most))
