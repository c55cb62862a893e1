"""Which tools the server offers, and its instructions for clients."""

from collections.abc import Iterable

from server.settings import Settings
from tools.catalogue import TOOLS, ToolEntry

TTL_MS = 300_000
"""How long a client may use the list of tools and the instructions without asking again.

They never change while the server runs. But a client may remember them until the server starts
again, with another key or another version: then they are wrong for at most these five minutes.
"""


def offered_tools(settings: Settings) -> list[ToolEntry]:
    """The tools whose vendor has a key; with the sandbox, those whose vendor it emulates.

    If no key is set, or if a setting is wrong, all tools are offered. A call to any of them then
    says what to do.
    """
    if settings.problems:
        return [*TOOLS]
    if settings.sandbox:
        return [entry for entry in TOOLS if entry.vendor.has_sandbox]
    entries = [entry for entry in TOOLS if entry.vendor.name in settings.keys]
    return entries or [*TOOLS]


def instructions(settings: Settings, tools: Iterable[ToolEntry]) -> str:
    """The instructions for clients. They name only *tools*."""
    tools = [*tools]
    # One host shows the model only the first line until it searches for tools.
    titles = " and ".join(dict.fromkeys(entry.vendor.title for entry in tools))
    parts = [f"Read-only questions about incidents in {titles}."]
    parts += [entry.guidance for entry in tools]
    if settings.problems:
        parts.append(
            "The settings are wrong: every call answers not_configured and says what to correct."
        )
    elif settings.sandbox:
        parts.append("SANDBOX: every answer is made-up data, and none of it is real.")
    elif not settings.keys:
        parts.append("No key is set yet: every call answers not_configured and says what to do.")
    return "\n".join(parts)
