"""Which tools the server offers, and its instructions for clients."""

from collections.abc import Container, Iterable

from server.settings import Settings
from tools.catalogue import PLAIN_TOOLS, TOOLS, ToolEntry

# Nothing that the first answers over stdio do not need is imported.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from server.caller import Caller

TTL_MS = 300_000
"""How long a client may use the list of tools and the instructions without asking again.

They change when the server starts again with another key or another version, and over HTTP also
when the accounts are read again. Then what a client remembers is wrong for at most five minutes.
"""


def offered_tools(
    settings: Settings, vendors: Container[str] | None = None, *, with_pages: bool = False
) -> list[ToolEntry]:
    """The tools whose vendor has a key; with the sandbox, those whose vendor it emulates.

    Tools that show a page are only offered *with_pages*: to clients that show pages.

    *vendors* are the names of those whose key the caller has, by default those of the settings. If
    no key is set, or if a setting is wrong, all tools are offered. A call to any of them then
    says what to do.
    """
    tools = [*(TOOLS if with_pages else PLAIN_TOOLS)]
    if settings.problems:
        return tools
    if settings.sandbox:
        return [entry for entry in tools if entry.vendor.has_sandbox]
    vendors = settings.keys if vendors is None else vendors
    entries = [entry for entry in tools if entry.vendor.name in vendors]
    return entries or tools


def offered_to(
    settings: Settings, caller: "Caller", *, with_pages: bool = False
) -> list[ToolEntry]:
    """The tools that *caller* may call, of vendors whose key it has."""
    entries = offered_tools(settings, caller.keys, with_pages=with_pages)
    return [entry for entry in entries if caller.may_call(entry.name)]


def instructions(
    settings: Settings, tools: Iterable[ToolEntry], *, has_keys: bool | None = None
) -> str:
    """The instructions for clients. They name only *tools*.

    *has_keys* says whether the caller has any key; by default, whether the settings have one.
    """
    has_keys = bool(settings.keys) if has_keys is None else has_keys
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
    elif not has_keys:
        parts.append("No key is set yet: every call answers not_configured and says what to do.")
    return "\n".join(parts)
