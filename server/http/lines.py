"""Lines for stdout and stderr, written by a thread: a reader that stalls holds up no request."""

import logging
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import cache

from server.http.bounded_log import BoundedLog

logger = logging.getLogger(__name__)

MAX_LINE = 4_096
"""Bytes. Linux writes so much to a pipe in one piece (PIPE_BUF), whatever other processes write."""
_MAX_WAITING = 1024 * 1024
_STALLED_AFTER_S = 1.0
_TRY_AGAIN_AFTER_S = 0.05
_STOP_WITHIN_S = 2.0


class LineWriter:
    """A queue of at most 1 MiB, and a thread that writes each of its lines with one `os.write`.

    `write` never waits and never fails. A line is lost if the queue is full, or if the system
    refuses it (nobody reads the pipe any more, the disk is full). `on_lost` is told how many were.

    The thread is a daemon: the process can end while a write still waits for the reader.
    """

    def __init__(self, fd: int, name: str, on_lost: Callable[[int], None] = lambda _: None) -> None:
        self.name = name
        self.on_lost = on_lost
        self._fd = fd
        self._log = BoundedLog(logger)
        self._changed = threading.Condition()
        self._waiting = deque[bytes]()
        self._waiting_bytes = 0
        self._writing_since: float | None = None
        self._line_is_open = False
        """The last write ended in the middle of a line."""
        self._lost = 0
        """Lines lost since all was well."""
        self._reason = ""
        self._closed = False
        threading.Thread(target=self._run, name=f"writer of the {name}", daemon=True).start()

    def write(self, line: bytes) -> None:
        """Put *line*, which ends with a newline, into the queue."""
        with self._changed:
            has_room = self._waiting_bytes + len(line) <= _MAX_WAITING and not self._closed
            if has_room:
                self._waiting.append(line)
                self._waiting_bytes += len(line)
                self._changed.notify_all()
        if not has_room:
            self._lose(1, "the service has ended" if self._closed else "its reader has stalled")

    @property
    def trouble(self) -> str | None:
        """What is wrong, in words for an operator; None if lines are written as they come."""
        with self._changed:
            if self._lost:
                return f"the {self.name} loses lines: {self._reason} (lost so far: {self._lost})"
            since = self._writing_since
            if since is not None and time.monotonic() - since > _STALLED_AFTER_S:
                return f"the {self.name} waits: its reader has stalled"
        return None

    def flush(self, within_s: float = _STOP_WITHIN_S) -> None:
        """Wait until everything is written, but at most *within_s*."""
        with self._changed:
            self._changed.wait_for(self._is_idle, within_s)

    def close(self, within_s: float = _STOP_WITHIN_S) -> None:
        """Flush, give up what could not be written, and end the thread."""
        self.flush(within_s)
        with self._changed:
            self._closed = True
            left = 0 if self._is_idle() else len(self._waiting) + 1
            self._waiting.clear()
            self._changed.notify_all()
        if left:
            self._lose(left, "its reader has stalled")
        if self._lost:
            self._log.warning(f"The {self.name} ends. Lines lost: {self._lost}.")

    def _is_idle(self) -> bool:
        return not self._waiting and self._writing_since is None

    def _run(self) -> None:
        while (line := self._next()) is not None:
            try:
                self._write(line)
            except OSError as error:
                self._lose(1, error.strerror or type(error).__name__)
            else:
                self._note_success()

    def _next(self) -> bytes | None:
        with self._changed:
            self._writing_since = None
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._waiting or self._closed)
            if not self._waiting:
                return None
            line = self._waiting.popleft()
            self._waiting_bytes -= len(line)
            self._writing_since = time.monotonic()
            return line

    def _write(self, line: bytes) -> None:
        # On a full disk a line may have been cut off. The next one starts on a line of its own.
        rest = b"\n" + line if self._line_is_open else line
        while rest:
            try:
                rest = rest[os.write(self._fd, rest) :]
            except BlockingIOError:
                # Another process that has this pipe made it non-blocking.
                time.sleep(_TRY_AGAIN_AFTER_S)
            else:
                self._line_is_open = bool(rest)

    def _lose(self, count: int, reason: str) -> None:
        with self._changed:
            is_first = not self._lost
            self._lost += count
            self._reason = reason
        self.on_lost(count)
        if is_first:
            self._log.warning(f"The {self.name} loses lines: {reason}.")

    def _note_success(self) -> None:
        with self._changed:
            # While lines still wait, more may be lost at any moment: not yet worth a line in the log.
            if self._waiting or not self._lost:
                return
            lost, self._lost = self._lost, 0
        self._log.warning(f"The {self.name} is written again. Lines lost: {lost}.")


class LineHandler(logging.Handler):
    """Gives log records to a `LineWriter`. `logging` itself flushes it when the process ends."""

    def __init__(self, lines: LineWriter) -> None:
        super().__init__()
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record)
        except Exception:
            self.handleError(record)
        else:
            self._lines.write(line.encode() + b"\n")

    def flush(self) -> None:
        self._lines.flush()


def audit_lines() -> LineWriter:
    """Lines on stdout."""
    # If stdout was closed at the start, its number may belong to a connection by now.
    return LineWriter(1 if sys.__stdout__ else -1, "audit log")


@cache
def log_lines() -> LineWriter:
    """Lines on stderr, by one thread for the whole process."""
    return LineWriter(2 if sys.__stderr__ else -1, "log")
