"""The probes of incident.io."""

from server.commands.facts.client import Client
from server.commands.facts.fact import Fact
from server.commands.facts.incident_io import access, attachments
from server.commands.facts.incident_io.account import Account
from server.commands.facts.probe import Probe, Unseen, run_probes

PROBES: tuple[Probe[Account], ...] = (
    Probe(("scope",), access.scope),
    Probe(("limits",), access.headers),
    Probe(("permalink",), access.permalink),
    Probe(("severity",), access.severity),
    Probe(("gone",), attachments.gone),
    Probe(("unknown_type",), attachments.unknown_type),
    Probe(("both_modes",), attachments.both_modes),
    Probe(("half_a_mode",), attachments.half_a_mode),
    Probe(("external_ids",), attachments.external_ids),
    Probe(("clock",), access.clock),
)
UNSEEN: Unseen = {
    "orphans": "it would take an incident that is known to be deleted",
}


async def survey(client: Client) -> list[Fact]:
    """A fact for each dial of incident.io that GET requests can show."""
    account = Account(client)
    await account.read()
    return await run_probes(PROBES, account)
