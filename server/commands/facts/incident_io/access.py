"""The key's scopes, headers, the clock, and the form of incidents."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from server.commands.facts.clock import clock_fact
from server.commands.facts.fact import Fact, NotSeen
from server.commands.facts.incident_io.account import IDENTITY, Account
from tools.json_values import as_mapping

# By the statuses that the list of incidents and attachments get.
_SCOPES = {
    (200, 200): "all",
    (403, 200): "attachments.view",
    (200, 403): "incidents.view",
}
_FEWEST = 5
"""Fewer incidents without a severity may just have none."""


async def scope(account: Account) -> Iterable[Fact]:
    if account.listing is None or account.usual is None:
        raise NotSeen(account.reason)
    statuses = account.listing.status, account.usual.status
    reason = f"the list of incidents gets {statuses[0]}, attachments get {statuses[1]}"
    return [Fact("scope", _SCOPES.get(statuses), reason)]


async def headers(account: Account) -> Iterable[Fact]:
    if account.listing is None:
        raise NotSeen(account.reason)
    if "x-ratelimit-limit" in account.listing.headers:
        return [Fact("limits", "shown", "the answer has X-RateLimit-Limit")]
    return [Fact("limits", "absent", "the answer has no X-RateLimit-Limit")]


async def severity(account: Account) -> Iterable[Fact]:
    incidents = account.incidents
    if any(incident.get("severity") for incident in incidents):
        return [Fact("severity", "shown", "an incident has a severity")]
    if len(incidents) < _FEWEST:
        raise NotSeen("too few incidents")
    return [Fact("severity", "absent", f"none of the {len(incidents)} newest incidents has one")]


async def permalink(account: Account) -> Iterable[Fact]:
    for incident in account.incidents:
        parts = urlsplit(str(incident.get("permalink"))).path.strip("/").split("/")
        id_ = str(incident.get("id"))
        number = str(incident.get("reference")).rpartition("-")[2]
        if parts == ["incidents", number]:
            reason = "a permalink has a number, and no organisation"
            return [Fact("permalink", "no_organisation", reason)]
        if parts[1:] == ["incidents", id_]:
            return [Fact("permalink", "id", "a permalink has an organisation and an id")]
        if parts[1:] == ["incidents", number]:
            return [await _with_organisation(account, parts[0])]
    raise NotSeen("no permalink has a known form")


async def _with_organisation(account: Account, organisation: str) -> Fact:
    """The dial, for a permalink with a number and this organisation."""
    identity = as_mapping((await account.client.get(IDENTITY, {})).body.get("identity"))
    own = urlsplit(str(identity.get("dashboard_url", ""))).path.strip("/").partition("/")[0]
    if not own:
        raise NotSeen("the organisation of the key is not known")
    if own == organisation:
        return Fact("permalink", "number", "a permalink has the key's organisation and a number")
    return Fact("permalink", "other_organisation", "a permalink has another organisation")


async def clock(account: Account) -> Iterable[Fact]:
    return [clock_fact(account.client)]
