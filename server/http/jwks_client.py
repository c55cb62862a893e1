"""Fetches and caches the issuer's public keys (its JWK set)."""

import asyncio
import logging
import time
from collections.abc import Callable
from math import ceil

import anyio
import httpx

from server.http.refusal import Refusal
from server.http.verification_key import VerificationKey, parse_key_set
from tools import body

logger = logging.getLogger(__name__)

_RENEW_AFTER_S = 3_000.0
_STALE_AFTER_S = 3_600.0
_DROP_AFTER_S = 86_400.0
_MIN_INTERVAL_S = 30.0
_BACKOFF_S = (2.0, 4.0, 8.0, 16.0, 30.0)
_TIMEOUT_S = 10.0
_MAX_BODY_BYTES = 256 * 1024
_MAX_CANDIDATES = 4
"""Several keys can have the same id, or no id. Each check takes time, so at most four are tried."""


class JwksClient:
    """Fetches the keys when a token needs them. Concurrent requests wait for the same fetch.

    Issuers rotate their keys, so an unknown key id causes a fetch, at most every 30 s. After a
    failed fetch, the next one waits 2 s. After more failures it waits 4, 8, 16 and then 30 s.

    For an hour after a fetch, a token does not wait for another. In the last ten minutes of this
    hour, a token starts a fetch in the background. After the hour, a token waits for a fetch, so
    keys that the issuer has removed are no longer accepted. If that fetch fails, the old keys are
    used for up to a day.
    """

    def __init__(
        self, url: str, clock: Callable[[], float] = time.monotonic, timeout_s: float = _TIMEOUT_S
    ) -> None:
        self._url = url
        self._clock = clock
        self._timeout_s = timeout_s
        self._keys: tuple[VerificationKey, ...] = ()
        self._fetched_at = float("-inf")
        self._next_fetch_at = float("-inf")
        self._failures = 0
        self._fetch_task: asyncio.Task[None] | None = None

    async def find_keys(self, key_id: str | None, algorithm: str) -> list[VerificationKey]:
        """The keys that may have signed a token with this `kid` and `alg`.

        Raises:
            Refusal: no key matches, and the keys cannot be fetched at the moment.
        """
        age_s = self._clock() - self._fetched_at
        if age_s > _DROP_AFTER_S:
            self._keys = ()
        keys = self._matching_keys(key_id, algorithm)
        if keys and age_s < _RENEW_AFTER_S:
            return keys
        self._start_fetch()
        must_wait = not keys or (age_s > _STALE_AFTER_S and not self._failures)
        if self._fetch_task and must_wait:
            # Unlike `await task`, this does not cancel the task if this request is cancelled.
            await asyncio.wait({self._fetch_task})
            keys = self._matching_keys(key_id, algorithm)
        if not keys and self._failures:
            raise self._unavailable()
        return keys

    def _matching_keys(self, key_id: str | None, algorithm: str) -> list[VerificationKey]:
        keys = [key for key in self._keys if key.matches(key_id, algorithm)]
        return keys[:_MAX_CANDIDATES]

    def _start_fetch(self) -> None:
        if not self._fetch_task and self._clock() >= self._next_fetch_at:
            # This is a separate task, so the fetch continues if this request is cancelled.
            self._fetch_task = asyncio.create_task(self._fetch())

    async def _fetch(self) -> None:
        try:
            with anyio.fail_after(self._timeout_s):
                self._keys = parse_key_set(await _download(self._url, self._timeout_s))
        except Exception as error:
            # The answer comes from the network, so any exception is possible. The old keys stay in
            # use.
            self._record_failure(error)
        else:
            self._failures = 0
            self._fetched_at = self._clock()
            self._next_fetch_at = self._fetched_at + _MIN_INTERVAL_S
        finally:
            self._fetch_task = None

    def _record_failure(self, error: Exception) -> None:
        backoff_s = _BACKOFF_S[min(self._failures, len(_BACKOFF_S) - 1)]
        self._failures += 1
        self._next_fetch_at = self._clock() + backoff_s
        reason = f"{type(error).__name__}: {str(error)[:200]}"
        logger.warning(
            "The issuer's keys could not be fetched (%s); next attempt after %g s.",
            reason,
            backoff_s,
        )

    def _unavailable(self) -> Refusal:
        wait_s = max(1, ceil(self._next_fetch_at - self._clock()))
        return Refusal(
            503,
            "keys_unavailable",
            "The issuer's keys cannot be fetched at the moment, so no token can be checked.",
            {"Retry-After": str(wait_s)},
            log="the issuer's keys cannot be fetched from INCIDENT_DESK_HTTP_OAUTH_JWKS_URL",
        )


async def _download(url: str, timeout_s: float) -> bytes:
    headers = {"Accept": "application/jwk-set+json, application/json", "Accept-Encoding": "gzip"}
    async with (
        httpx.AsyncClient(headers=headers, timeout=timeout_s) as http,
        http.stream("GET", url) as response,
    ):
        if response.status_code != 200:
            raise ValueError(f"status {response.status_code}")
        return await body.read(response, _MAX_BODY_BYTES)
