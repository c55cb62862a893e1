"""Headers: the key, content types, rate limits and the clock."""

from collections.abc import Iterable

from server.commands.facts.clock import clock_fact
from server.commands.facts.fact import Fact, NotSeen
from server.commands.facts.rootly.account import INCIDENTS, SPARSE, Account

_MEDIA_TYPES = {"application/json": "json", "application/vnd.api+json": "jsonapi"}
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
    params = {**SPARSE, "page[size]": "1"}
    plain = await account.client.get_as("application/json", INCIDENTS, params)
    if plain.status in _KEYS:
        return [Fact("strict", "0", "a GET with Content-Type: application/json is not refused")]
    if plain.status != 415:
        raise NotSeen(f"a GET with Content-Type: application/json gets {plain.status}")
    bare = await account.client.get_as(None, INCIDENTS, params)
    if bare.status in _KEYS:
        return [Fact("strict", "if_sent", "a GET without Content-Type is not refused")]
    if bare.status != 415:
        raise NotSeen(f"a GET without Content-Type gets {bare.status}")
    return [Fact("strict", "1", "a GET without Content-Type gets 415")]


async def clock(account: Account) -> Iterable[Fact]:
    return [clock_fact(account.client)]
