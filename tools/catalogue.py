"""The list of tools and vendors, which everything else reads.

Nothing heavy is imported here: the first answers over stdio, the settings and the command line
need the list before any tool has loaded.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module

from tools.incident_io import INCIDENT_IO
from tools.rootly import ROOTLY
from tools.vendor import Vendor

# Importing `typing` takes 2 of the 30 ms until a client has its first answer.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from tools.tool import Tool


@dataclass(frozen=True, eq=False)
class ToolEntry:
    """A tool of the catalogue. `module` defines the tool itself, as `TOOL`.

    `guidance` is what the server's instructions say about it. `extra_values` names, for an
    argument with an enum, the environment variable that adds values to it.

    `page_uri` names the page that a tool shows to people, in hosts that render MCP Apps. Such a
    tool is only offered to them. It shows what another tool answers, and needs the right to call
    that one: `right` is its name.
    """

    name: str
    vendor: Vendor
    module: str
    guidance: str
    extra_values: Mapping[str, str] = field(default_factory=dict[str, str])
    page_uri: str = ""
    right: str = ""

    def load(self, extra_values: Mapping[str, Sequence[str]] | None = None) -> "Tool[Any]":
        """Import the tool. *extra_values* are by environment variable."""
        tool: Tool[Any] = import_module(self.module).TOOL
        for argument, variable in self.extra_values.items():
            values = (extra_values or {}).get(variable)
            if values:
                tool = tool.with_values(argument, values)
        return tool


VENDORS: tuple[Vendor, ...] = (
    ROOTLY,
    INCIDENT_IO,
)

TOOLS: tuple[ToolEntry, ...] = (
    ToolEntry(
        name="list_incidents",
        vendor=ROOTLY,
        module="tools.rootly.list_incidents",
        guidance=(
            "list_incidents asks Rootly.\n"
            "- What is on fire: list_incidents with the live statuses."
            " Narrow by severity, services, environments, started_at.\n"
            "- How many, how often, how long: group_by, or page_size 1 and read total."
            " Never page to count.\n"
            "- Has this happened before, and what helped: similar_to."
            " What was going on in a shift or during a deploy: active_during."
            " Who led what, whose ticket or page, sub-incidents, how long, open action items:"
            " where.\n"
            "- Long lists: view table, or fields with only what is needed."
            " One in depth: sequential_id, with view full or include.\n"
            "- An empty list with a hint: use the names that the hint has."
        ),
    ),
    ToolEntry(
        name="list_attachments",
        vendor=INCIDENT_IO,
        module="tools.incident_io.list_attachments",
        guidance=(
            "list_attachments asks incident.io, whose ids and numbers are not Rootly's.\n"
            "- What is attached to an incident, or which incident a page or a pull request belongs"
            " to: list_attachments, include_incident."
        ),
        extra_values={"resource_type": "INCIDENT_IO_EXTRA_RESOURCE_TYPES"},
    ),
    ToolEntry(
        name="show_board",
        vendor=ROOTLY,
        module="tools.rootly.show_board",
        guidance=(
            "- To show the person a page: show_board, with what is live, with one incident"
            " (sequential_id), or with a plot (group_by)."
        ),
        page_uri="ui://incident-desk/board",
        right="list_incidents",
    ),
)

PLAIN_TOOLS = tuple(entry for entry in TOOLS if not entry.page_uri)
"""The tools that show no page: for every client, and for the command line."""
RIGHTS: Mapping[str, str] = {entry.name: entry.right or entry.name for entry in TOOLS}
"""For each tool, the name of the tool that a caller must be allowed to call."""
PAGE_URIS: Mapping[str, str] = {entry.name: entry.page_uri for entry in TOOLS if entry.page_uri}
"""The URI of the page that a tool shows, for the tools that show one."""
GRANTABLE = frozenset(RIGHTS.values())
"""The tools that an account can be allowed to call."""


def load_tools(
    extra_values: Mapping[str, Sequence[str]] | None = None,
    entries: Iterable[ToolEntry] = TOOLS,
) -> "tuple[Tool[Any], ...]":
    """Import the tools of *entries*, which takes half a second."""
    return tuple(entry.load(extra_values) for entry in entries)
