"""The probes of Rootly, in their order: later ones use what earlier ones have seen."""

from server.commands.facts.client import Client
from server.commands.facts.probe import Probe, Survey
from server.commands.facts.rootly import (
    access,
    cursor,
    document,
    filter_effects,
    filters,
    pages,
    relations,
    resolutions,
    sort_resolution,
    sorting,
    totals,
)
from server.commands.facts.rootly.account import Account


async def _read_account(client: Client) -> Account:
    account = Account(client)
    await account.read_first_page()
    return account


SURVEY = Survey(
    _read_account,
    probes=(
        Probe(("key",), access.key),
        Probe(("limits", "media_type"), access.headers),
        Probe(("meta",), document.meta),
        Probe(("shape",), document.shape),
        Probe(("attributes",), document.attributes),
        Probe(("shown", "zone"), document.times),
        Probe(("labels",), document.labels),
        Probe(("relations",), relations.relations),
        Probe(("subscribers",), relations.subscribers),
        Probe(("selections",), relations.selections),
        Probe(("fieldsets", "page_limit", "page_limit_told", "sub_status"), pages.pages),
        Probe(("combined",), filter_effects.combined),
        Probe(("slugs",), filter_effects.slugs),
        Probe(("cursor", "last_cursor", "empty_page"), cursor.cursor),
        Probe(("gone",), filters.gone),
        Probe(("stored", "compared"), resolutions.resolutions),
        Probe(("bad_date",), filters.bad_date),
        Probe(("nulls", "ties"), sorting.missing_times),
        Probe(("sorted",), sort_resolution.resolution),
        Probe(("kind_filter",), filters.kind_filter),
        Probe(("label_filter",), filters.label_filter),
        Probe(("excluding",), filters.excluding),
        Probe(("ignore",), filter_effects.ignore),
        Probe(("total",), totals.total),
        Probe(("severity",), document.severity),
        Probe(("strict", "unknown_include"), access.strictness),
        Probe(("clock",), access.clock),
    ),
    unseen={
        "updated_clock": "it would take a change at a known time",
    },
)
