"""Our server for the board, with a sandbox whose data a test makes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from evals.settings import NOW, settings_for
from sandbox.serving import Sandbox
from tests.server.http.served import served
from tools.limits import Limits


@contextmanager
def desk_for(sandbox: Sandbox, limits: Limits | None = None, **options: str) -> Iterator[str]:
    """The address of a server that asks *sandbox*. Its clock stands still at `NOW`.

    The *options* are those of the vendors' URLs.
    """
    settings = replace(
        settings_for(sandbox, **options), sandbox=True, sandbox_now=NOW, limits=limits or Limits()
    )
    with served(settings) as port:
        yield f"http://127.0.0.1:{port}/mcp"
