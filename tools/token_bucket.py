"""A token bucket whose pace can change at any time."""

import math

_TOLERANCE = 1e-6
"""A timer can end a little early. So a token counts as soon as it is almost there."""


class TokenBucket:
    """Each request takes a token, and tokens are added evenly.

    The bucket holds the tokens of `burst_s` seconds, and one more. It is full at first. All times
    are seconds of one monotonic clock.
    """

    def __init__(self, per_minute: float, burst_s: float) -> None:
        self._burst_s = burst_s
        self._per_s = per_minute / 60
        self._until = math.inf
        self._tokens = self._size
        self._counted_at = 0.0

    @property
    def _size(self) -> float:
        return self._per_s * self._burst_s + 1

    def set_pace(self, per_minute: float, now: float, until: float = math.inf) -> None:
        """Add *per_minute* tokens a minute from *now* on, and none after *until*.

        A slower pace has a smaller bucket, and tokens that do not fit into it are lost.
        """
        self._count(now)
        self._per_s = per_minute / 60
        self._until = until
        self._tokens = min(self._tokens, self._size)

    def per_minute(self, now: float) -> float:
        """The present pace."""
        return self._per_s * 60 if now < self._until else 0

    def take(self, now: float) -> None:
        self._count(now)
        self._tokens -= 1

    def tokens(self, now: float) -> float:
        self._count(now)
        return self._tokens

    def wait_s(self, now: float) -> float:
        """Seconds until the bucket has one token, at the present pace."""
        missing = 1 - self.tokens(now)
        if missing <= _TOLERANCE:
            return 0
        return missing / self._per_s if self._per_s else math.inf

    def _count(self, now: float) -> None:
        """Add the tokens since the last count."""
        seconds = max(min(now, self._until) - self._counted_at, 0)
        self._tokens = min(self._tokens + seconds * self._per_s, self._size)
        self._counted_at = now
