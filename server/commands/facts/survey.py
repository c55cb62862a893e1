"""Asks every vendor that has a key, one after the other."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from sandbox.serving import VENDORS as EMULATED
from server.commands.facts.client import Client, Counter
from server.commands.facts.fact import Fact
from server.commands.facts.incident_io import survey as incident_io
from server.commands.facts.probe import Probe, Unseen
from server.commands.facts.report import Findings
from server.commands.facts.rootly import survey as rootly
from server.settings import Settings
from tools.catalogue import VENDORS
from tools.connection import Clock, connect, utc_now
from tools.vendor import Vendor

# The vendor with the fewer requests comes first: the limit counts for both together.
SURVEYS: Mapping[str, Callable[[Client], Awaitable[list[Fact]]]] = {
    "incident_io": incident_io.survey,
    "rootly": rootly.survey,
}
PROBES: Mapping[str, Sequence[Probe[Any]]] = {
    "incident_io": incident_io.PROBES,
    "rootly": rootly.PROBES,
}
UNSEEN: Mapping[str, Unseen] = {"incident_io": incident_io.UNSEEN, "rootly": rootly.UNSEEN}


async def survey(settings: Settings, counter: Counter, clock: Clock = utc_now) -> list[Findings]:
    """The findings about each vendor that has a key."""
    titled = {vendor.name: vendor for vendor in VENDORS}
    return [
        await _survey(titled[name], settings, counter, clock)
        for name in SURVEYS
        if name in settings.keys
    ]


async def _survey(vendor: Vendor, settings: Settings, counter: Counter, clock: Clock) -> Findings:
    name = vendor.name
    connection = connect(
        vendor,
        settings.urls.get(name, vendor.base_url),
        settings.keys[name],
        key_name=vendor.key_variable,
        limits=settings.limits,
        clock=clock,
    )
    async with connection.http:
        client = Client(connection, counter)
        facts = await SURVEYS[name](client)
    facts += [Fact(dial, None, reason) for dial, reason in UNSEEN[name].items()]
    dials = EMULATED[name].dials
    order = list(dials)
    facts.sort(key=lambda fact: order.index(fact.dial))
    return Findings(name, vendor.title, dials, facts, client.requests, client.is_sandbox)
