"""The drain: after SIGTERM, requests are accepted until load balancers have noticed."""

import json
import os
import signal
import threading
from itertools import count
from pathlib import Path

import pytest

from tests.server.http.served import Peer, Process, SlowVendor, ask, request
from tests.server.http.test_accounts import ALICE, ALICES, BOBS
from tests.server.http.test_cancellation import call
from tests.server.http.test_signals import (
    WORKERS,
    is_alive,
    start_server,
    statuses,
    wait_for_all_processes,
)
from tests.tcp_server import is_refused
from tests.waiting import wait_until

HEALTH = request("", method="GET", path="/healthz")
READINESS = request("", method="GET", path="/readyz")
EXCLUDING = request("", method="GET", path="/readyz?exclude=vendors")
LONG = {"INCIDENT_DESK_HTTP_DRAIN_S": "600"}
"""The drain lasts until the test ends it."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "accounts.toml"
    file.write_text(ALICES, encoding="utf-8")
    return file


def start_drain(process: Process) -> None:
    """SIGTERM, and wait until every process closes its connections."""
    assert ask(process.port, HEALTH)[0] == 200
    process.ask_to_stop()
    wait_for_all_processes(lambda: "connection" in ask(process.port, HEALTH)[1])


@WORKERS
def test_a_draining_server_is_not_ready_and_answers_calls(
    workers: str, vendor: SlowVendor, file: Path
) -> None:
    vendor.released.set()
    with start_server(vendor, file, workers, **LONG) as process:
        start_drain(process)
        for asked in (READINESS, EXCLUDING):
            status, _, body = ask(process.port, asked)
            reason = {"status": "not ready", "reason": "draining"}
            assert (status, json.loads(body)) == (503, reason)
        assert ask(process.port, HEALTH)[0] == 200
        process.ask_to_stop()
        with Peer(process.port) as peer:
            assert "result" in peer.send(call(1)).event()
        end_at_once(process)


def end_at_once(process: Process) -> None:
    """As Ctrl-C in a terminal, which reaches every process."""
    for pid in [process.pid, *process.workers()]:
        os.kill(pid, signal.SIGINT)
    assert process.stopped()[0] == 0


@pytest.mark.slow
def test_each_answer_of_a_draining_server_closes_its_connection(
    vendor: SlowVendor, file: Path
) -> None:
    sent = request(Authorization=f"Bearer {ALICE}")
    with start_server(vendor, file, "1", **LONG) as process, Peer(process.port) as idle:
        assert "connection" not in idle.send(sent).answer()[1]
        start_drain(process)
        status, headers, _ = idle.send(sent).answer()
        assert (status, headers["connection"]) == (200, "close")
        assert idle.status() == 0
        metrics = request("", method="GET", path="/metrics", Authorization=f"Bearer {ALICE}")
        assert "incident_desk_draining 1.0" in ask(process.port, metrics)[2]
        end_at_once(process)


@pytest.mark.slow
@WORKERS
def test_after_the_drain_connections_are_refused_while_calls_are_finished(
    workers: str, vendor: SlowVendor, file: Path
) -> None:
    drain = {"INCIDENT_DESK_HTTP_DRAIN_S": "0.5"}
    with (
        start_server(vendor, file, workers, **drain) as process,
        Peer(process.port) as peer,
    ):
        peer.send(call(1))
        vendor.wait_for_request()
        process.ask_to_stop()
        wait_until(lambda: is_refused(process.port))
        vendor.released.set()
        assert "result" in peer.event()
        assert process.stopped() == (0, "")


@pytest.mark.slow
@WORKERS
def test_a_draining_server_reloads_its_accounts(
    workers: str, vendor: SlowVendor, file: Path
) -> None:
    with start_server(vendor, file, workers, **LONG) as process:
        start_drain(process)
        file.write_text(BOBS, encoding="utf-8")
        process.signal(signal.SIGHUP)
        wait_for_all_processes(lambda: statuses(process) == (401, 200))
        end_at_once(process)


@pytest.mark.slow
@pytest.mark.parametrize("is_draining_before", [False, True], ids=["before", "in the drain"])
def test_processes_whose_parent_was_killed_do_not_drain(
    is_draining_before: bool, vendor: SlowVendor, file: Path
) -> None:
    with start_server(vendor, file, "2", **LONG) as process, Peer(process.port) as peer:
        children = process.children()
        peer.send(call(1))
        vendor.wait_for_request()
        if is_draining_before:
            start_drain(process)
        process.signal(signal.SIGKILL)
        wait_until(lambda: is_refused(process.port))
        vendor.released.set()
        assert "result" in peer.event()
        wait_until(lambda: not any(is_alive(child) for child in children))


@pytest.mark.slow
@pytest.mark.parametrize("drain", ["0", "1"])
def test_a_stop_loses_no_request_on_open_connections(
    drain: str, vendor: SlowVendor, file: Path
) -> None:
    """Each client uses its connection until an answer closes it, as proxies do."""
    lost: list[str] = []
    started = threading.Barrier(9, timeout=60)
    with start_server(vendor, file, "1", INCIDENT_DESK_HTTP_DRAIN_S=drain) as process:

        def use_connection() -> None:
            with Peer(process.port) as peer:
                for number in count():
                    status, headers, _ = peer.send(request(Authorization="Bearer no")).answer()
                    if status != 401:
                        lost.append(f"request {number} got {status}")
                    if status == 0 or headers.get("connection") == "close":
                        return
                    if number == 10:
                        started.wait()

        clients = [threading.Thread(target=use_connection) for _ in range(8)]
        for client in clients:
            client.start()
        started.wait()
        process.ask_to_stop()
        for client in clients:
            client.join()
        assert process.stopped()[0] == 0
    assert lost == []
