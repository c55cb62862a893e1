"""Several processes that serve one socket, and what signals mean to them and to a single one."""

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
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess
from uvicorn.supervisors.multiprocess import Process

logger = logging.getLogger(__name__)

_HANGUP = {signal.SIGHUP} if hasattr(signal, "SIGHUP") else set()


def hold_hangup() -> None:
    """Keep SIGHUP pending, here and in processes started from here, until `on_hangup` says what to do.

    By default it would end a process that is still starting.
    """
    if _HANGUP:
        signal.pthread_sigmask(signal.SIG_BLOCK, _HANGUP)


def on_hangup(act: Callable[[], None]) -> None:
    """Call *act* in the running event loop on each SIGHUP, and at once if there was one meanwhile."""
    if _HANGUP:
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, act)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _HANGUP)


def end_with_parent() -> None:
    """Stop as on SIGTERM when the process that started this one has ended. For a process of `Processes`."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def wait() -> None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="end with parent", daemon=True).start()


class _Flag:
    """What a supervisor needs of `threading.Event`, whose `set` can deadlock in a signal handler."""

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


class Processes(Multiprocess):
    """uvicorn's supervisor, which starts a new process where one has ended.

    It does not ask whether a process hangs: uvicorn waits up to 30 s for the answer of one that is starting, and acts on no
    signal meanwhile. And two signals differ. On SIGTERM and SIGINT the socket is closed at once, here and in every process:
    uvicorn keeps it open here until the last process has ended, and connections are accepted that nobody will serve. SIGHUP
    is passed on, so that each process reads its accounts again: uvicorn replaces the processes one by one.
    """

    def __init__(self, config: uvicorn.Config, sockets: Sequence[socket.socket]) -> None:
        super().__init__(config, [*sockets])
        self.should_exit = _Flag()  # type: ignore[assignment]
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self._stop())

    def _stop(self) -> None:
        self.should_exit.set()
        for listener in self.sockets:
            listener.close()
        self._pass_on(signal.SIGTERM)

    def handle_signals(self) -> None:
        super().handle_signals()
        if _HANGUP & signal.sigpending():
            signal.sigwait(_HANGUP)
            self.handle_hup()

    def keep_subprocess_alive(self) -> None:
        for index, process in enumerate(self.processes):
            if self.should_exit.is_set():
                return
            if process.process.is_alive():
                continue
            process.join()
            if process.exitcode == STARTUP_FAILURE:
                self.should_exit.set()
                return
            logger.error(
                "A process has ended (exit code %s). A new one is started.", process.exitcode
            )
            self.processes[index] = Process(self.config, self.sockets)
            self.processes[index].start()

    def handle_hup(self) -> None:
        self._pass_on(signal.SIGHUP)

    def _pass_on(self, number: int) -> None:
        for process in self.processes:
            with suppress(ProcessLookupError):
                os.kill(process.process.pid, number)  # type: ignore[arg-type]
