"""Serving MCP over stdin and stdout."""

import gc
import os
import signal
import sys
from collections.abc import Callable, Collection, Iterable
from contextlib import ExitStack
from functools import partial

from server.front import answer_early
from server.settings import Settings
from server.wire import Wire, can_be_claimed, claimed

Serve = Callable[[Wire, Iterable[bytes | None], Collection[str]], None]


def serve_stdio(settings: Settings, *, early: bool = True) -> int:
    """Serve until stdin ends or a signal asks to stop; both cancel what is in flight. *early* lets the front answer first."""
    if not can_be_claimed():
        return _serve_otherwise(settings)
    loaded: list[Serve] = []
    with claimed() as wire, ExitStack() as stack:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: wire.end())

        def load() -> None:
            loaded.append(_load(settings, stack))

        kept: Iterable[bytes | None] = ()
        dropped: Collection[str] = ()
        if early:
            front = answer_early(settings, wire, load)
            kept, dropped = front.kept, front.dropped
        else:
            load()
        for serve in loaded:
            serve(wire, kept, dropped)
        is_well = bool(loaded) or wire.ended
    sys.stderr.flush()
    # Whatever runs on is not worth waiting for: a half-done import, or the look-up of a name that hangs in a thread.
    os._exit(0 if is_well else 1)


def _load(settings: Settings, stack: ExitStack) -> Serve:
    """Import and build what is heavy. Nothing of it is ever thrown away, so looking for garbage meanwhile only takes time."""
    gc.disable()
    from server import logs
    from server.app import build
    from server.dispatcher import Dispatcher
    from server.sandboxed import sandboxed
    from server.transport import serve

    logs.configure(settings.log_level, settings.keys.values())
    app = build(Dispatcher(stack.enter_context(sandboxed(settings))))
    gc.freeze()
    gc.enable()
    return partial(serve, app)


def _serve_otherwise(settings: Settings) -> int:
    """Over files, a terminal, or on Windows: with the SDK's own transport."""
    import anyio
    from mcp.server.stdio import stdio_server

    from server import logs
    from server.app import build
    from server.dispatcher import Dispatcher
    from server.sandboxed import sandboxed

    async def serve(settings: Settings) -> None:
        app = build(Dispatcher(settings))
        async with stdio_server() as (read, write):
            await app.run(read, write, app.create_initialization_options())

    # Its thread reads on until the next line comes, and cannot be stopped.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: os._exit(0))
    logs.configure(settings.log_level, settings.keys.values())
    with sandboxed(settings) as settings_:
        anyio.run(serve, settings_)
    return 0
