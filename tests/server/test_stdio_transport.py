"""The line stream, and MCP over it: single lines, signals and ends."""

import json
import os
import signal
import socket
import subprocess
import sys
import tracemalloc
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mcp import types
from mcp.server import ServerRequestContext
from mcp.server.lowlevel import Server

from server.stdio.line_stream import MAX_LINE_BYTES
from server.stdio.transport import (
    MAX_QUEUED_CALLS,
    MAX_RUNNING_CALLS,
    MAX_SEND_BUFFER_BYTES,
    Transport,
)
from tests.server.client import ENVELOPE, Client, initialize, pipes, request

ROOT = Path(__file__).parents[2]
PIPES = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}

pytestmark = pytest.mark.anyio


class WaitingTool:
    """A server whose tool `wait` answers once `release` is set. Its other tools answer at once.

    A completion waits, too.

    `names` and `cancellations` are the names of the calls that have begun, and were cancelled.
    """

    def __init__(self) -> None:
        self.release = anyio.Event()
        self.names: list[str] = []
        self.cancellations: list[str] = []
        self.has_begun = anyio.Event()

    def app(self) -> Server[Any]:
        async def list_tools(*_: object) -> types.ListToolsResult:
            return types.ListToolsResult(tools=[])

        async def call_tool(
            _: ServerRequestContext[Any], params: types.CallToolRequestParams
        ) -> types.CallToolResult:
            arguments = params.arguments or {}
            if params.name == "wait":
                await self.wait(arguments["name"])
            return types.CallToolResult(
                content=[types.TextContent(type="text", text="x" * arguments.get("size", 1))]
            )

        async def complete(
            _: ServerRequestContext[Any], params: types.CompleteRequestParams
        ) -> types.CompleteResult:
            await self.wait(params.argument.value)
            return types.CompleteResult(completion=types.Completion(values=[]))

        return Server(
            "tool",
            version="1",
            on_list_tools=list_tools,
            on_call_tool=call_tool,
            on_completion=complete,
        )

    async def wait(self, name: str) -> None:
        self.names.append(name)
        self.has_begun.set()
        try:
            await self.release.wait()
        except anyio.get_cancelled_exc_class():
            self.cancellations.append(name)
            raise


@asynccontextmanager
async def session(tool: WaitingTool) -> AsyncGenerator[Client]:
    """A client that has shaken hands, and leaves at the end."""
    with pipes() as (client, stream):
        async with anyio.create_task_group() as running:
            running.start_soon(Transport(stream).run, tool.app())
            client.send(initialize())
            assert (await client.receive())["id"] == 0
            yield client
            if client.sink >= 0:
                client.leave()


def call(tool: str, id_: Any, **arguments: Any) -> dict[str, Any]:
    return request("tools/call", id_, name=tool, arguments=arguments)


def waiting_call(id_: int) -> dict[str, Any]:
    return call("wait", id_, name=str(id_))


def completion(id_: int) -> dict[str, Any]:
    reference = {"type": "ref/prompt", "name": "p"}
    argument = {"name": "a", "value": str(id_)}
    return request("completion/complete", id_, ref=reference, argument=argument)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(st.binary(max_size=12), max_size=6), st.lists(st.integers(1, 20), max_size=8))
def test_lines_are_the_same_however_they_arrive(lines: list[bytes], sizes: list[int]) -> None:
    sent = b"\n".join(lines)
    with pipes() as (client, stream):
        received: list[bytes | None] = []
        rest = sent
        for size in sizes:
            client.send_bytes(rest[:size])
            rest = rest[size:]
            received += stream.read()
        client.send_bytes(rest)
        client.leave()
        while not stream.has_ended:
            received += stream.read()
    expected = sent.split(b"\n")
    if not expected[-1]:
        expected.pop()
    assert received == expected


