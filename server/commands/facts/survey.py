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
from server.dispatcher import Dispatcher
from server.settings import Settings
from tools.catalogue import VENDORS
from tools.connection import Clock
from tools.errors import NotConfigured
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


async def survey(
    settings: Settings, counter: Counter, clock: Clock | None = None
) -> list[Findings]:
    """The findings about each vendor that has a key.

    *clock* is ours. None: that of the settings.
    """
    vendors = {vendor.name: vendor for vendor in VENDORS}
    async with Dispatcher(settings, clock=clock) as dispatcher:
        return [
            await _survey(vendors[name], dispatcher, counter)
            for name in SURVEYS
            if name in settings.keys
        ]


async def _survey(vendor: Vendor, dispatcher: Dispatcher, counter: Counter) -> Findings:
    name = vendor.name
    try:
        client = Client(dispatcher.connection(vendor), counter)
    except NotConfigured as error:
        return _findings(vendor, _nothing(name, str(error)))
    facts = await SURVEYS[name](client)
    return _findings(vendor, facts, client.requests, is_sandbox=client.is_sandbox)


def _nothing(name: str, reason: str) -> list[Fact]:
    """No dial was seen, for the same reason."""
    return [Fact(dial, None, reason) for probe in PROBES[name] for dial in probe.dials]


def _findings(
    vendor: Vendor, facts: Sequence[Fact], requests: int = 0, *, is_sandbox: bool = False
) -> Findings:
    name = vendor.name
    unseen = [Fact(dial, None, reason) for dial, reason in UNSEEN[name].items()]
    dials = EMULATED[name].dials
    order = list(dials)
    in_order = sorted([*facts, *unseen], key=lambda fact: order.index(fact.dial))
    return Findings(name, vendor.title, dials, in_order, requests, is_sandbox)
