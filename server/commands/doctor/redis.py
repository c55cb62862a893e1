"""Checks the Redis that many copies share."""

from collections.abc import Mapping
from importlib.util import find_spec

from server.commands.doctor.finding import Finding, ok, problem, warning
from server.http.copies_settings import CopiesSettings
from server.installation import how_to_install
from server.reading import Reading
from server.setting_names import REDIS_URL

_TOPIC = "Redis"
_SLOW_S = 0.1
_ADVICE = (
    f"Check {REDIS_URL}, and docs/copies.md for what Redis needs. Without it, each process uses its"
    " part of the rate limit."
)


async def check_redis(environ: Mapping[str, str]) -> list[Finding]:
    """Whether leases can be had. Nothing if the settings name no Redis."""
    reading = Reading(environ, allows_placeholders=False)
    url = CopiesSettings.read(reading).redis_url
    # The check of the environment has said what is wrong with the settings.
    if not url or reading.problems:
        return []
    if not find_spec("redis"):
        text = f"{REDIS_URL} is set, and the extra redis is missing."
        return [problem(_TOPIC, text, how_to_install("http,redis"))]
    return [await _try(url)]


async def _try(url: str) -> Finding:
    # The extra may be missing, so only a check of it imports this.
    from server.http.leases.failure import RedisFailure
    from server.http.leases.trial import try_redis

    try:
        took_s = await try_redis(url)
    except ValueError as error:
        text = f"{REDIS_URL} is {error}: incident-desk http does not start with it."
        return problem(_TOPIC, text, "docs/copies.md has examples.")
    except RedisFailure as failure:
        return problem(_TOPIC, f"The budget cannot be shared: {failure}.", _ADVICE)
    if took_s > _SLOW_S:
        text = f"It is slow: the script took {took_s:.2f} s."
        return warning(_TOPIC, text, "After 0.2 s, a process does not wait any more.")
    return ok(_TOPIC, f"It runs the script of the shared budget, in {took_s:.3f} s.")
