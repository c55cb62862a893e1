"""Use `VIRTUAL_TIME` as `anyio_backend` of a test: deadlines are exact, and nothing waits."""

from collections.abc import Mapping
from typing import Any

from evals.virtual_time import VirtualTimeLoop

VIRTUAL_TIME: tuple[str, Mapping[str, Any]] = ("asyncio", {"loop_factory": VirtualTimeLoop})
