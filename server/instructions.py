"""What a client may tell its model about this server as a whole."""

from collections.abc import Iterable

from server.settings import Settings
from tools.catalogue import TOOLS, ToolEntry


def instructions(settings: Settings, offered: Iterable[ToolEntry]) -> str:
    """The instructions where the tools *offered* are. They name no other tool."""
    parts = ["Read-only questions about incidents."]
    parts += [entry.guidance for entry in offered]
    if settings.sandbox:
        parts.append("SANDBOX: every answer is made-up data, and none of it is real.")
    elif not settings.keys:
        parts.append("No key is set yet: every call answers not_configured and says what to do.")
    return "\n".join(parts)


def offered(settings: Settings) -> list[ToolEntry]:
    """The tools whose vendor has a key. With no key at all, all of them: someone then learns what to do."""
    keyed = [entry for entry in TOOLS if entry.vendor.name in settings.keys]
    return keyed or [*TOOLS]
