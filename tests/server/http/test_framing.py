"""One request gets exactly one answer, with any framing and however it is split into segments."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.http.served import Peer, request

INNER = "GET /smuggled HTTP/1.1\r\nHost: localhost\r\nX: y\r\n\r\n"
"""A request inside a body. It must not be answered; the answer would be a 404."""
LAST = request("", method="GET", path="/healthz", Connection="close")
CHUNKED = f"{len(INNER):x};name=value\r\n{INNER}\r\n0\r\nTrailer: value\r\n\r\n"


UPGRADE: dict[str, Any] = {
    "Connection": "Upgrade, HTTP2-Settings",
    "HTTP2-Settings": "AAMAAABkAARAAAAAAAIAAAAA",
}


def chunked(body: str = CHUNKED, coding: str = "chunked", **headers: Any) -> bytes:
    return request(body, **headers, Content_Length=None, Transfer_Encoding=coding)


SERVED = {
    "a length": request(INNER),
    "chunks": chunked(),
    "an upgrade to something": request(INNER, **UPGRADE, Upgrade="x"),
    "an upgrade to HTTP/2": request(INNER, **UPGRADE, Upgrade="h2c"),
    "an upgrade to a web socket": request(INNER, **UPGRADE, Upgrade="websocket"),
    "an upgrade with chunks": chunked(**UPGRADE, Upgrade="x"),
    "an upgrade without a body": request(
        "", Connection="Upgrade", Upgrade="x", Content_Length=None
    ),
    "an upgrade that is refused by its head": request(
        INNER, **UPGRADE, Upgrade="x", Host="evil.example"
    ),
    "a body that is refused by its head": request(INNER, Host="evil.example"),
    "chunks that are refused by their head": chunked(Host="evil.example"),
    "the same length twice": request(
        INNER, Content_Length=f"{len(INNER)}\r\nContent-Length: {len(INNER)}"
    ),
    "a header of two lines": request(INNER, X="a\r\n Content-Length: 0"),
    "a length on a line of its own": request(INNER, Content_Length=f"\r\n {len(INNER)}"),
    "a GET with a body": request(INNER, method="GET"),
    "an OPTIONS with a body": request(INNER, method="OPTIONS"),
    "a client that waits for 100 Continue": request(INNER, Expect="100-continue"),
    "a trailer": chunked("0\r\nA: b\r\n\r\n"),
    "an empty body": request(""),
    "no body": request("", Content_Length=None),
}
"""Unambiguous framings: each gets one answer, and the connection stays open."""

REFUSED = {
    "a length and chunks": request(CHUNKED, Transfer_Encoding="chunked"),
    "two different lengths": request(INNER, Content_Length=f"0\r\nContent-Length: {len(INNER)}"),
    "a list of different lengths": request(INNER, Content_Length=f"0, {len(INNER)}"),
    "a signed length": request(INNER, Content_Length=f"+{len(INNER)}"),
    "a negative length": request(INNER, Content_Length="-1"),
    "a length in hexadecimal": request(INNER, Content_Length="0x10"),
    "another coding": chunked(coding="xchunked"),
    "a coding before the chunks": chunked(coding="gzip, chunked"),
    "chunks of chunks": chunked(coding="chunked, chunked"),
    "a coding after a control character": chunked(coding="\x0bchunked"),
    "no coding": chunked(coding="identity"),
    "a chunk of negative length": chunked("-1\r\n\r\n" + CHUNKED),
    "a chunk size that is too long": chunked("f" * 21 + "\r\n" + INNER),
    "a chunk without its end": chunked(f"1\r\n{INNER}" + CHUNKED),
    "white space before a colon": request(
        INNER, Content_Length=None, Content_Length_=f"{len(INNER)}"
    ).replace(b"content-length-:", b"content-length :"),
    "a NUL in a header": request(INNER, X="a\0b"),
    "a bare carriage return in a header": request(INNER, X="a\rContent-Length: 0"),
    "a trailer that ends with a line feed": chunked(f"0\r\n\n{INNER}"),
    "a trailer of a line that ends with a line feed": chunked(f"0\r\nA: b\n\r\n{INNER}"),
    "a carriage return in an extension": chunked(f"{len(INNER):x};a\rb\r\n{INNER}\r\n0\r\n\r\n"),
    "a chunk length that ends with a line feed": chunked(f"{len(INNER):x}\n{INNER}\r\n0\r\n\r\n"),
    "a head of lines that end with a line feed": request(INNER).replace(b"\r\n", b"\n", 8),
    "a client that waits for 100 Continue and is refused by its head": request(
        "", Expect="100-continue", Host="evil.example", Content_Length="5"
    ),
    "HTTP/2 from the start": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/1.0 with chunks": chunked().replace(b"HTTP/1.1", b"HTTP/1.0", 1),
    "a tunnel": request("", method="CONNECT", path="localhost:80", Content_Length=None)
    + INNER.encode(),
}
"""Framings that parsers read differently: at most one answer, and nothing is read after it."""


def whole(sent: bytes) -> Iterator[list[bytes]]:
    yield [sent]


def byte_by_byte(sent: bytes) -> Iterator[list[bytes]]:
    yield [sent[at : at + 1] for at in range(len(sent))]


def in_two(sent: bytes) -> Iterator[list[bytes]]:
    for at in range(1, len(sent), 11):
        yield [sent[:at], sent[at:]]


Cut = Callable[[bytes], Iterator[list[bytes]]]
CUTS = pytest.mark.parametrize("cut", [whole, byte_by_byte, in_two], ids=lambda cut: cut.__name__)


def statuses(port: int, segments: list[bytes]) -> list[int]:
    """Send *segments*. Returns the status of each answer until the connection ends."""
    with Peer(port) as peer:
        for segment in segments:
            try:
                peer.send(segment)
            except ConnectionError:
                break
        return peer.statuses()


@CUTS
@pytest.mark.parametrize("framing", SERVED)
def test_an_unambiguous_framing_gets_one_answer(framing: str, cut: Cut, port: int) -> None:
    for segments in cut(SERVED[framing] + LAST):
        first, *others = statuses(port, segments)
        assert first in (400, 404, 405, 421)
        assert others == [200]


@CUTS
@pytest.mark.parametrize("framing", REFUSED)
def test_after_an_ambiguous_framing_nothing_is_answered(framing: str, cut: Cut, port: int) -> None:
    for segments in cut(REFUSED[framing] + LAST):
        assert len(statuses(port, segments)) <= 1


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("javac") is None, reason="needs a JDK")
def test_a_client_that_offers_http_2_is_served_as_http_1_1(port: int) -> None:
    client = Path(__file__).with_name("Client.java")
    run = subprocess.run(
        ["java", client, f"http://127.0.0.1:{port}/mcp"], capture_output=True, text=True, check=True
    )
    assert run.stdout.splitlines() == ["200 HTTP_1_1 true"] * 3