def test_a_line_that_is_too_long_is_skipped_without_being_kept() -> None:
    with pipes() as (client, stream):
        received: list[bytes | None] = []
        tracemalloc.start()
        for _ in range(3 * MAX_LINE_BYTES // 2**15):
            client.send_bytes(b"x" * 2**15)
            received += stream.read()
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        client.send_bytes(b"\nnext\n")
        assert [*received, *stream.read()] == [None, b"next"]
    assert peak < 1.5 * MAX_LINE_BYTES


NESTED = b'{"jsonrpc":"2.0","id":7,"method":"ping","params":{"x":%s}}' % (b"[" * 300 + b"]" * 300)


@pytest.mark.parametrize(
    ("line", "code", "id_"),
    [
        (b"nonsense", -32700, None),
        (b'{"jsonrpc":"2.0","id":1,"method":"pi', -32700, None),
        (b'\xff{"jsonrpc":"2.0","id":1,"method":"ping"}', -32700, None),
        (b"[" * 100_000, -32700, None),
        (b'\xef\xbb\xbf{"jsonrpc":"2.0","id":1,"method":"ping"}', -32700, None),
        (b'{"jsonrpc":"2.0","id":7,"method":"ping","params":{"x":"\\ud83d"}}', -32600, 7),
        (b'{"jsonrpc":"2.0","id":"\\ud83d","method":"ping"}', -32600, None),
        (NESTED, -32600, 7),
        (b'[{"jsonrpc":"2.0","id":1,"method":"ping"}]', -32600, None),
        (b"17", -32600, None),
        (b"{}", -32600, None),
        (b'{"id":7,"method":"ping"}', -32600, 7),
        (b'{"jsonrpc":"2.0","id":"seven","method":3}', -32600, "seven"),
        (b'{"jsonrpc":"2.0","id":7,"method":"ping","params":[]}', -32600, 7),
        (b'{"jsonrpc":"2.0","id":null,"method":"ping"}', -32600, None),
        (b'{"jsonrpc":"2.0","id":1.5,"method":"ping"}', -32600, None),
        (b"x" * (MAX_LINE_BYTES + 1), -32600, None),
    ],
    ids=lambda value: value[:40] if isinstance(value, bytes) else str(value),
)
async def test_a_line_that_is_not_a_message_is_refused_and_the_next_is_answered(
    line: bytes, code: int, id_: Any
) -> None:
    async with session(WaitingTool()) as client:
        while line:
            await anyio.wait_writable(client.sink)
            line = line[os.write(client.sink, line) :]
        client.send_bytes(b"\r\n\n \n")
        refused = await client.receive()
        assert (refused["error"]["code"], refused["id"]) == (code, id_)
        client.send(request("ping", 2))
        assert await client.receive() == {"jsonrpc": "2.0", "id": 2, "result": {}}


async def test_the_sdk_answers_the_opening_before_it_gets_anything_else() -> None:
    tool = WaitingTool()
    params = {"name": "wait", "arguments": {"name": "opening"}, "_meta": ENVELOPE}
    with pipes() as (client, stream):
        client.send(request("tools/call", 1, name="other", _meta=ENVELOPE))
        async with anyio.create_task_group() as running:
            transport = Transport(stream, {"method": "tools/call", "params": params})
            running.start_soon(transport.run, tool.app())
            await tool.has_begun.wait()
            for _ in range(20):
                await anyio.lowlevel.checkpoint()
            assert client.unread() == b""
            tool.release.set()
            assert (await client.receive())["id"] == 1
            client.leave()
        assert client.unread() == b""


@pytest.mark.parametrize("waiting", [waiting_call, completion])
async def test_calls_in_flight_are_bounded_and_the_others_wait_their_turn(
    waiting: Callable[[int], dict[str, Any]],
) -> None:
    tool = WaitingTool()
    async with session(tool) as client:
        client.send(
            *(waiting(id_) for id_ in range(1, MAX_RUNNING_CALLS + 11)),
            request("ping", "ping"),
        )
        assert (await client.receive())["id"] == "ping"
        assert tool.names == [str(id_) for id_ in range(1, MAX_RUNNING_CALLS + 1)]
        tool.release.set()
        answered = [(await client.receive())["id"] for _ in range(MAX_RUNNING_CALLS + 10)]
    assert sorted(answered) == [*range(1, MAX_RUNNING_CALLS + 11)]


async def test_a_cancelled_call_makes_room_and_one_that_waits_never_begins() -> None:
    tool = WaitingTool()
    async with session(tool) as client:
        client.send(*(call("wait", id_, name=str(id_)) for id_ in range(1, MAX_RUNNING_CALLS + 3)))
        for id_ in (MAX_RUNNING_CALLS + 1, 1):
            client.send(
                {
                    "jsonrpc": "2.0",
                    "method": "notifications/cancelled",
                    "params": {"requestId": id_},
                }
            )
        while len(tool.names) <= MAX_RUNNING_CALLS:
            client.send(request("ping", "ping"))
            assert (await client.receive())["id"] == "ping"
        tool.release.set()
        answered = [(await client.receive())["id"] for _ in range(MAX_RUNNING_CALLS)]
    assert sorted(answered) == [*range(2, MAX_RUNNING_CALLS + 1), MAX_RUNNING_CALLS + 2]
    assert (tool.names[-1], tool.cancellations) == (str(MAX_RUNNING_CALLS + 2), ["1"])


async def test_the_end_cancels_what_is_in_flight_and_what_waits_and_says_so() -> None:
    tool = WaitingTool()
    async with session(tool) as client:
        client.send(*(call("wait", id_, name=str(id_)) for id_ in range(1, MAX_RUNNING_CALLS + 2)))
        await tool.has_begun.wait()
        client.leave()
        answers = [await client.receive() for _ in range(MAX_RUNNING_CALLS + 1)]
    assert {answer["error"]["code"] for answer in answers} == {-32000}
    assert sorted(answer["id"] for answer in answers) == [*range(1, MAX_RUNNING_CALLS + 2)]
    assert len(tool.cancellations) == MAX_RUNNING_CALLS


async def test_a_slow_reader_blocks_no_call() -> None:
    tool = WaitingTool()
    async with session(tool) as client:
        client.send(
            *(call("big", id_, size=100_000) for id_ in range(1, 21)), call("wait", 21, name="last")
        )
        await tool.has_begun.wait()
        tool.release.set()
        received = [await client.receive() for _ in range(21)]
    assert sorted(message["id"] for message in received) == [*range(1, 22)]


async def test_what_a_client_leaves_unread_is_bounded() -> None:
    size = 150_000
    with pipes() as (client, stream):
        async with anyio.create_task_group() as running:
            running.start_soon(Transport(stream).run, WaitingTool().app())
            client.send(initialize(1))
            sent, turns_without_room = 1, 0
            while turns_without_room < 100:
                try:
                    client.send(call("big", 1, size=size))
                    sent, turns_without_room = sent + 1, 0
                except BlockingIOError:
                    turns_without_room += 1
                await anyio.lowlevel.checkpoint()
            assert len(stream.send_buffer) < MAX_SEND_BUFFER_BYTES + (MAX_RUNNING_CALLS + 1) * size
            assert sent > MAX_QUEUED_CALLS
            for _ in range(sent):
                assert "result" in await client.receive()
            client.leave()


@contextmanager
def start(
    arguments: Sequence[str] = ("-m", "server"), url: str = "http://127.0.0.1:9", **streams: Any
) -> Iterator[subprocess.Popen[bytes]]:
    environ = {**os.environ, "ROOTLY_API_TOKEN": "key", "ROOTLY_API_URL": url}
    command = [sys.executable, *arguments]
    with subprocess.Popen(command, cwd=ROOT, env=environ, **{**PIPES, **streams}) as process:
        try:
            yield process
        finally:
            process.kill()


def ask(process: subprocess.Popen[bytes], message: dict[str, Any]) -> Any:
    assert process.stdin
    assert process.stdout
    process.stdin.write(json.dumps(message).encode() + b"\n")
    process.stdin.flush()
    return json.loads(process.stdout.readline())


def end_of(process: subprocess.Popen[bytes]) -> tuple[int, bytes, bytes]:
    """The exit code, and the rest of stdout and stderr. The process must end within 10 s."""
    out, err = process.communicate(timeout=10)
    return process.returncode, out, err


WRONG = call("list_incidents", 2, page_size=0)


@pytest.mark.slow
@pytest.mark.parametrize("has_loaded", [False, True], ids=["while it loads", "when it has loaded"])
@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT, None], ids=str)
def test_it_stops_when_it_is_asked_to(stop: signal.Signals | None, has_loaded: bool) -> None:
    with start() as process:
        assert ask(process, initialize())["result"]
        if has_loaded:
            assert ask(process, WRONG)["result"]["isError"]
        if stop is not None:
            process.send_signal(stop)
        assert end_of(process) == (0, b"", b"")


