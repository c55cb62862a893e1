"""The settings of many copies behind one load balancer, read from environment variables."""

import re
from dataclasses import dataclass, field

from server.reading import Reading
from server.setting_names import COPIES, FRESH_S, REDIS_URL

_URL = re.compile(r"rediss?://[^\s/?#]+(/\d*)?(\?\S*)?|unix://\S+")
"""redis-py takes a path that is no number for the database 0."""


@dataclass(frozen=True)
class CopiesSettings:
    """How the copies of this service share a vendor's rate limit and its answers.

    * `redis_url`: the Redis or Valkey that all copies share. It may have a password, so the `repr`
      does not show it. Empty without one.
    * `copies`: the most copies there will ever be. A copy that cannot reach Redis uses this part of
      the vendor's rate limit. It is 1 without Redis.
    * `fresh_s`: how many seconds an answer of a vendor may be given to the same question again.
    """

    redis_url: str = field(default="", repr=False)
    copies: int = 1
    fresh_s: float = 0

    @classmethod
    def read(cls, reading: Reading) -> "CopiesSettings":
        """Read the variables. The problems are added to those of *reading*."""
        settings = cls(
            redis_url=_read_url(reading),
            copies=reading.integer(COPIES, cls.copies, 1, 1_000),
            fresh_s=reading.number(FRESH_S, cls.fresh_s, 0, 60),
        )
        if settings.redis_url and not reading.text(COPIES):
            reading.add_problem(
                f"{COPIES} is not set, and {REDIS_URL} is. Set it to the most copies that will ever"
                " run at the same time: without Redis, each one uses its part of the rate limit."
            )
        return settings


def _read_url(reading: Reading) -> str:
    url = reading.secret(REDIS_URL)
    if url and not _URL.fullmatch(url):
        reading.add_problem(
            f"{REDIS_URL} is not a valid URL: give one like redis://redis.example.com:6379,"
            " rediss://… for TLS, or unix:///run/redis.sock."
        )
        return ""
    return url
