"""Headers: the key, content types, rate limits and the clock."""

from collections.abc import Iterable

from server.commands.facts.clock import clock_fact
from server.commands.facts.fact import Fact, NotSeen
from server.commands.facts.rootly.account import INCIDENTS, SPARSE, Account

_MEDIA_TYPES = {"application/json": "json", "application/vnd.api+json": "jsonapi"}
_UNKNOWN_INCLUDE = {200: "ignored", 400: "refused"}
_KEYS = {200: "global", 404: "team"}


async def key(account: Account) -> Iterable[Fact]:
    status = account.answer.status
    if status not in _KEYS:
        raise NotSeen(f"Rootly answers the list of incidents with {status}")
    return [Fact("key", _KEYS[status], f"the list of incidents gets {status}")]


async def headers(account: Account) -> Iterable[Fact]:
    names = account.answer.headers
    media_type = names.get("content-type", "").partition(";")[0].strip().lower()
    facts = [Fact("limits", "absent", "the answer has no X-RateLimit-Limit")]
    if "x-ratelimit-limit" in names:
        facts = [Fact("limits", "shown", "the answer has X-RateLimit-Limit")]
    if media_type in _MEDIA_TYPES:
        facts.append(Fact("media_type", _MEDIA_TYPES[media_type], "the answer's Content-Type"))
    return facts


async def strictness(account: Account) -> Iterable[Fact]:
    """The dials `strict` and `unknown_include`. The same requests answer both."""
    if account.answer.status not in _KEYS:
        raise NotSeen(f"Rootly answers the list of incidents with {account.answer.status}")
    params = {**SPARSE, "page[size]": "1", "include": "services,incident_desk_probe"}
    client = account.client
    answer = await client.get_as("application/json", INCIDENTS, params)
    strict = Fact("strict", "0", "a GET with Content-Type: application/json is not refused")
    if answer.status == 415:
        answer = await client.get_as(None, INCIDENTS, params)
        strict = Fact("strict", "if_sent", "a GET without Content-Type is not refused")
    if answer.status == 415:
        answer = await account.ask(params)
        strict = Fact("strict", "1", "a GET without Content-Type gets 415")
    if answer.status not in (200, 400, 404):
        strict = Fact("strict", None, f"a GET with another Content-Type gets {answer.status}")
    include = _UNKNOWN_INCLUDE.get(answer.status)
    reason = f"include=incident_desk_probe gets {answer.status}"
    return [strict, Fact("unknown_include", include, reason)]


async def clock(account: Account) -> Iterable[Fact]:
    return [clock_fact(account.client)]