def test_a_signal_cancels_a_call_in_flight_and_says_so() -> None:
    vendor = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{vendor.getsockname()[1]}"
    with vendor, start(url=url) as process:
        assert ask(process, initialize())["result"]
        assert process.stdin
        process.stdin.write(json.dumps(call("list_incidents", 2)).encode() + b"\n")
        process.stdin.flush()
        vendor.settimeout(20)
        connection, _ = vendor.accept()
        with connection:
            process.send_signal(signal.SIGTERM)
            code, out, err = end_of(process)
    assert (code, json.loads(out)["error"]["code"], err) == (0, -32000, b"")


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT], ids=str)
def test_a_signal_while_it_loads_is_reported_to_requests_that_wait(stop: signal.Signals) -> None:
    with start() as process:
        assert ask(process, initialize())["result"]
        assert process.stdin
        process.stdin.write(json.dumps(call("list_incidents", 2)).encode() + b"\n")
        process.stdin.flush()
        # The answer to the ping comes after the call was read.
        assert ask(process, request("ping", 3))["id"] == 3
        process.send_signal(stop)
        code, out, err = end_of(process)
    assert (code, err) == (0, b"")
    answer = json.loads(out)
    assert (answer["id"], answer["error"]["code"]) == (2, -32000)


def test_what_is_piped_in_at_once_is_answered_before_the_end() -> None:
    lines = [initialize(), request("tools/list", 1), WRONG]
    with start() as process:
        out, _ = process.communicate(
            b"\n".join(json.dumps(line).encode() for line in lines) + b"\nnonsense", timeout=20
        )
    answers = [json.loads(line) for line in out.splitlines()]
    assert process.returncode == 0
    assert {answer["id"] for answer in answers} == {0, 1, 2, None}
    assert [answer["error"]["code"] for answer in answers if answer["id"] is None] == [-32700]


