"""Liveness and readiness of this process."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence

import anyio
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from server.http.line_writer import LineWriter
from tools.connection import Attempt
from tools.errors import Forbidden, ToolError, Unauthorized

_MAX_ANSWER_AGE_S = 60.0
_PROBE_INTERVAL_S = 10.0
_PROBE_TIMEOUT_S = 5.0


async def liveness(_: Request) -> Response:
    return JSONResponse({"status": "alive"})


class _VendorState:
    """What this process knows about one vendor."""

    def __init__(self) -> None:
        self.answered_at = float("-inf")
        self.probed_at = float("-inf")
        self.probe: asyncio.Task[None] | None = None
        """The last probe, which may still be running."""
        self.refuses_key = False
        self.needs_probe = False
        """A call was forbidden. Only a probe can tell whether that is true of every call."""


class Readiness:
    """Ready when a key is set and every configured vendor answered within 60 s.

    The answers of calls count. Without a recent one, or after a refusal, *probe* sends a request to
    the vendor: for at most 5 s, and at most every 10 s. Concurrent requests for readiness wait for
    the same probe.

    Problems of the *log_writers* are only reported as warnings, because calls go on without logs.
    """

    def __init__(
        self,
        vendors: Iterable[str],
        probe: Callable[[str], Awaitable[None]],
        log_writers: Sequence[LineWriter] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._vendors = {vendor: _VendorState() for vendor in vendors}
        self._probe = probe
        self._log_writers = log_writers
        self._clock = clock

    def record_attempt(self, attempt: Attempt) -> None:
        """Record a request to a vendor, from a call or from a probe."""
        state = self._vendors[attempt.vendor]
        if attempt.outcome not in ("unavailable", "cancelled"):
            state.answered_at = self._clock()
        if attempt.outcome == "ok":
            state.refuses_key = False
            state.needs_probe = False
        elif attempt.outcome == Unauthorized.code:
            state.refuses_key = True
        elif attempt.outcome == Forbidden.code:
            state.needs_probe = True

    async def respond(self, _: Request) -> Response:
        if not self._vendors:
            return self._not_ready(["no vendor has a key"])
        async with anyio.create_task_group() as tasks:
            for vendor, state in self._vendors.items():
                if state.refuses_key or state.needs_probe or not self._answered_recently(state):
                    tasks.start_soon(self._wait_for_probe, vendor)
        reasons = [self._reason(vendor) for vendor in self._vendors]
        if any(reasons):
            return self._not_ready([reason for reason in reasons if reason])
        return JSONResponse({"status": "ready", **self._warnings()})

    def _not_ready(self, reasons: Sequence[str]) -> Response:
        reason = "; ".join(reasons)
        return JSONResponse({"status": "not ready", "reason": reason, **self._warnings()}, 503)

    def _warnings(self) -> dict[str, list[str]]:
        problems = [writer.problem for writer in self._log_writers]
        warnings = [problem for problem in problems if problem]
        return {"warnings": warnings} if warnings else {}

    def _answered_recently(self, state: _VendorState) -> bool:
        return self._clock() - state.answered_at <= _MAX_ANSWER_AGE_S

    def _reason(self, vendor: str) -> str | None:
        """Why the vendor makes this process unready; None if it does not."""
        state = self._vendors[vendor]
        if state.refuses_key:
            return f"{vendor} refuses the service's key"
        if not self._answered_recently(state):
            return f"no answer lately from {vendor}"
        return None

    async def _wait_for_probe(self, vendor: str) -> None:
        """Wait for the running probe, or start one if the last one is old enough."""
        state = self._vendors[vendor]
        if not state.probe or state.probe.done():
            if self._clock() - state.probed_at <= _PROBE_INTERVAL_S:
                return
            state.probed_at = self._clock()
            # A separate task, so the probe goes on if the request that started it is cancelled.
            state.probe = asyncio.create_task(self._run_probe(vendor))
        await asyncio.wait([state.probe])

    async def _run_probe(self, vendor: str) -> None:
        try:
            with anyio.fail_after(_PROBE_TIMEOUT_S):
                await self._probe(vendor)
        except (Unauthorized, Forbidden):
            # A key that may not do this may not make any call.
            self._vendors[vendor].refuses_key = True
        except (ToolError, TimeoutError):
            # `record_attempt` has recorded it.
            pass
