"""The audit log and the log: readers that stall or leave, and full disks."""

import fcntl
import json
import logging
import os
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from server.http.audit_log import AuditLog
from server.http.call import Call
from server.http.line_writer import MAX_LINE_BYTES, LineWriter
from server.http.principal import Principal
from tests.server.http.served import Peer, Process, Vendor, ask, call, request
from tools.catalogue import load_tools
from tools.schema import complete_schema

SCHEMAS = {tool.name: complete_schema(tool.arguments) for tool in load_tools()}


def maximal(tool: str) -> dict[str, Any]:
    """Every argument of *tool*. Those with an enum have a hundred long values."""
    arguments: dict[str, Any] = {}
    for name, schema in SCHEMAS[tool]["properties"].items():
        values = schema.get("items", schema).get("enum")
        arguments[name] = [max(values, key=len)] * 100 if values else "x" * 100
    return arguments


MAXIMAL = call(maximal("list_incidents"))
READY = request("", method="GET", path="/readyz")
METRICS = request("", method="GET", path="/metrics")


@contextmanager
def pipe() -> Iterator[tuple[int, int]]:
    """The two ends of a pipe that holds only one line."""
    ends = os.pipe()
    fcntl.fcntl(ends[1], fcntl.F_SETPIPE_SZ, MAX_LINE_BYTES)
    try:
        yield ends
    finally:
        for end in ends:
            os.close(end)


def readiness(port: int) -> tuple[int, dict[str, Any]]:
    status, _, body = ask(port, READY)
    content: dict[str, Any] = json.loads(body)
    return status, content


def lines_lost(port: int) -> float:
    numbers = ask(port, METRICS)[2]
    lines = [line.split() for line in numbers.splitlines() if not line.startswith("#")]
    return float(
        next(line[1] for line in lines if line[0] == "incident_desk_audit_lines_lost_total")
    )


def fill(port: int) -> None:
    """Make more calls than the pipe and the queue can hold lines."""
    with Peer(port) as peer:
        for _ in range(320):
            assert peer.send(MAXIMAL).status() == 200


@pytest.mark.slow
def test_calls_go_on_and_a_stop_succeeds_while_nobody_reads_the_audit_log() -> None:
    with (
        Vendor() as vendor,
        pipe() as (_, stdout),
        Process(stdout=stdout, **vendor.environ) as process,
    ):
        fill(process.port)
        assert lines_lost(process.port) > 0
        with Peer(process.port) as peer:
            peer.send(READY)
            vendor.request()
            vendor.answer()
            status, _, body = peer.answer()
            ready = json.loads(body)
            peer.send(call({"view": "table"}))
            vendor.request()
            process.ask_to_stop()
            vendor.answer()
            assert peer.status() == 200
        code, log = process.stopped()
    assert (status, ready["status"], code) == (200, "ready", 0)
    assert "the audit log loses lines: its reader has stalled" in ready["warnings"][0]
    messages = [json.loads(line)["message"] for line in log.splitlines()]
    assert messages[0] == "The audit log loses lines: its reader has stalled."
    assert messages[1].startswith("The audit log ends. Lines lost: ")
    assert len(messages) == 2


@pytest.mark.slow
def test_the_audit_log_goes_on_with_whole_lines_when_its_reader_returns() -> None:
    with pipe() as (reader, stdout), Process("--sandbox", stdout=stdout) as process:
        fill(process.port)
        lost = lines_lost(process.port)
        with os.fdopen(os.dup(reader), "rb") as audit:
            lines = [audit.readline() for _ in range(320 - int(lost))]
            assert ask(process.port, call({"view": "table"}))[0] == 200
            lines.append(audit.readline())
        assert all(json.loads(line)["tool"] == "list_incidents" for line in lines)
        assert json.loads(lines[-1])["arguments"] == {"view": "table"}
        assert readiness(process.port) == (200, {"status": "ready"})
        process.ask_to_stop()
        _, log = process.stopped()
    assert f"The audit log is written again. Lines lost: {lost:.0f}." in log


@pytest.mark.slow
@pytest.mark.parametrize(
    ("stdout", "reason"), [("pipe", "Broken pipe"), ("/dev/full", "No space left on device")]
)
def test_calls_go_on_and_a_stop_succeeds_when_no_line_can_be_written(
    stdout: str, reason: str
) -> None:
    if stdout == "pipe":
        reader, writer = os.pipe()
        os.close(reader)
    else:
        writer = os.open(stdout, os.O_WRONLY)
    with Process("--sandbox", stdout=writer) as process:
        os.close(writer)
        for _ in range(20):
            assert ask(process.port, call({"view": "table"}))[0] == 200
        process.ask_to_stop()
        code, log = process.stopped()
    assert code == 0
    messages = [json.loads(line)["message"] for line in log.splitlines()]
    assert messages == [
        f"The audit log loses lines: {reason}.",
        "The audit log ends. Lines lost: 20.",
    ]


