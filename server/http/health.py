"""Whether this process lives, and whether it can be of use."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence

import anyio
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from server.http.lines import LineWriter
from tools.connection import Attempt
from tools.errors import Forbidden, ToolError, Unauthorized

_LATELY_S = 60.0
_ASK_AGAIN_AFTER_S = 10.0
_ANSWER_WITHIN_S = 5.0


async def alive(_: Request) -> Response:
    return JSONResponse({"status": "alive"})


class _Standing:
    """What is known of one vendor."""

    def __init__(self) -> None:
        self.answered_at = self.probed_at = float("-inf")
        self.refuses = False
        """It refuses the key."""
        self.is_in_doubt = False
        """A call was forbidden. That may hold for this call alone: a probe has to tell."""
        self.probe: asyncio.Task[None] | None = None
        """The last one, which may be going on."""


class Readiness:
    """Ready when a key is set, and every vendor with a key answered within 60 s and accepts it.

    Calls tell. Where they do not, the vendor is probed with *probe*, within 5 s and not more often
    than every 10 s. All who ask meanwhile wait for the same probe.

    What is wrong with the *logs* is told as warnings. It makes nobody unready: calls go on.
    """

    def __init__(
        self,
        vendors: Iterable[str],
        probe: Callable[[str], Awaitable[None]],
        logs: Sequence[LineWriter] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._standings = {vendor: _Standing() for vendor in vendors}
        self._probe = probe
        self._logs = logs
        self._clock = clock

    def attempted(self, attempt: Attempt) -> None:
        """Learn from a request to a vendor, be it of a call or of a probe."""
        standing = self._standings[attempt.vendor]
        if attempt.outcome not in ("unavailable", "cancelled"):
            standing.answered_at = self._clock()
        if attempt.outcome == "ok":
            standing.refuses = standing.is_in_doubt = False
        elif attempt.outcome == Unauthorized.code:
            standing.refuses = True
        elif attempt.outcome == Forbidden.code:
            standing.is_in_doubt = True

    async def answer(self, _: Request) -> Response:
        if not self._standings:
            return self._not_ready(["no vendor has a key"])
        async with anyio.create_task_group() as waiting:
            for vendor, standing in self._standings.items():
                if standing.refuses or standing.is_in_doubt or not self._lately(standing):
                    waiting.start_soon(self._learn, vendor)
        reasons = [reason for vendor in self._standings if (reason := self._reason(vendor))]
        if reasons:
            return self._not_ready(reasons)
        return JSONResponse({"status": "ready", **self._warnings()})

    def _not_ready(self, reasons: Sequence[str]) -> Response:
        reason = "; ".join(reasons)
        return JSONResponse({"status": "not ready", "reason": reason, **self._warnings()}, 503)

    def _warnings(self) -> dict[str, list[str]]:
        warnings = [trouble for log in self._logs if (trouble := log.trouble)]
        return {"warnings": warnings} if warnings else {}

    def _lately(self, standing: _Standing) -> bool:
        return self._clock() - standing.answered_at <= _LATELY_S

    def _reason(self, vendor: str) -> str | None:
        """Why the vendor makes this process unready, if it does."""
        standing = self._standings[vendor]
        if standing.refuses:
            return f"{vendor} refuses the service's key"
        return None if self._lately(standing) else f"no answer lately from {vendor}"

    async def _learn(self, vendor: str) -> None:
        """Wait for the probe that is going on, or for a new one if the last was long enough ago."""
        standing = self._standings[vendor]
        if not standing.probe or standing.probe.done():
            if self._clock() - standing.probed_at <= _ASK_AGAIN_AFTER_S:
                return
            standing.probed_at = self._clock()
            # A task of its own: it goes on for the others if who asked first goes away.
            standing.probe = asyncio.create_task(self._ask(vendor))
        await asyncio.wait([standing.probe])

    async def _ask(self, vendor: str) -> None:
        standing = self._standings[vendor]
        try:
            with anyio.fail_after(_ANSWER_WITHIN_S):
                await self._probe(vendor)
        except ToolError as error:
            # `attempted` learns of the others. What is forbidden to a probe is forbidden to every call.
            if isinstance(error, Unauthorized | Forbidden):
                standing.refuses = True
        except TimeoutError:
            pass
