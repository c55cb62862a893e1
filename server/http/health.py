"""Liveness and readiness of this process."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from typing import Protocol

import anyio
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from server.connections import RETIRED
from server.http.drain import Drain
from server.http.key_ring import KeyRing
from server.http.refusal import Refusal
from server.http.refused_keys import RefusedKeys
from server.vendor_key import SERVICE
from tools.connection import Attempt
from tools.errors import Forbidden, NotConfigured, ToolError, Unauthorized, Unavailable
from tools.network_fault import NetworkFailure

_MAX_ANSWER_AGE_S = 60.0
_PROBE_INTERVAL_S = 10.0
_PROBE_TIMEOUT_S = 5.0
_NO_ANSWER = frozenset({Unavailable.code, NotConfigured.code, "cancelled"})
"""Outcomes of requests that show nothing of the vendor."""

_IS_REFUSED = {"ok": False, Unauthorized.code: True}
"""Whether the vendor refuses the key, by the outcomes that show it."""

_VENDORS = "vendors"
"""What a request for readiness can exclude."""

_WRONG_EXCLUDE = Refusal(400, "wrong_exclude", f"`exclude` must be `{_VENDORS}`.")


async def liveness(_: Request) -> Response:
    return JSONResponse({"status": "alive"})


class Part(Protocol):
    """A part of this process without which calls work, too: a log, or the shared budgets."""

    @property
    def problem(self) -> str | None:
        """What is wrong. Empty or None if nothing is."""
        ...


class _VendorState:
    """The state of one vendor, as far as this process knows it."""

    def __init__(self) -> None:
        self.answered_at = float("-inf")
        self.probed_at = float("-inf")
        self.probe: asyncio.Task[None] | None = None
        """The last probe, which may still be running."""
        self.needs_probe = False
        """A call was forbidden. A probe will show whether the vendor forbids all calls."""
        self.fault = ""
        """What failed on the way to the vendor, or is wrong with its settings."""


class Readiness:
    """Ready when every vendor with a key of the service answered within 60 s.

    Only the service's own keys decide. If it has none, it is ready when an account has a key, as
    *key_ring* says. A refused key of an account is a warning: *refused_keys* has what the answers
    to calls showed.

    A process whose *drain* has begun is not ready.

    With `?exclude=vendors`, nothing of the vendors counts, and no probe is sent: calls get a better
    answer from a process whose vendor is down than from a load balancer without processes. The
    name is that of the health checks of Kubernetes' API server.

    The answers to tool calls count. If there is no recent one, or if the vendor refused a call,
    *probe* sends a request to the vendor. A probe takes at most 5 s, and starts at most every 10 s.
    Concurrent requests for readiness wait for the same probe.

    Problems of the *parts* are only warnings, because calls work without them.
    """

    def __init__(
        self,
        vendors: Iterable[str],
        probe: Callable[[str], Awaitable[None]],
        parts: Sequence[Part] = (),
        drain: Drain | None = None,
        clock: Callable[[], float] = time.monotonic,
        refused_keys: RefusedKeys | None = None,
        key_ring: KeyRing | None = None,
    ) -> None:
        self._vendors = {vendor: _VendorState() for vendor in vendors}
        self._refused_keys = refused_keys or RefusedKeys()
        self._key_ring = key_ring or KeyRing({})
        self._probe = probe
        self._parts = parts
        self._drain = drain or Drain(0)
        self._clock = clock

    def record_attempt(self, attempt: Attempt) -> None:
        """Record a request to a vendor, from a call or from a probe."""
        if attempt.outcome in _IS_REFUSED and attempt.key_id != RETIRED:
            is_refused = _IS_REFUSED[attempt.outcome]
            self._refused_keys.judge(attempt.vendor, attempt.key_id, is_refused=is_refused)
        if attempt.key_id != SERVICE:
            return
        state = self._vendors[attempt.vendor]
        # Other errors are answers, too.
        if attempt.outcome not in _NO_ANSWER:
            state.answered_at = self._clock()
        if attempt.outcome == "ok":
            state.needs_probe = False
        elif attempt.outcome == Forbidden.code:
            state.needs_probe = True

    async def respond(self, request: Request) -> Response:
        excluded = {*request.query_params.getlist("exclude")}
        if not excluded <= {_VENDORS}:
            # Otherwise a misspelt name would be noticed only when a vendor is down.
            return _WRONG_EXCLUDE.response()
        if self._drain.has_begun:
            return self._not_ready(["draining"])
        if not self._vendors and not self._key_ring.has_account_keys:
            return self._not_ready(["no vendor has a key"])
        if _VENDORS not in excluded:
            await self._wait_for_probes()
            reasons = [*self._reasons()]
            if reasons:
                return self._not_ready(reasons)
        return JSONResponse({"status": "ready", **self._warnings()})

    def _not_ready(self, reasons: Sequence[str]) -> Response:
        reason = "; ".join(reasons)
        return JSONResponse({"status": "not ready", "reason": reason, **self._warnings()}, 503)

    def _warnings(self) -> dict[str, list[str]]:
        problems = [part.problem for part in self._parts]
        warnings = [problem for problem in problems if problem]
        warnings += self._refused_keys.warnings()
        return {"warnings": warnings} if warnings else {}

    def _needs_probe(self, vendor: str, state: _VendorState) -> bool:
        if self._refused_keys.has_service_key(vendor) or state.needs_probe:
            return True
        return not self._answered_recently(state)

    def _answered_recently(self, state: _VendorState) -> bool:
        return self._clock() - state.answered_at <= _MAX_ANSWER_AGE_S

    def _reasons(self) -> Iterator[str]:
        """Why this process is not ready."""
        for vendor, state in self._vendors.items():
            if self._refused_keys.has_service_key(vendor):
                yield f"{vendor} refuses the service's key"
            elif not self._answered_recently(state):
                fault = f": {state.fault}" if state.fault else ""
                yield f"no recent answer from {vendor}{fault}"

    async def _wait_for_probes(self) -> None:
        async with anyio.create_task_group() as tasks:
            for vendor, state in self._vendors.items():
                if self._needs_probe(vendor, state):
                    tasks.start_soon(self._wait_for_probe, vendor)

    async def _wait_for_probe(self, vendor: str) -> None:
        """Wait for the running probe, or start one if the last one is old enough."""
        state = self._vendors[vendor]
        if not state.probe or state.probe.done():
            if self._clock() - state.probed_at <= _PROBE_INTERVAL_S:
                return
            state.probed_at = self._clock()
            # This is a separate task, so the probe continues if this request is cancelled.
            state.probe = asyncio.create_task(self._run_probe(vendor))
        await asyncio.wait([state.probe])

    async def _run_probe(self, vendor: str) -> None:
        state = self._vendors[vendor]
        state.fault = ""
        try:
            with anyio.fail_after(_PROBE_TIMEOUT_S):
                await self._probe(vendor)
        except (Unauthorized, Forbidden):
            # The probe needs the same permission as the tools, so every call would be refused.
            self._refused_keys.judge(vendor, SERVICE, is_refused=True)
        except NetworkFailure as failure:
            state.fault = failure.fault.text
        except NotConfigured as error:
            state.fault = str(error).removesuffix(".")
        except (ToolError, TimeoutError):
            # `record_attempt` has recorded it.
            pass
