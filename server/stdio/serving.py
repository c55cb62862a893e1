"""Serves stdio from the first line on: early answers while the rest loads, then the SDK."""

import gc
import os
import select
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from server.settings import Settings
from server.stdio.early import EarlyAnswers
from server.stdio.wire import MAX_LINE, Wire, claim_stdio

if TYPE_CHECKING:
    from mcp.server.lowlevel import Server

T = TypeVar("T")

_PATIENCE_S = 0.02
"""Loading begins when no line has come for so long, or when one waits for it.

Begun at once, it would slow down the early answers.
"""


def serve_stdio(settings: Settings) -> int:
    """Serve until stdin ends or a signal asks to stop. Both cancel the calls in flight."""
    if sys.platform == "win32":
        return _serve_on_windows(settings)
    early = EarlyAnswers(settings)
    with claim_stdio() as wire, ExitStack() as stack:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: wire.end())
        app = answer_while_loading(early, wire, lambda: _load(settings, stack))
        if app is not None:
            from server.stdio.transport import serve

            serve(app, wire, early.opening, early.backlog)
        is_well = app is not None or wire.has_ended
    sys.stderr.flush()
    # Wait for no thread: one may be in the middle of an import, or of a DNS look-up that hangs.
    os._exit(0 if is_well else 1)


def answer_while_loading(early: EarlyAnswers, wire: Wire, load: Callable[[], T]) -> T | None:
    """Answer early until *load*, which runs in a thread, is done. The result is that of *load*.

    It is None if *load* failed, if a signal came, or if the client left and is owed no answer.
    """
    loading = _Loading(load)
    signal.set_wakeup_fd(loading.wake)
    while not wire.has_ended or early.is_owed:
        sources = [loading.awake]
        has_room = early.backlog_bytes <= MAX_LINE and not wire.unsent
        if has_room and not wire.has_ended:
            sources.append(wire.source)
        sinks = [wire.sink] if wire.unsent else []
        ready, _, _ = select.select(sources, sinks, [], loading.patience_s)
        if loading.awake in ready:
            break
        if wire.source in ready:
            _answer(early, wire)
        wire.flush()
        if early.is_owed or not ready:
            loading.begin()
    signal.set_wakeup_fd(-1)
    return loading.result


class _Loading(Generic[T]):
    """Runs *load* in a thread, once begun.

    The descriptor `awake` becomes readable when *load* is done, or when a signal writes to `wake`.
    """

    def __init__(self, load: Callable[[], T]) -> None:
        self.result: T | None = None
        self.patience_s: float | None = _PATIENCE_S
        self.awake, self.wake = os.pipe()
        os.set_blocking(self.wake, False)
        self._load = load

    def begin(self) -> None:
        if self.patience_s is not None:
            self.patience_s = None
            threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        try:
            self.result = self._load()
        finally:
            os.write(self.wake, b"loaded")


def _answer(early: EarlyAnswers, wire: Wire) -> None:
    for line in wire.read():
        answer = early.take(line)
        if answer is not None:
            wire.write(answer)


def _load(settings: Settings, stack: ExitStack) -> "Server[Any]":
    """Import and build what is slow to import.

    None of it is ever thrown away, so the garbage collector would only take time: 640 ms instead
    of 553.
    """
    gc.disable()
    import server.stdio.transport  # noqa: F401
    from server import logs
    from server.app import build
    from server.dispatcher import Dispatcher
    from server.sandboxed import sandboxed

    logs.configure(settings.log_level, settings.keys.values())
    app = build(Dispatcher(stack.enter_context(sandboxed(settings))))
    gc.freeze()
    gc.enable()
    return app


def _serve_on_windows(settings: Settings) -> int:
    """Serve with the SDK's own transport: the event loop cannot wait for pipes on Windows."""
    import anyio
    from mcp.server.stdio import stdio_server

    with ExitStack() as stack:
        app = _load(settings, stack)

        async def serve() -> None:
            async with stdio_server() as (source, sink):
                await app.run(source, sink, app.create_initialization_options())

        # A thread waits for the next line, and cannot be stopped.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: os._exit(0))
        anyio.run(serve)
    return 0
