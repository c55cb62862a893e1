"""MCP prompts: texts that a person sends with `/` in a host, and that say which calls to make.

The first answers over stdio need only this module.
"""

from collections.abc import Iterable

from tools.catalogue import ToolEntry

TOOL = "list_incidents"
"""The tool that every prompt calls. Without it there are no prompts."""
COMPLETE = "completion/complete"
"""The method that completes the arguments of prompts. It sends requests to the vendor."""


def are_offered(tools: Iterable[ToolEntry]) -> bool:
    """Whether a server that offers *tools* has prompts."""
    return any(entry.name == TOOL for entry in tools)


def unknown(name: object) -> str:
    """The message for a prompt that does not exist, or that the caller may not use."""
    return f"Unknown prompt: {str(name)[:80]}"
