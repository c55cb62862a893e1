"""How the process of a command ends: on signals, and on output that nobody takes."""

import fcntl
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sandbox.serving import Sandbox
from tests.server.client import initialize, request
from tests.server.shell import COMMAND, ROOT, run_process
from tests.server.terminal import terminal
from tests.slow import slow

pytestmark = [
    pytest.mark.usefixtures("no_settings"),
    pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals and pipes"),
]

CALL = ("call", "list_incidents", "--sandbox")
COMMANDS = [
    [*CALL],
    *slow(
        [
            [*CALL, "--format", "table"],
            [*CALL, "--format", "csv"],
            [*CALL, "--all"],
            [*CALL, "--help"],
            ["tools", "--sandbox"],
            ["demo"],
            ["sandbox", "--port", "0"],
            ["sandbox", "--help"],
            ["board", "--sandbox"],
            ["--help"],
            ["--version"],
        ]
    ),
]
EACH_COMMAND = pytest.mark.parametrize("command", COMMANDS, ids=" ".join)


@contextmanager
def pipe_without_reader() -> Iterator[int]:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        yield writer
    finally:
        os.close(writer)


def messages(stderr: bytes) -> list[str]:
    """The lines on stderr, without the one that says that the data is made up."""
    return [line for line in stderr.decode().splitlines() if "made up" not in line]


@EACH_COMMAND
def test_a_closed_pipe_is_a_quiet_end(command: list[str]) -> None:
    with pipe_without_reader() as stdout:
        ended = run_process(*command, stdout=stdout)
    assert ended.returncode == 128 + signal.SIGPIPE
    assert messages(ended.stderr) == []


