"""The process of a command: how it ends on signals and on output that nobody takes."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from server.commands.streams import OutputError, use_utf8

_SIGNAL = 128
"""Shells add it to the number of the signal that ended a process."""
_CLOSED_PIPE = _SIGNAL + 13
"""The exit code of a program that SIGPIPE ends."""
_OUTPUT_FAILED = 74
"""EX_IOERR of sysexits.h."""


@contextmanager
def command_process() -> Iterator[None]:
    """Write UTF-8, and end without a traceback.

    The process exits with 130 after Ctrl-C, with 143 after SIGTERM, with 141 if the reader of
    stdout has gone, and with 74 if stdout cannot be written, which stderr then says.
    """
    use_utf8()
    previous = signal.signal(signal.SIGTERM, _exit_on_signal)
    try:
        yield
        sys.stdout.flush()
    except KeyboardInterrupt:
        # A second Ctrl-C ends the process at once, for example if stdout does not take the rest.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        _flush_and_exit(_SIGNAL + signal.SIGINT)
    except OutputError as error:
        sys.exit(_report(error))
    except SystemExit as end:
        _flush_and_exit(end.code)
    finally:
        signal.signal(signal.SIGTERM, previous)


def _exit_on_signal(number: int, _: object) -> None:
    signal.signal(number, signal.SIG_DFL)
    sys.exit(_SIGNAL + number)


def _flush_and_exit(code: str | int | None) -> None:
    try:
        sys.stdout.flush()
    except OutputError as error:
        code = _report(error)
    sys.exit(code)


def _report(error: OutputError) -> int:
    """Say on stderr why stdout failed, unless its reader left on purpose. Returns the exit code."""
    if error.is_closed_pipe:
        return _CLOSED_PIPE
    print(f"incident-desk: cannot write to standard output: {error}", file=sys.stderr)
    return _OUTPUT_FAILED