def test_a_client_on_one_socket_is_served() -> None:
    ours, theirs = socket.socketpair()
    with ours, ours.makefile("rwb") as lines, start(stdin=theirs, stdout=theirs) as process:
        theirs.close()
        for message in (initialize(), WRONG):
            lines.write(json.dumps(message).encode() + b"\n")
            lines.flush()
            assert json.loads(lines.readline())["id"] == message["id"]
        ours.shutdown(socket.SHUT_WR)
        assert process.wait(10) == 0


ASKED = json.dumps(initialize()).encode() + b"\nnonsense\n"


@pytest.mark.parametrize("is_stdin_a_file", [False, True], ids=["to a file", "from file to file"])
@pytest.mark.slow
def test_files_are_served_too(tmp_path: Path, is_stdin_a_file: bool) -> None:
    question, answer = tmp_path / "question", tmp_path / "answer"
    question.write_bytes(ASKED)
    with question.open("rb") as stdin, answer.open("wb") as stdout:
        streams: dict[str, Any] = {"stdin": stdin} if is_stdin_a_file else {}
        with start(stdout=stdout, **streams) as process:
            process.communicate(None if is_stdin_a_file else ASKED, timeout=20)
            assert process.returncode == 0
    shaken, refused = map(json.loads, answer.read_bytes().splitlines())
    assert (shaken["id"], refused["error"]["code"]) == (0, -32700)


@pytest.mark.parametrize("is_stdout_too", [False, True], ids=["stdin", "stdin and stdout"])
@pytest.mark.skipif(sys.platform == "win32", reason="needs a terminal")
@pytest.mark.slow
def test_a_terminal_is_served_and_interrupted(is_stdout_too: bool) -> None:
    import pty
    import tty

    ours, theirs = pty.openpty()
    tty.setraw(theirs)  # Nothing is echoed.
    streams: dict[str, Any] = {"stdin": theirs}
    if is_stdout_too:
        streams["stdout"] = theirs
    with start(**streams) as process:
        os.write(ours, ASKED)
        stdout = process.stdout.fileno() if process.stdout else ours
        with open(stdout, "rb", closefd=False) as lines:
            assert json.loads(lines.readline())["id"] == 0
            assert json.loads(lines.readline())["error"]["code"] == -32700
        assert os.get_blocking(theirs)
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
    os.close(ours)
    os.close(theirs)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a terminal")
def test_the_end_of_a_terminal_is_the_end() -> None:
    import pty

    ours, theirs = pty.openpty()
    with start(stdin=theirs) as process:
        os.write(ours, json.dumps(initialize()).encode() + b"\n\x04")
        code, out, _ = end_of(process)
    assert (code, json.loads(out)["id"]) == (0, 0)
    os.close(ours)
    os.close(theirs)


def test_stray_prints_and_child_processes_do_not_reach_the_client() -> None:
    program = """
import subprocess, sys
from server.stdio.line_stream import claim_stdio
with claim_stdio() as stream:
    print("stray", flush=True)
    child = "import sys; print('child', sys.stdin.read())"
    subprocess.run([sys.executable, "-c", child], check=True)
    stream.write(b"line")
print("after", flush=True)
"""
    with start(["-c", program]) as process:
        assert end_of(process) == (0, b"line\nafter\n", b"stray\nchild \n")
