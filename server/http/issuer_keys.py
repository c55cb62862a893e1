"""The issuer's public keys: when they are fetched, and who waits for that."""

import asyncio
import logging
import time
from collections.abc import Callable
from math import ceil

import anyio
import httpx

from server.http.refusal import Refusal
from server.http.verification_key import VerificationKey, read_key_set
from tools import body

logger = logging.getLogger(__name__)

_RENEW_AFTER_S = 3_000.0
_OLD_AFTER_S = 3_600.0
_DROP_AFTER_S = 86_400.0
_PAUSE_S = 30.0
_PAUSES_AFTER_FAILURE_S = (2.0, 4.0, 8.0, 16.0, _PAUSE_S)
_TIMEOUT_S = 10.0
_MAX_BODY = 256 * 1024
# Several keys may have one id, or none. Each is tried, and a made-up token should not cost many checks.
_MAX_TRIED = 4


class IssuerKeys:
    """Fetches the keys when a token needs them; one fetch at a time serves all who wait for it.

    An unknown key makes for a fetch, because issuers rotate theirs: at most every 30 s, whatever callers send. After a
    failure, the next attempt may follow in 2 s, then 4, 8, 16 and 30 s.

    Known keys are used at once for an hour, and renewed in the background in its last ten minutes. After an hour they
    are fetched first, so that a key that the issuer took away ends; if that fails they go on, for a day at most.
    """

    def __init__(
        self, url: str, clock: Callable[[], float] = time.monotonic, timeout_s: float = _TIMEOUT_S
    ) -> None:
        self._url = url
        self._clock = clock
        self._timeout_s = timeout_s
        self._keys: tuple[VerificationKey, ...] = ()
        self._fetched_at = self._next_fetch_at = float("-inf")
        self._failures = 0
        self._fetch: asyncio.Task[None] | None = None

    async def find(self, key_id: str | None, algorithm: str) -> list[VerificationKey]:
        """The keys that a token of this `kid` and `alg` may be signed with; none if the issuer has no such key.

        Raises:
            Refusal: the key is not known, and the issuer's keys cannot be fetched at the moment.
        """
        age_s = self._clock() - self._fetched_at
        if age_s > _DROP_AFTER_S:
            self._keys = ()
        keys = self._matching(key_id, algorithm)
        if keys and age_s < _RENEW_AFTER_S:
            return keys
        self._start_fetch()
        waits = not keys or (age_s > _OLD_AFTER_S and not self._failures)
        if self._fetch and waits:
            # Unlike awaiting the task, this does not cancel it with the one who waits.
            await asyncio.wait({self._fetch})
            keys = self._matching(key_id, algorithm)
        if not keys and self._failures:
            raise self._unavailable()
        return keys

    def _matching(self, key_id: str | None, algorithm: str) -> list[VerificationKey]:
        keys = [
            key for key in self._keys if algorithm in key.algorithms and key_id in (None, key.id)
        ]
        return keys[:_MAX_TRIED]

    def _start_fetch(self) -> None:
        if not self._fetch and self._clock() >= self._next_fetch_at:
            # A task of its own: no caller's end is the fetch's.
            self._fetch = asyncio.create_task(self._renew())

    async def _renew(self) -> None:
        try:
            with anyio.fail_after(self._timeout_s):
                self._keys = read_key_set(await _download(self._url, self._timeout_s))
        except Exception as error:
            # Of any kind, because it comes from the network: the keys known so far go on.
            pause_s = _PAUSES_AFTER_FAILURE_S[min(self._failures, len(_PAUSES_AFTER_FAILURE_S) - 1)]
            self._failures += 1
            self._next_fetch_at = self._clock() + pause_s
            reason = f"{type(error).__name__}: {str(error)[:200]}"
            logger.warning(
                "The issuer's keys could not be fetched (%s); again after %g s.", reason, pause_s
            )
        else:
            self._failures = 0
            self._fetched_at = self._clock()
            self._next_fetch_at = self._fetched_at + _PAUSE_S
        finally:
            self._fetch = None

    def _unavailable(self) -> Refusal:
        wait_s = max(1, ceil(self._next_fetch_at - self._clock()))
        return Refusal(
            503,
            "keys_unavailable",
            "The keys that tokens are checked with cannot be fetched at the moment.",
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
        return await body.read(response, _MAX_BODY)
