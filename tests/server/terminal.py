"""Runs commands as a person does: in a terminal."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.server.shell import COMMAND, ROOT

ESCAPE = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07]*\x07)")
"""An escape sequence of a terminal."""
_ABOUT_TERMINALS = {"COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "COLORTERM"}


class Terminal:
    """A command that runs in a terminal of its own."""

    def __init__(self, process: subprocess.Popen[bytes], descriptor: int) -> None:
        self.process = process
        self._descriptor = descriptor

    def press(self, keys: bytes) -> None:
        os.write(self._descriptor, keys)

    def read(self, *keys: bytes, hint: bytes = b"") -> str:
        """Everything that the command wrote to the terminal until its end.

        The *keys* are pressed one after the other, once the terminal shows *hint*.
        """
        output = b""
        waiting = [*keys]
        while True:
            try:
                chunk = os.read(self._descriptor, 65_536)
            except OSError:  # Linux says so when the last process has closed the terminal.
                break
            if not chunk:
                break
            output += chunk
            if waiting and hint in output:
                self.press(waiting.pop(0))
        self.process.wait(timeout=30)
        return output.decode().replace("\r\n", "\n")


@contextmanager
def terminal(
    *arguments: str,
    program: Sequence[str | Path] = COMMAND,
    columns: int = 80,
    variables: Mapping[str, str] | None = None,
    **streams: Any,
) -> Iterator[Terminal]:
    """Run a command of *program* in a terminal that is *columns* wide.

    The *streams* (`stdin`, `stdout`, `stderr`) are not the terminal.
    """
    descriptor, inner = pty.openpty()
    fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    ours = {name: value for name, value in os.environ.items() if name not in _ABOUT_TERMINALS}
    environ = {**ours, "TERM": "xterm-256color", **(variables or {})}
    streams = {"stdin": inner, "stdout": inner, "stderr": inner, **streams}
    try:
        with subprocess.Popen(
            [*program, *arguments],
            cwd=ROOT,
            env=environ,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(inner, termios.TIOCSCTTY, 0),
            pass_fds=[inner],
            **streams,
        ) as process:
            os.close(inner)
            yield Terminal(process, descriptor)
    finally:
        os.close(descriptor)