@pytest.mark.slow
def test_a_line_that_a_full_disk_cuts_off_does_not_damage_the_next(tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    with path.open("wb") as file, Process("--sandbox", stdout=file.fileno()) as process:
        ask(process.port, call({}))
        _, unlimited = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (250, unlimited))
        for _ in range(3):
            assert ask(process.port, call({}))[0] == 200
        # A thread writes the lines: poll until it has tried all three.
        while lines_lost(process.port) < 3:
            pass
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (unlimited, unlimited))
        ask(process.port, call({"view": "table"}))
        process.ask_to_stop()
        assert process.stopped()[0] == 0
    first, cut_off, last = path.read_bytes().splitlines()
    assert json.loads(first)["arguments"] == {}
    assert len(first) + 1 + len(cut_off) == 250
    assert json.loads(last)["arguments"] == {"view": "table"}


@pytest.mark.slow
def test_lines_of_two_processes_are_whole_however_long_their_arguments_are() -> None:
    calls = 400
    reader, stdout = os.pipe()
    with (
        Process("--sandbox", "--workers", "2", stdout=stdout) as process,
        os.fdopen(reader, "rb") as audit,
    ):
        os.close(stdout)
        lines: list[bytes] = []
        reading = threading.Thread(target=lambda: lines.extend(audit))
        reading.start()
        callers = [
            threading.Thread(target=_call, args=(process.port, calls // 8)) for _ in range(8)
        ]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
        process.ask_to_stop()
        assert process.stopped() == (0, "")
        reading.join()
    assert len(lines) == calls
    for line in lines:
        assert len(line) <= MAX_LINE_BYTES
        assert json.loads(line)["tool"] == "list_incidents"


def _call(port: int, times: int) -> None:
    for _ in range(times):
        # A new connection for each call, so both processes get some.
        assert ask(port, MAXIMAL)[0] == 200


@pytest.mark.slow
def test_calls_go_on_and_a_stop_succeeds_while_nobody_reads_the_log() -> None:
    with Process("--sandbox", INCIDENT_DESK_LOG_LEVEL="info") as process:
        fcntl.fcntl(process.stderr, fcntl.F_SETPIPE_SZ, MAX_LINE_BYTES)
        with Peer(process.port) as peer:
            for _ in range(100):
                assert peer.send(call({"page_size": 0})).status() == 200
        process.ask_to_stop()
        assert process.wait() == 0
        process.stopped()


@pytest.mark.parametrize("tool", SCHEMAS)
def test_an_audit_line_is_valid_and_at_most_4_kib_whatever_is_sent(tool: str) -> None:
    lines: list[bytes] = []
    principal = Principal("\N{GRINNING FACE}" * 10_000)
    arguments = maximal(tool) | {f"unknown_{number}": number for number in range(100)}
    call = Call(tool, arguments, is_allowed=True, key="service")
    AuditLog(SCHEMAS, lines.append).record(principal, call, "invalid_arguments", 1e9)
    line = json.loads(lines[0])
    assert len(lines[0]) <= MAX_LINE_BYTES
    assert line["caller"].endswith("\N{GRINNING FACE}(cut)")
    assert line["arguments"]["(unknown)"] == 100
    assert "(cut)" in line["arguments"].values()


def test_an_audit_line_says_which_values_were_cut_and_how_many_arguments_were_left_out() -> None:
    names = [f"argument_{number}_{'x' * 80}" for number in range(100)]
    schema = {"properties": {name: {"items": {"enum": ["a" * 1_500]}} for name in names}}
    lines: list[bytes] = []
    arguments = {name: ["a" * 1_500] for name in names}
    call = Call("tool", arguments, is_allowed=True)
    AuditLog({"tool": schema}, lines.append).record(Principal("ada"), call, "ok", 0)
    redacted = json.loads(lines[0])["arguments"]
    omitted = redacted.pop("(cut)")
    assert redacted[names[0]] == ["a" * 1_500]
    assert redacted[names[5]] == "(cut)"
    assert omitted == 100 - len(redacted)


def test_a_list_of_too_many_values_is_cut_without_checking_them() -> None:
    lines: list[bytes] = []
    arguments = {"status": ["closed"] * 10_000, "services": ["ada"] * 10_000}
    call = Call("list_incidents", arguments, is_allowed=True)
    AuditLog(SCHEMAS, lines.append).record(Principal("ada"), call, "ok", 0)
    assert json.loads(lines[0])["arguments"] == {"status": "(cut)", "services": "*"}


def test_a_pipe_that_another_process_made_non_blocking_loses_no_line() -> None:
    with pipe() as (reader, writer):
        os.set_blocking(writer, False)
        line_writer = LineWriter(writer, "test")
        sent = [b"%d" % number * 1_000 + b"\n" for number in range(100)]
        for line in sent:
            line_writer.write(line)
        with os.fdopen(os.dup(reader), "rb") as reading:
            assert [reading.readline() for _ in sent] == sent
        line_writer.close()
        assert line_writer.problem is None


@pytest.mark.slow
def test_a_writer_reports_a_stalled_reader_before_a_line_is_lost(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with pipe() as (reader, writer):
        line_writer = LineWriter(writer, "test")
        for _ in range(3):
            line_writer.write(b"x" * 4_095 + b"\n")
        while line_writer.problem is None:
            pass
        assert line_writer.problem == "the test waits: its reader has stalled"
        with caplog.at_level(logging.WARNING):
            line_writer.close(timeout_s=0)
        assert [record.message for record in caplog.records] == [
            "The test loses lines: its reader has stalled.",
            "The test ends. Lines lost: 2.",
        ]
        os.read(reader, 100_000)
