"""The catalogue: every tool the server offers, one line each."""

from collections.abc import Sequence
from typing import Any

from tools.incident_io.list_attachments import LIST_ATTACHMENTS, with_resource_types
from tools.rootly.list_incidents import LIST_INCIDENTS
from tools.tool import Tool

TOOLS: tuple[Tool[Any], ...] = (
    LIST_INCIDENTS,
    LIST_ATTACHMENTS,
)


def tools(extra_resource_types: Sequence[str] = ()) -> tuple[Tool[Any], ...]:
    """The catalogue, with resource types that incident.io has added since."""
    return tuple(
        with_resource_types(extra_resource_types) if tool is LIST_ATTACHMENTS else tool
        for tool in TOOLS
    )
