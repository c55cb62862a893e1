"""Which tools the server offers, and its instructions for clients."""

from collections.abc import Iterable

from server.settings import Settings
from tools.catalogue import TOOLS, ToolEntry
from tools.vendor import Vendor

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


_WHERE = (
    "in the environment of this server (in most hosts, the env block of its entry in the host's"
    " configuration), and restart the server there"
)


def how_to_correct(problem: str) -> str:
    """*problem*, a whole sentence, and the advice where to correct a setting."""
    return f"{problem} Correct this {_WHERE}."


def how_to_configure(settings: Settings, vendor: Vendor) -> str:
    """The advice for a call to *vendor* that has no key, or if a setting is wrong."""
    if settings.problems:
        problems = " ".join(settings.problems)
        return how_to_correct(f"Settings are wrong, so no tool runs. {problems}")
    if settings.sandbox:
        return (
            f"The sandbox does not emulate {vendor.title}: start incident-desk without the"
            f" sandbox, with a key in {vendor.key_variable}."
        )
    sentences = [
        f"{vendor.key_variable} is not set.",
        *settings.warnings,
        f"Put a key of {vendor.title} there, {_WHERE}.",
    ]
    if vendor.key_source:
        sentences.append(f"The key comes from {vendor.key_source}.")
    if vendor.has_sandbox:
        sentences.append("Or try it without keys: incident-desk --sandbox.")
    return " ".join(sentences)
