"""The probes of incident.io."""

from server.commands.facts.client import Client
from server.commands.facts.incident_io import access, attachments
from server.commands.facts.incident_io.account import Account
from server.commands.facts.probe import Probe, Survey


async def _read_account(client: Client) -> Account:
    account = Account(client)
    await account.read()
    return account


SURVEY = Survey(
    _read_account,
    probes=(
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
    ),
    unseen={
        "orphans": "it would take an incident that is known to be deleted",
    },
)
