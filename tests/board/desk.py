"""Our server for the board, with a sandbox whose data a test makes."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace

from evals.settings import NOW, settings_for
from sandbox.serving import VENDORS, Sandbox
from tests.server.http.served import served
from tools.limits import Limits


@contextmanager
def desk_for(
    sandbox: Sandbox,
    limits: Limits | None = None,
    vendors: Collection[str] = tuple(VENDORS),
    **options: str,
) -> Iterator[str]:
    """The address of a server that asks *sandbox*. Its clock stands still at `NOW`.

    The *options* are those of the vendors' URLs. With keys of some *vendors* only, the server takes
    the data for real, and its clock moves on.
    """
    settings = settings_for(sandbox, **options)
    settings = replace(
        settings,
        keys={vendor: settings.keys[vendor] for vendor in vendors},
        sandbox=len(vendors) == len(VENDORS),
        sandbox_now=NOW,
        limits=limits or Limits(),
    )
    with served(settings) as port:
        yield f"http://127.0.0.1:{port}/mcp"