@EACH_COMMAND
def test_a_full_disk_is_an_error_in_one_line(command: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        ended = run_process(*command, stdout=full)
    assert ended.returncode == 74
    expected = "incident-desk: cannot write to standard output: No space left on device"
    assert messages(ended.stderr) == [expected]


def test_a_closed_stdout_is_an_error_too() -> None:
    ended = subprocess.run(
        ["sh", "-c", 'exec "$0" -m server --version >&-', sys.executable],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (74, b"")
    assert len(messages(ended.stderr)) == 1


def test_a_closed_stdin_has_no_arguments() -> None:
    ended = subprocess.run(
        ["sh", "-c", 'exec "$0" -m server call list_incidents - <&-', sys.executable],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (2, b"")
    assert b"the arguments are not valid JSON" in ended.stderr
    assert b"Traceback" not in ended.stderr


@pytest.mark.parametrize("redirection", ["2>/dev/full", "2>&-"])
@pytest.mark.slow
def test_a_stderr_that_takes_nothing_changes_no_result(redirection: str) -> None:
    ended = subprocess.run(
        ["sh", "-c", f'exec "$0" -m server "$@" {redirection}', sys.executable, *CALL],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert ended.returncode == 0
    assert ended.stdout.startswith(b'{"incidents":[')


def test_a_reader_that_leaves_early_ends_the_walk(served: Sandbox) -> None:
    """The second page is not asked for before the reader has gone."""
    gone = threading.Event()
    served.script.before(2, lambda _: gone.wait(20))
    words = ("call", "list_incidents", "--all", "created_at.gte=2026-09-01", "page_size=10")
    with subprocess.Popen(
        [*COMMAND, *words], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.stdout.close()
        gone.set()
        assert process.wait(30) == 128 + signal.SIGPIPE
        assert messages(process.stderr.read()) == []
    assert served.script.count() < 4


@pytest.mark.parametrize("words", [["page_size=5"], *slow([["--all"], ["group_by=severity"]])])
def test_ctrl_c_in_a_terminal_ends_a_call(served: Sandbox, words: list[str]) -> None:
    arrived = threading.Event()
    served.script.turn(1, fault="delay:30")
    served.script.before(1, lambda _: arrived.set())
    with terminal("call", "list_incidents", *words) as tty:
        assert arrived.wait(30)
        tty.press(b"\x03")
        output = tty.read()
    assert tty.process.returncode == 130
    assert output == "^C"


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), pytest.param(signal.SIGTERM, 143, marks=pytest.mark.slow)],
)
def test_a_signal_ends_a_call_after_whole_rows(
    served: Sandbox, number: signal.Signals, code: int
) -> None:
    arrived = threading.Event()
    served.script.turn(2, fault="delay:30")
    served.script.before(2, lambda _: arrived.set())
    words = ("call", "list_incidents", "--all", "fields=title", "page_size=3")
    with subprocess.Popen(
        [*COMMAND, *words], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert arrived.wait(30)
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    assert process.returncode == code
    assert out.count(b"}\n") == 3
    assert messages(err) == []


@pytest.mark.parametrize("module", ["server.settings", "server.commands.parser", "anyio"])
def test_ctrl_c_while_modules_are_imported_is_a_quiet_end(module: str) -> None:
    program = f"""
import sys

class Interrupt:
    def find_spec(self, name, *_):
        if name == {module!r}:
            raise KeyboardInterrupt

sys.meta_path.insert(0, Interrupt())
from incident_desk import main
sys.exit(main())
"""
    command = [sys.executable, "-c", program, *CALL]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    assert (ended.returncode, ended.stdout) == (130, b"")
    assert messages(ended.stderr) == []


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_demo(number: signal.Signals, code: int) -> None:
    reader, writer = os.pipe()
    # The demo prints more than the pipe holds, so it cannot have ended when the signal comes.
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4_096)
    with subprocess.Popen(
        [*COMMAND, "demo"], cwd=ROOT, stdout=writer, stderr=subprocess.PIPE
    ) as process:
        os.close(writer)
        assert process.stderr
        assert os.read(reader, 10) == b"\n# What is"
        process.send_signal(number)
        with os.fdopen(reader, "rb") as rest:
            rest.read()
        assert process.wait(30) == code
        assert messages(process.stderr.read()) == []


@pytest.mark.parametrize("number", slow([signal.SIGINT, signal.SIGTERM]))
@pytest.mark.parametrize("command", ["sandbox", "board"])
def test_a_signal_is_the_usual_end_of_a_command_that_serves(
    command: str, number: signal.Signals
) -> None:
    with subprocess.Popen(
        [*COMMAND, "--sandbox", command, "--port", "0"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.send_signal(number)
        assert process.wait(30) == 0
        assert messages(process.stderr.read()) == []


BYTES = {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.mark.parametrize(
    "variables",
    [BYTES, {"PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "latin-1", **BYTES}],
    ids=lambda variables: " ".join(variables),
)
@pytest.mark.slow
def test_text_is_utf_8_whatever_the_locale(served: Sandbox, variables: dict[str, str]) -> None:
    title = "Größe 決済 🔥"
    served.store.create_incident(title=title)
    environ = {**os.environ, **variables}
    words = ("call", "list_incidents", f"search={title}", "fields=title")
    for form in ("json", "csv", "table"):
        ended = run_process(*words, "--format", form, env=environ)
        assert ended.returncode == 0, ended.stderr
        assert title in ended.stdout.decode()


@pytest.mark.slow
@pytest.mark.parametrize("variables", [{}, BYTES], ids=["utf-8", "bytes"])
@pytest.mark.parametrize("form", ["json", "table"])
def test_a_word_that_is_not_utf_8_is_refused(variables: dict[str, str], form: str) -> None:
    environ = {**os.environ, **variables}
    word = os.fsdecode(b"sort=caf\xe9")
    ended = run_process(*CALL, word, "--format", form, env=environ)
    assert (ended.returncode, ended.stdout) == (2, b"")
    assert b"is not valid UTF-8" in ended.stderr
    assert b"Traceback" not in ended.stderr


def test_a_bar_shows_progress_on_a_terminal_and_is_gone_at_the_end(served: Sandbox) -> None:
    words = ("call", "list_incidents", "--all", "page_size=20", "created_at.gte=2026-09-01")
    with terminal(*words, stdout=subprocess.DEVNULL) as tty:
        output = tty.read()
    assert tty.process.returncode == 0
    assert re.search(r"Reading .*\d+/\d+", output)
    *_, end = output.split("\x1b[2K")
    assert "Reading" not in end
    assert "\x1b[?25h" in output  # The cursor is back.
    assert '{"total":' in end


@pytest.mark.parametrize("form", ["json", *slow(["csv", "table"])])
@pytest.mark.slow
def test_a_bar_is_gone_before_the_answer_is_printed(served: Sandbox, form: str) -> None:
    with terminal("call", "list_incidents", "group_by=severity", "--format", form) as tty:
        output = tty.read()
    before, gone, answer = output.partition("\x1b[?25h\r\x1b[1A\x1b[2K")
    assert "Reading" in before
    assert gone
    assert "severity" not in before
    assert "severity" in answer
    assert "Reading" not in answer


def test_a_bar_is_gone_after_ctrl_c_too(served: Sandbox) -> None:
    arrived = threading.Event()
    served.script.turn(3, fault="delay:30")
    served.script.before(3, lambda _: arrived.set())
    words = ("call", "list_incidents", "--all", "page_size=20", "created_at.gte=2026-09-01")
    with terminal(*words, stdout=subprocess.DEVNULL) as tty:
        assert arrived.wait(30)
        tty.press(b"\x03")
        output = tty.read()
    assert tty.process.returncode == 130
    assert output.rfind("\x1b[?25h") > output.rfind("\x1b[?25l") >= 0
    assert "Traceback" not in output


def test_there_is_no_bar_without_a_terminal(served: Sandbox) -> None:
    words = ("call", "list_incidents", "--all", "page_size=20", "--format", "table")
    ended = run_process(*words, "created_at.gte=2026-09-01")
    assert (ended.returncode, ended.stderr) == (0, b"")


def imported_modules(*command: str, **options: Any) -> set[str]:
    """The modules that a command imports, by Python's own report."""
    ended = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "server", *command],
        cwd=ROOT,
        capture_output=True,
        check=True,
        **options,
    )
    return {*re.findall(r"\|\s+([\w.]+)$", ended.stderr.decode(), re.MULTILINE)}


@pytest.mark.slow
def test_only_tables_load_rich() -> None:
    for form, has_rich in (("json", False), ("csv", False), ("table", True)):
        modules = imported_modules(*CALL, "--format", form)
        assert "httpx" in modules
        assert ("rich" in modules) is has_rich, form


@pytest.mark.slow
def test_a_server_never_loads_rich() -> None:
    questions = [initialize(), request("tools/call", 1, name="list_incidents", arguments={})]
    lines = b"".join(json.dumps(question).encode() + b"\n" for question in questions)
    modules = imported_modules("--sandbox", input=lines)
    assert "httpx" in modules
    assert not modules & {"rich", "pygments", "server.commands.screen"}
