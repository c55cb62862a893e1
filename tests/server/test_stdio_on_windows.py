"""The transport that serves on Windows, on any system: docs/hosts/windows.md says what it does.

It is the SDK's own. These tests cannot show what only Windows does differently.
"""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from server.stdio.line_stream import MAX_LINE_BYTES

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
PROGRAM = """
import sys
from server.settings import Settings
from server.stdio.serving import serve_on_windows
sys.exit(serve_on_windows(Settings.read({}, sandbox=True)))
"""
INITIALIZE = {
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "client", "version": "1"},
    },
}
INITIALIZED = {"method": "notifications/initialized"}
PREFIX = "io.modelcontextprotocol/"
META = {f"{PREFIX}protocolVersion": "2026-07-28", f"{PREFIX}clientCapabilities": {}}
DISCOVER = {"id": 1, "method": "server/discover", "params": {"_meta": META}}
COUNT = {"name": "list_incidents", "arguments": {"group_by": ["severity"]}}


class Server:
    """A server process, and lines to it and from it."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin
        assert process.stdout
        self.process = process
        self.stdin, self.stdout = process.stdin, process.stdout

    def send(self, *messages: dict[str, Any] | bytes) -> None:
        for message in messages:
            if isinstance(message, dict):
                message = json.dumps({"jsonrpc": "2.0", **message}).encode()
            self.stdin.write(message + b"\n")
        self.stdin.flush()

    def receive(self) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.stdout.readline())
        return answer


@pytest.fixture
def server() -> Iterator[Server]:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        yield Server(process)
        process.kill()


@pytest.mark.parametrize("opening", [INITIALIZE, DISCOVER], ids=["handshake", "stateless"])
def test_the_first_request_is_answered_in_both_eras(
    server: Server, opening: dict[str, Any]
) -> None:
    server.send(opening)
    assert "SANDBOX" in server.receive()["result"]["instructions"]


def test_a_line_that_is_not_json_gets_no_answer_and_stops_nothing(server: Server) -> None:
    server.send(INITIALIZE, INITIALIZED, b"not JSON", {"id": 2, "method": "ping"})
    assert [server.receive()["id"] for _ in range(2)] == [1, 2]


def test_a_line_of_any_length_is_taken(server: Server) -> None:
    padding = {"_meta": {"padding": "x" * (MAX_LINE_BYTES + 1)}}
    server.send(INITIALIZE, INITIALIZED, {"id": 2, "method": "ping", "params": padding})
    server.receive()
    assert server.receive() == {"jsonrpc": "2.0", "id": 2, "result": {}}


def test_the_end_of_stdin_answers_running_calls_and_ends_the_server(server: Server) -> None:
    server.send(INITIALIZE, INITIALIZED)
    server.receive()
    server.send({"id": 2, "method": "tools/call", "params": COUNT})
    server.stdin.close()
    assert server.receive()["error"]["message"] == "Connection closed"
    assert server.process.wait() == 0


def test_ctrl_c_ends_the_process_immediately(server: Server) -> None:
    server.send(INITIALIZE, INITIALIZED)
    server.receive()
    server.send({"id": 2, "method": "tools/call", "params": COUNT})
    server.process.send_signal(signal.SIGINT)
    assert server.process.wait() == 0
