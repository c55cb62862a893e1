"""Requests that are refused before the MCP SDK sees them."""

import json

import pytest

from tests.server.http.served import Peer, ask, request

INITIALIZE = json.dumps(
    {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"},
        },
    }
)


def legacy(body: str = INITIALIZE, **headers: str) -> bytes:
    """A request of the handshake era."""
    return request(body, MCP_Protocol_Version=None, Mcp_Method=None, **headers)


REFUSED = {
    "another host": (request(Host="evil.example"), 421),
    "a host that starts like ours": (request(Host="localhost.evil.example"), 421),
    "a host with ours as the user": (request(Host="localhost:80@evil.example"), 421),
    "a second host": (request(Host="localhost\r\nHost: evil.example"), 400),
    "another host, asking for health": (
        request("", method="GET", path="/healthz", Host="evil.example"),
        421,
    ),
    "another host, asking for metrics": (
        request("", method="GET", path="/metrics", Host="evil.example"),
        421,
    ),
    "a page of another origin": (request(Origin="https://evil.example"), 403),
    "a page of no origin": (request(Origin="null"), 403),
    "a page whose origin starts like ours": (
        request(Origin="http://localhost:80.evil.example"),
        403,
    ),
    "a form": (request(Content_Type="text/plain"), 400),
    "a form, in the handshake era": (legacy(Content_Type="text/plain"), 400),
    "invalid JSON": (request("{nope"), 400),
    "a batch": (legacy(f"[{INITIALIZE}]"), 400),
    "a repeated key": (legacy('{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}'), 400),
    "NaN": (legacy('{"jsonrpc":"2.0","id":NaN,"method":"ping"}'), 400),
    "excessive depth": (request("[" * 60_000), 400),
    "a huge number": (request('{"jsonrpc":"2.0","id":' + "9" * 60_000 + "}"), 400),
    "a long body": (request(" " * 200_000), 413),
    "a long declared body": (request("", Content_Length="10000000000"), 413),
    "a long chunked body": (
        request("30d40\r\n" + " " * 200_000, Content_Length=None, Transfer_Encoding="chunked"),
        413,
    ),
    "two lengths": (legacy(Transfer_Encoding="chunked"), 400),
    "a long path": (request(path="/mcp" + "a" * 9_000), 414),
    "a long header": (request(X_Long="a" * 9_000), 431),
    "a header bomb": (request(X_Long="a" * 100_000), 431),
    "many headers": (request(Accept="a\r\nX: a" * 200), 431),
    "a session id": (legacy(Mcp_Session_Id="deadbeef"), 404),
    "a GET that would listen": (request("", method="GET", Accept="text/event-stream"), 405),
    "a DELETE that would end a session": (request("", method="DELETE"), 405),
    "an id that is true": (legacy('{"jsonrpc":"2.0","id":true,"method":"tools/list"}'), 400),
    "an id that is an object": (legacy('{"jsonrpc":"2.0","id":{},"method":"tools/list"}'), 400),
    "an id that is not a whole number": (
        legacy('{"jsonrpc":"2.0","id":1e400,"method":"tools/list"}'),
        400,
    ),
    "an id that is null": (request('{"jsonrpc":"2.0","id":null,"method":"tools/list"}'), 400),
    "an id that is null, in the handshake era": (
        legacy('{"jsonrpc":"2.0","id":null,"method":"tools/list"}'),
        400,
    ),
    "another path": (request(path="/mcp/../etc/passwd"), 404),
    "a path with a trailing slash": (request(path="/mcp/"), 404),
    "a path with a line break": (request(path="/mcp%0a"), 404),
    "a path with an escaped letter": (request(path="/%6dcp"), 404),
    "two slashes": (request(path="//mcp"), 404),
    "another page": (request("", method="GET", path="/metrics%0a"), 404),
    "a URL of another host": (request(path="http://evil.example/mcp"), 400),
    "a URL of another port": (request(path="http://localhost:81/mcp"), 400),
    "a URL of another protocol": (request(path="ftp://localhost/mcp"), 400),
    "a URL without a path": (request(path="http://localhost"), 400),
    "no path": (request("", method="OPTIONS", path="*"), 400),
    "another version": (request(MCP_Protocol_Version="1999-01-01"), 400),
    "another method than in the header": (request(Mcp_Method="ping"), 400),
    "TLS on a plain port": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_bad_request_is_refused_and_the_next_one_is_served(what: str, port: int) -> None:
    sent, expected = REFUSED[what]
    status, _, body = ask(port, sent)
    assert status == expected
    assert "Traceback" not in body
    assert ask(port, request())[0] == 200


@pytest.mark.parametrize(
    "sent",
    [
        request(),
        request(Host="127.0.0.1:8000"),
        request(Host="[::1]:8000"),
        request(Origin="http://localhost:6274"),
        request(path="/mcp?a=b"),
        request(path="http://localhost/mcp"),
        request(path="HTTP://LOCALHOST:80/mcp", Host="localhost:80"),
        request(Host=" localhost\t ", Mcp_Method="\t tools/list  "),
        legacy(),
    ],
)
def test_a_request_to_this_server_is_served(sent: bytes, port: int) -> None:
    assert ask(port, sent)[0] == 200


def test_after_a_refused_upload_its_connection_can_be_used_again(port: int) -> None:
    with Peer(port) as peer:
        assert peer.send(request(" " * 4 * 2**20)).status() == 413
        assert peer.send(request()).status() == 200


@pytest.mark.parametrize(
    "path", ["/mcp/", "/healthz/", "/metrics/", "/mcp%0a", "//evil.example/mcp"]
)
def test_no_redirect_leads_away_from_https(path: str, port: int) -> None:
    for method in ("GET", "POST"):
        status, headers, _ = ask(
            port, request("", method=method, path=path, X_Forwarded_Proto="https")
        )
        assert status == 404
        assert "location" not in headers


@pytest.mark.parametrize(
    "message",
    ['{"jsonrpc":"2.0","id":null,"method":"ping"}', '{"jsonrpc":"2.0","id":null,"result":{}}'],
)
def test_a_null_id_is_an_invalid_request(message: str, port: int) -> None:
    for sent in (request(message), legacy(message)):
        _, _, body = ask(port, sent)
        assert json.loads(body)["error"]["code"] == -32600
