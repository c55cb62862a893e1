"""Asks every vendor that has a key, one after the other."""

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.serving import VENDORS as EMULATED
from server.commands.facts.client import Client, Counter
from server.commands.facts.fact import Fact
from server.commands.facts.incident_io import survey as incident_io
from server.commands.facts.probe import Survey
from server.commands.facts.report import Findings
from server.commands.facts.rootly import survey as rootly
from server.dispatcher import Dispatcher
from server.settings import Settings
from tools.catalogue import VENDORS
from tools.connection import Clock
from tools.errors import NotConfigured
from tools.vendor import Vendor

# The vendor with the fewer requests comes first: the limit counts for both together.
SURVEYS: Mapping[str, Survey[Any]] = {
    "incident_io": incident_io.SURVEY,
    "rootly": rootly.SURVEY,
}


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
    try:
        client = Client(dispatcher.connection(vendor), counter)
    except NotConfigured as error:
        return _findings(vendor, _no_facts(vendor, str(error)))
    facts = await SURVEYS[vendor.name].facts(client)
    return _findings(vendor, facts, client.requests, is_sandbox=client.is_sandbox)


def _no_facts(vendor: Vendor, reason: str) -> list[Fact]:
    """No dial was seen, for the same reason."""
    return [Fact(dial, None, reason) for dial in SURVEYS[vendor.name].dials]


def _findings(
    vendor: Vendor, facts: Sequence[Fact], requests: int = 0, *, is_sandbox: bool = False
) -> Findings:
    unseen = SURVEYS[vendor.name].unseen.items()
    by_dial = {fact.dial: fact for fact in facts}
    by_dial.update((dial, Fact(dial, None, reason)) for dial, reason in unseen)
    dials = EMULATED[vendor.name].dials
    in_order = [by_dial[dial] for dial in dials]
    return Findings(vendor.name, vendor.title, dials, in_order, requests, is_sandbox)
