"""Whether this process lives, and whether it can be of use."""

import time
from collections.abc import Callable, Mapping, Sequence

import anyio
import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from server.http.lines import LineWriter
from tools.connection import Attempt

_LATELY_S = 60.0
_ASK_AGAIN_AFTER_S = 10.0
_ANSWER_WITHIN_S = 5.0


async def alive(_: Request) -> Response:
    return JSONResponse({"status": "alive"})


class Readiness:
    """Ready is who has a key, and whose vendors all answered lately.

    Calls tell. Where there was none lately, the vendor's base URL is asked, without the key: whatever it answers, short of a
    5xx, shows that it can be reached. Failing that, it is asked again after 10 s, however often somebody wants to know.

    What is wrong with the *logs* is told as warnings. It makes nobody unready: calls go on without them.
    """

    def __init__(
        self,
        urls: Mapping[str, str],
        logs: Sequence[LineWriter] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._urls = urls
        self._logs = logs
        self._clock = clock
        self._answered_at = dict.fromkeys(urls, float("-inf"))
        self._asked_at = dict.fromkeys(urls, float("-inf"))

    def attempted(self, attempt: Attempt) -> None:
        if attempt.outcome not in ("unavailable", "cancelled"):
            self._answered_at[attempt.vendor] = self._clock()

    async def answer(self, _: Request) -> Response:
        if not self._urls:
            return self._not_ready("no vendor has a key")
        async with anyio.create_task_group() as asking:
            for vendor in self._urls:
                if not self._lately(vendor) and self._clock() - self._asked_at[vendor] > _ASK_AGAIN_AFTER_S:
                    self._asked_at[vendor] = self._clock()
                    asking.start_soon(self._ask, vendor)
        if silent := [vendor for vendor in self._urls if not self._lately(vendor)]:
            return self._not_ready(f"no answer lately from {' and '.join(silent)}")
        return JSONResponse({"status": "ready", **self._warnings()})

    def _not_ready(self, reason: str) -> Response:
        return JSONResponse({"status": "not ready", "reason": reason, **self._warnings()}, 503)

    def _warnings(self) -> dict[str, list[str]]:
        warnings = [trouble for log in self._logs if (trouble := log.trouble)]
        return {"warnings": warnings} if warnings else {}

    def _lately(self, vendor: str) -> bool:
        return self._clock() - self._answered_at[vendor] <= _LATELY_S

    async def _ask(self, vendor: str) -> None:
        try:
            with anyio.fail_after(_ANSWER_WITHIN_S):
                async with httpx.AsyncClient() as http, http.stream("GET", self._urls[vendor]) as answer:
                    if answer.status_code < 500:
                        self._answered_at[vendor] = self._clock()
        except (httpx.HTTPError, TimeoutError, OSError):
            pass
