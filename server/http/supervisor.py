"""A supervisor for several server processes, and the handling of SIGHUP."""

import asyncio
import logging
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

import uvicorn
from prometheus_client.multiprocess import mark_process_dead
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess
from uvicorn.supervisors.multiprocess import Process

logger = logging.getLogger(__name__)

_SIGHUP = {signal.SIGHUP} if hasattr(signal, "SIGHUP") else set()
"""Empty on Windows, which has no such signal."""


def block_sighup() -> None:
    """Block SIGHUP in this process and its future children, until `on_sighup` is called.

    Otherwise the signal would end a process that is still starting.
    """
    if _SIGHUP:
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGHUP)


def on_sighup(callback: Callable[[], None]) -> None:
    """Call *callback* in the running event loop for each SIGHUP, also for one that was blocked."""
    if _SIGHUP:
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, callback)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGHUP)


def stop_with_parent() -> None:
    """In a child process: send SIGTERM to this process when its parent process has ended."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def wait() -> None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="stop with parent", daemon=True).start()


class _SignalSafeEvent:
    """The methods of `threading.Event` that uvicorn's supervisor calls.

    In a signal handler, `threading.Event.set` itself can deadlock.
    """

    def __init__(self) -> None:
        self._is_set = False

    def set(self) -> None:
        self._is_set = True

    def is_set(self) -> bool:
        return self._is_set

    def wait(self, timeout: float) -> bool:
        if not self._is_set:
            time.sleep(timeout)
        return self._is_set


class Supervisor(Multiprocess):
    """uvicorn's supervisor, with three differences. It replaces each process that has ended.

    - It does not check whether a process hangs. For that, uvicorn waits up to 30 s for the answer
      of a process that is starting, and handles no signal meanwhile.
    - At SIGTERM or SIGINT, this process and all others close the socket immediately. uvicorn's
      supervisor keeps it open until the last process has ended. Clients could then connect, and
      nobody would answer.
    - SIGHUP is sent to every process, which then reloads its accounts. uvicorn would replace the
      processes one by one.
    """

    def __init__(self, config: uvicorn.Config, sockets: Sequence[socket.socket]) -> None:
        super().__init__(config, [*sockets])
        self.should_exit = _SignalSafeEvent()  # type: ignore[assignment]
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self._stop())

    def _stop(self) -> None:
        self.should_exit.set()
        for listener in self.sockets:
            listener.close()
        self._send_to_all(signal.SIGTERM)

    def handle_signals(self) -> None:
        super().handle_signals()
        if _SIGHUP & signal.sigpending():
            signal.sigwait(_SIGHUP)
            self.handle_hup()

    def keep_subprocess_alive(self) -> None:
        for index, process in enumerate(self.processes):
            if self.should_exit.is_set():
                return
            if process.process.is_alive():
                continue
            process.join()
            # Its gauges must not count any more.
            mark_process_dead(process.process.pid)  # type: ignore[no-untyped-call]
            if process.exitcode == STARTUP_FAILURE:
                self.should_exit.set()
                return
            logger.error(
                "A process has ended (exit code %s). A new one is started.", process.exitcode
            )
            self.processes[index] = Process(self.config, self.sockets)
            self.processes[index].start()

    def handle_hup(self) -> None:
        self._send_to_all(signal.SIGHUP)

    def _send_to_all(self, number: int) -> None:
        for process in self.processes:
            with suppress(ProcessLookupError):
                os.kill(process.process.pid, number)  # type: ignore[arg-type]
