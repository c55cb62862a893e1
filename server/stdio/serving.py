"""Serves stdio: early answers while the SDK loads, then the SDK's answers."""

import gc
import os
import select
import signal
import sys
from contextlib import ExitStack

from server.settings import Settings
from server.stdio.early import EarlyAnswers
from server.stdio.line_stream import MAX_LINE_BYTES, LineStream, claim_stdio

# `typing` and `threading` take 2 ms to import. The first answer needs neither.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from mcp.server.lowlevel import Server

_WAITING = """\
incident-desk serves MCP over stdin and stdout, and waits for the messages of a client.
To use it in an AI assistant, see docs/hosts/README.md, or run: incident-desk config
To see what it can do, run: incident-desk demo
All commands: incident-desk --help
Ctrl-C ends it."""
"""What a person sees who starts the server in a terminal."""

_LOAD_AFTER_S = 0.02
"""Loading starts after so long without a line, or when a line needs the SDK.

If it started immediately, it would delay the early answers.
"""


def serve_stdio(settings: Settings) -> int:
    """Serve until stdin ends, or SIGINT or SIGTERM arrives. Then running calls are cancelled."""
    if sys.platform == "win32":
        return serve_on_windows(settings)
    early = EarlyAnswers(settings)
    # Inside the block, descriptor 0 is the null device.
    is_terminal = os.isatty(0)
    with claim_stdio() as stream, ExitStack() as stack:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stream.end())
        if is_terminal:
            print(_WAITING, file=sys.stderr)
        app = answer_while_loading(early, stream, lambda: _load(settings, stack))
        if app is None:
            for line in early.refusals():
                stream.write(line)
        else:
            from server.stdio.transport import serve

            serve(app, stream, early.opening, early.backlog)
        has_failed = app is None and not stream.has_ended
    sys.stderr.flush()
    # A thread may be in the middle of an import, or of a DNS look-up that hangs. Do not wait for
    # it.
    os._exit(1 if has_failed else 0)


def answer_while_loading(
    early: EarlyAnswers, stream: LineStream, load: "Callable[[], Server[Any] | None]"
) -> "Server[Any] | None":
    """Give early answers until *load*, which runs in a thread, has finished. Returns its result.

    Returns None if *load* failed, if a signal arrived, or if the client left and waits for no
    answer.
    """
    loading = _Loading(load)
    signal.set_wakeup_fd(loading.wakeup_sink)
    while not stream.has_ended or early.owes_answer:
        sources = [loading.wakeup_source]
        has_room = early.backlog_bytes <= MAX_LINE_BYTES and not stream.send_buffer
        if has_room and not stream.has_ended:
            sources.append(stream.source)
        sinks = [stream.sink] if stream.send_buffer else []
        ready, _, _ = select.select(sources, sinks, [], loading.start_after_s)
        if loading.wakeup_source in ready:
            break
        if stream.source in ready:
            _answer(early, stream)
        stream.flush()
        if early.owes_answer or not ready:
            loading.start()
    signal.set_wakeup_fd(-1)
    return loading.result


class _Loading:
    """Runs *load* in a thread after `start` was called.

    `wakeup_source` becomes readable when *load* has finished, or when a signal handler writes to
    `wakeup_sink`. After the start, `start_after_s` is None.
    """

    def __init__(self, load: "Callable[[], Server[Any] | None]") -> None:
        self.result: Server[Any] | None = None
        self.start_after_s: float | None = _LOAD_AFTER_S
        self.wakeup_source, self.wakeup_sink = os.pipe()
        os.set_blocking(self.wakeup_sink, False)
        self._load = load

    def start(self) -> None:
        if self.start_after_s is None:
            return
        from threading import Thread

        self.start_after_s = None
        Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        try:
            self.result = self._load()
        finally:
            os.write(self.wakeup_sink, b"loaded")


def _answer(early: EarlyAnswers, stream: LineStream) -> None:
    for line in stream.read():
        answer = early.take(line)
        if answer is not None:
            stream.write(answer)


def _load(settings: Settings, stack: ExitStack) -> "Server[Any]":
    """Import the SDK and the tools, and build the MCP server.

    All of it stays in memory, so a garbage collection would find nothing to free. Without
    collections, loading takes 553 ms instead of 640.
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


def serve_on_windows(settings: Settings) -> int:
    """Serve with the SDK's own transport: on Windows the event loop cannot wait for pipes."""
    import anyio
    from mcp.server.stdio import stdio_server

    if os.isatty(0):
        print(_WAITING, file=sys.stderr)
    with ExitStack() as stack:
        app = _load(settings, stack)

        async def serve() -> None:
            async with stdio_server() as (source, sink):
                await app.run(source, sink, app.create_initialization_options())

        # The transport waits for the next line in a thread, which cannot be stopped.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: os._exit(0))
        anyio.run(serve)
    return 0
