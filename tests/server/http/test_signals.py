"""SIGHUP, SIGTERM and SIGKILL, sent to one process and to several."""

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.server.http.served import Peer, Process, SlowVendor, ask, request
from tests.server.http.test_accounts import ALICE, ALICES, BOB, BOBS
from tests.server.http.test_cancellation import call
from tests.slow import slow

WORKERS = pytest.mark.parametrize("workers", ["1", *slow(["2"])])


@pytest.fixture
def vendor() -> Iterator[SlowVendor]:
    with SlowVendor() as vendor:
        yield vendor


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "accounts.toml"
    file.write_text(ALICES, encoding="utf-8")
    return file


def serving(vendor: SlowVendor, file: Path, workers: str) -> Process:
    """A service whose processes have all started: each one answers a SIGHUP in the log."""
    process = Process(
        "--workers", workers, **vendor.environ, INCIDENT_DESK_HTTP_ACCOUNTS_FILE=str(file)
    )
    process.signal(signal.SIGHUP)
    for _ in range(int(workers)):
        assert "The accounts were read again. There are 1." in process.said()
    return process


def until(is_so: Callable[[], bool]) -> None:
    """Wait until *is_so*, and then see that it stays so: each of several processes may answer."""
    deadline = time.monotonic() + 20
    in_a_row = 0
    while in_a_row < 12:
        in_a_row = in_a_row + 1 if is_so() else 0
        assert time.monotonic() < deadline
        time.sleep(0.02)


def statuses(process: Process) -> tuple[int, int]:
    """What Alice gets, and Bob."""
    alice, bob = (
        ask(process.port, request(Authorization=f"Bearer {token}"))[0] for token in (ALICE, BOB)
    )
    return alice, bob


@WORKERS
def test_sighup_reads_the_accounts_again_and_loses_no_call(
    workers: str, vendor: SlowVendor, file: Path
) -> None:
    with serving(vendor, file, workers) as process, ExitStack() as stack:
        calling = [
            stack.enter_context(Peer(process.port)).send(call(number)) for number in range(8)
        ]
        for _ in calling:
            vendor.arrived.acquire()
        file.write_text(BOBS, encoding="utf-8")
        process.signal(signal.SIGHUP)
        until(lambda: statuses(process) == (401, 200))
        vendor.released.set()
        assert all("result" in peer.event() for peer in calling)


@WORKERS
def test_a_broken_accounts_file_leaves_the_accounts_as_they_were(
    workers: str, vendor: SlowVendor, file: Path
) -> None:
    with serving(vendor, file, workers) as process:
        file.write_text(BOBS + "[", encoding="utf-8")
        process.signal(signal.SIGHUP)
        for _ in range(int(workers)):
            assert "The accounts stay as they were" in process.said()
        until(lambda: statuses(process) == (200, 401))
        file.write_text(ALICES + BOBS, encoding="utf-8")
        process.signal(signal.SIGHUP)
        until(lambda: statuses(process) == (200, 200))


@WORKERS
def test_the_last_token_can_be_taken_away(workers: str, vendor: SlowVendor, file: Path) -> None:
    with serving(vendor, file, workers) as process:
        file.write_text("", encoding="utf-8")
        process.signal(signal.SIGHUP)
        until(lambda: statuses(process) == (401, 401))


@WORKERS
def test_a_service_without_accounts_survives_sighup(workers: str, vendor: SlowVendor) -> None:
    with Process("--workers", workers, **vendor.environ) as process:
        process.signal(signal.SIGHUP)
        until(lambda: ask(process.port, request())[0] == 200)


@WORKERS
def test_after_sigterm_connections_are_refused_while_calls_are_finished(
    workers: str, vendor: SlowVendor, file: Path
) -> None:
    with serving(vendor, file, workers) as process, Peer(process.port) as peer:
        peer.send(call(1))
        vendor.arrived.acquire()
        process.ask_to_stop()
        until(lambda: is_refused(process.port))
        vendor.released.set()
        assert "result" in peer.event()
        assert process.stopped() == (0, "")


def is_refused(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except ConnectionError:
        return True
    return False


@pytest.mark.slow
def test_processes_end_when_the_one_that_started_them_is_killed(
    vendor: SlowVendor, file: Path
) -> None:
    with serving(vendor, file, "2") as process, Peer(process.port) as peer:
        peer.send(call(1))
        vendor.arrived.acquire()
        children = process.children()
        assert len(children) >= 2
        process.signal(signal.SIGKILL)
        until(lambda: is_refused(process.port))
        vendor.released.set()
        assert "result" in peer.event()
        until(lambda: not any(is_alive(child) for child in children))


@pytest.mark.slow
def test_a_process_that_ends_is_replaced_and_the_log_says_so(
    vendor: SlowVendor, file: Path
) -> None:
    with serving(vendor, file, "2") as process:
        os.kill(process.workers()[0], signal.SIGKILL)
        assert "A process has ended (exit code -9). A new one is started." in process.said()
        until(lambda: len(process.workers()) == 2)
        process.ask_to_stop()
        # Also while the new one is starting.
        assert process.stopped()[0] == 0


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return (
        not Path(f"/proc/{pid}/stat")
        .read_text(encoding="utf-8")
        .rpartition(")")[2]
        .startswith(" Z")
    )
