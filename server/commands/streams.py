"""The standard streams of a command: UTF-8 in every locale, and errors that a command can end on.

The servers do not use them: they write to their transports.
"""

import io
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class OutputError(Exception):
    """Stdout does not take what is written.

    It is not an `OSError`, so that no library handles it in its own way.
    """

    def __init__(self, cause: OSError) -> None:
        super().__init__(cause.strerror)
        self.is_closed_pipe = isinstance(cause, BrokenPipeError)


def use_utf8() -> None:
    """Make stdout and stderr write UTF-8. What UTF-8 cannot express is written as an escape.

    An error of stdout is an `OutputError`, once. Errors of stderr are ignored: nobody could read
    about them. Streams that a test has put in place stay.
    """
    if sys.stdout is sys.__stdout__:
        sys.stdout = _text_stream(_Output(_raw(sys.stdout, 1)))
    if sys.stderr is sys.__stderr__:
        sys.stderr = _text_stream(_ErrorOutput(_raw(sys.stderr, 2)))
        sys.stderr.reconfigure(line_buffering=True)


def _raw(stream: Any, descriptor: int) -> io.RawIOBase:
    """The unbuffered stream of bytes below a stream of text."""
    if stream is None:
        return io.FileIO(descriptor, "w", closefd=False)
    buffer = stream.buffer
    raw: io.RawIOBase = getattr(buffer, "raw", buffer)
    return raw


def _text_stream(raw: io.RawIOBase) -> io.TextIOWrapper:
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding="utf-8",
        errors="backslashreplace",
        newline="",
        line_buffering=raw.isatty(),
    )


class _Output(io.RawIOBase):
    """Stdout. After its first error it drops what is written, so that the process can end."""

    def __init__(self, raw: io.RawIOBase) -> None:
        self._stream = raw
        self._is_lost = False

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return self._stream.isatty()

    def fileno(self) -> int:
        return self._stream.fileno()

    def write(self, data: "ReadableBuffer", /) -> int | None:
        if not self._is_lost:
            try:
                return self._stream.write(data)
            except OSError as error:
                self._is_lost = True
                self._on_error(error)
        return len(memoryview(data))

    def _on_error(self, error: OSError) -> None:
        raise OutputError(error) from None


class _ErrorOutput(_Output):
    """Stderr. Its errors are ignored."""

    def _on_error(self, error: OSError) -> None:
        """Do nothing."""
