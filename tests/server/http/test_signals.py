"""SIGHUP, SIGTERM and SIGKILL, sent to one process and to several."""

import os
import signal
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.server.http.served import Peer, Process, SlowVendor, ask, request
from tests.server.http.test_accounts import ALICE, ALICES, BOB, BOBS
from tests.server.http.test_cancellation import call
from tests.slow import slow
from tests.tcp_server import is_refused
from tests.waiting import wait_until

WORKERS = pytest.mark.parametrize("workers", ["1", *slow(["2"])])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "accounts.toml"
    file.write_text(ALICES, encoding="utf-8")
    return file


def start_server(vendor: SlowVendor, file: Path, workers: str, **environ: str) -> Process:
    """A server whose processes have all started: each has logged a SIGHUP."""
    environ |= {**vendor.environ, "INCIDENT_DESK_HTTP_ACCOUNTS_FILE": str(file)}
    process = Process("--workers", workers, **environ)
    process.reload(int(workers), "The accounts were read again. There are 1.")
    return process


def wait_for_all_processes(holds: Callable[[], bool]) -> None:
    """Wait until *holds* is true 12 times in a row, because any of the processes may answer."""
    wait_until(lambda: all(holds() for _ in range(12)))


def statuses(process: Process) -> tuple[int, int]:
    """The statuses of a request of Alice's and of one of Bob's."""
    alice, _, _ = ask(process.port, request(Authorization=f"Bearer {ALICE}"))
    bob, _, _ = ask(process.port, request(Authorization=f"Bearer {BOB}"))
    return alice, bob


@pytest.mark.slow
@WORKERS
def test_sighup_reloads_the_accounts_and_loses_no_call(
    workers: str, vendor: SlowVendor, file: Path
) -> None:
    with start_server(vendor, file, workers) as process, ExitStack() as stack:
        peers = [stack.enter_context(Peer(process.port)) for _ in range(8)]
        # The same question would be one request to the vendor.
        for number, peer in enumerate(peers, start=1):
            peer.send(call(number, page_size=number))
        for _ in peers:
            vendor.wait_for_request()
        file.write_text(BOBS, encoding="utf-8")
        process.signal(signal.SIGHUP)
        wait_for_all_processes(lambda: statuses(process) == (401, 200))
        vendor.released.set()
        assert all("result" in peer.event() for peer in peers)


@pytest.mark.slow
@WORKERS
def test_a_broken_accounts_file_leaves_the_accounts_as_they_were(
    workers: str, vendor: SlowVendor, file: Path
) -> None:
    with start_server(vendor, file, workers) as process:
        file.write_text(BOBS + "[", encoding="utf-8")
        process.reload(int(workers), "The accounts stay as they were")
        wait_for_all_processes(lambda: statuses(process) == (200, 401))
        file.write_text(ALICES + BOBS, encoding="utf-8")
        process.signal(signal.SIGHUP)
        wait_for_all_processes(lambda: statuses(process) == (200, 200))


@pytest.mark.slow
@WORKERS
def test_the_last_account_can_be_removed(workers: str, vendor: SlowVendor, file: Path) -> None:
    with start_server(vendor, file, workers) as process:
        file.write_text("", encoding="utf-8")
        process.signal(signal.SIGHUP)
        wait_for_all_processes(lambda: statuses(process) == (401, 401))


@pytest.mark.slow
@WORKERS
def test_a_server_without_accounts_survives_sighup(workers: str, vendor: SlowVendor) -> None:
    with Process("--workers", workers, **vendor.environ) as process:
        process.signal(signal.SIGHUP)
        wait_for_all_processes(lambda: ask(process.port, request())[0] == 200)


@pytest.mark.slow
@WORKERS
def test_after_sigterm_connections_are_refused_while_calls_are_finished(
    workers: str, vendor: SlowVendor, file: Path
) -> None:
    with start_server(vendor, file, workers) as process, Peer(process.port) as peer:
        peer.send(call(1))
        vendor.wait_for_request()
        process.ask_to_stop()
        wait_until(lambda: is_refused(process.port))
        vendor.released.set()
        assert "result" in peer.event()
        assert process.stopped() == (0, "")


@pytest.mark.slow
def test_child_processes_stop_when_their_parent_is_killed(vendor: SlowVendor, file: Path) -> None:
    with start_server(vendor, file, "2") as process, Peer(process.port) as peer:
        peer.send(call(1))
        vendor.wait_for_request()
        children = process.children()
        assert len(children) >= 2
        process.signal(signal.SIGKILL)
        wait_until(lambda: is_refused(process.port))
        vendor.released.set()
        assert "result" in peer.event()
        wait_until(lambda: not any(is_alive(child) for child in children))


@pytest.mark.slow
def test_a_process_that_ends_is_replaced_and_the_log_says_so(
    vendor: SlowVendor, file: Path
) -> None:
    with start_server(vendor, file, "2") as process:
        os.kill(process.workers()[0], signal.SIGKILL)
        assert "A process has ended (exit code -9). A new one is started." in process.log_line()
        wait_until(lambda: len(process.workers()) == 2)
        process.ask_to_stop()
        # This also works while the new one is starting.
        assert process.stopped()[0] == 0


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    state = stat.rpartition(")")[2].split()[0]
    return state != "Z"
