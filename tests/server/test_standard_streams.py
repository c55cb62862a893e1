"""Standard streams that are closed, full or not pipes: the protocol holds, and the end is clean."""

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from server.settings import KEYS
from tests.server.client import initialize, request
from tests.server.terminal import terminal

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")
ROOT = Path(__file__).parents[2]
QUESTIONS = [
    initialize(),
    request("tools/list", 1),
    request("tools/call", 2, name="list_incidents", arguments={}),
]
ASKED = b"".join(json.dumps(question).encode() + b"\n" for question in QUESTIONS)
# Without a key, the server prints a line to stderr before anything else.
ENVIRON = {name: value for name, value in os.environ.items() if name not in KEYS.values()}


def run(redirections: str, *arguments: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
    """Run the server with *redirections* of a shell."""
    command = f'exec "$0" -m server "$@" {redirections}'
    options = {"input": ASKED, "stderr": subprocess.PIPE, "env": ENVIRON, **options}
    return subprocess.run(
        ["sh", "-c", command, sys.executable, *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        timeout=30,
        check=False,
        **options,
    )


def ids(output: bytes) -> list[Any]:
    return [json.loads(line)["id"] for line in output.splitlines()]


@pytest.mark.slow
@pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full", "2>/dev/null"])
def test_a_stderr_that_takes_nothing_leaves_the_answers_as_they_are(redirection: str) -> None:
    ended = run(redirection, env={**ENVIRON, "INCIDENT_DESK_LOG_LEVEL": "debug"})
    assert (ended.returncode, ids(ended.stdout)) == (0, [0, 1, 2])


def test_a_full_stderr_that_nobody_reads_stops_nothing() -> None:
    unread, stderr = os.pipe()
    os.set_blocking(stderr, False)
    with suppress(BlockingIOError):
        while True:
            os.write(stderr, b"x" * 512)
    os.set_blocking(stderr, True)
    try:
        ended = run("", stderr=stderr)
        assert (ended.returncode, ids(ended.stdout)) == (0, [0, 1, 2])
        assert os.get_blocking(stderr)
    finally:
        os.close(unread)
        os.close(stderr)


@pytest.mark.parametrize(
    ("sink", "environ"),
    [("", {}), (">$FILE", {"INCIDENT_DESK_TIMEOUT_S": "x"})],
    ids=["pipe", "file"],
)
@pytest.mark.slow
def test_a_stderr_that_is_also_stdout_leaves_only_answers(
    tmp_path: Path, sink: str, environ: dict[str, str]
) -> None:
    file = tmp_path / "output"
    environ = {**ENVIRON, **environ, "INCIDENT_DESK_LOG_LEVEL": "debug", "FILE": str(file)}
    ended = run(f"{sink} 2>&1", env=environ)
    output = file.read_bytes() if sink else ended.stdout
    assert (ended.returncode, ids(output)) == (0, [0, 1, 2])


@pytest.fixture
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in KEYS.values():
        monkeypatch.delenv(name, raising=False)


def terminal_output(*keys: bytes) -> tuple[int, str]:
    """Run the server in a terminal, and press *keys* after it has said how to end it.

    Returns the exit code, and what the terminal shows.
    """
    with terminal() as screen:
        output = screen.read(*keys, hint=b"Ctrl-C ends it.")
    return screen.process.returncode, output


@pytest.mark.usefixtures("no_keys")
def test_in_a_terminal_the_server_says_what_it_waits_for_and_ctrl_c_ends_it() -> None:
    code, screen = terminal_output(b"\x03")
    assert code == 0
    for expected in (
        "waits for the messages of a client",
        "incident-desk demo",
        "incident-desk --help",
        "ROOTLY_API_TOKEN or INCIDENT_IO_API_KEY",
    ):
        assert expected in screen
    assert "Traceback" not in screen


@pytest.mark.usefixtures("no_keys")
def test_what_the_server_says_in_a_terminal_is_not_in_the_way_of_a_client() -> None:
    ping = json.dumps(request("ping", 7)).encode()
    code, screen = terminal_output(ping + b"\n", b"\x04")
    assert code == 0
    assert '{"jsonrpc":"2.0","id":7,"result":{}}\n' in screen


def test_without_a_terminal_the_server_says_nothing_about_waiting() -> None:
    assert b"waits for" not in run("").stderr


@pytest.mark.parametrize("redirections", ["<&-", "<&- 2>&-", "<&- >&-", "<&- >&- 2>&-"])
def test_a_closed_stdin_is_the_end(redirections: str) -> None:
    ended = run(redirections, input=None)
    assert (ended.returncode, ended.stdout) == (0, b"")
    assert b"Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("redirections", "lines"),
    [(">&-", b""), (">&-", ASKED), (">&- 2>&-", b""), (">/dev/full", ASKED)],
    ids=["closed", "closed and asked", "closed like stderr", "full"],
)
def test_a_stdout_that_takes_nothing_is_the_end(redirections: str, lines: bytes) -> None:
    with subprocess.Popen(
        ["sh", "-c", f'exec "$0" -m server {redirections}', sys.executable],
        cwd=ROOT,
        env=ENVIRON,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        process.stdin.write(lines)
        process.stdin.flush()
        # Stdin stays open: the server ends because nobody can read its answers.
        assert process.wait(20) == 0
        assert process.stdout.read() == b""
        assert b"Traceback" not in process.stderr.read()


@pytest.mark.slow
def test_what_is_printed_to_a_closed_stderr_does_not_land_on_stdout() -> None:
    environ = {**ENVIRON, "INCIDENT_DESK_TIMEOUT_S": "x"}
    wrong = run("2>&-", env=environ)
    assert (wrong.returncode, ids(wrong.stdout)) == (0, [0, 1, 2])
    stopped = run("2>&-", "tools", env=environ)
    assert (stopped.returncode, stopped.stdout) == (2, b"")
    called = run("2>&-", "call", "list_incidents")
    assert (called.returncode, json.loads(called.stdout).keys()) == (1, {"error"})


def test_a_file_opened_after_the_start_does_not_take_the_number_of_a_closed_stream() -> None:
    program = """
import os
from server.standard_streams import open_missing_streams
open_missing_streams()
print(os.open(os.devnull, os.O_RDONLY) > 2, flush=True)
"""
    command = ["sh", "-c", 'exec "$0" -c "$1" <&- 2>&-', sys.executable, program]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=20, check=False)
    assert ended.stdout == b"True\n"


def test_what_stderr_takes_arrives_whole() -> None:
    program = """
import sys
from server.standard_streams import drop_unread_stderr
drop_unread_stderr()
print("ü" * 10_000, file=sys.stderr)
print("\\ud800", file=sys.stderr)
"""
    command = [sys.executable, "-c", program]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=20, check=False)
    assert ended.stderr.decode() == "ü" * 10_000 + "\n\\ud800\n"
