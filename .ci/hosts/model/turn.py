"""One turn of the scripted model: a call of a tool, or a text that ends the conversation."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Tool:
    """A tool as the model sees it."""

    name: str
    description: str
    schema: Mapping[str, Any]
    namespace: str | None = None  # Codex puts the tools of a server into one


SEARCH = "tool_search"
"""The name of a tool that finds tools that the host has not offered yet."""


@dataclass(frozen=True)
class Call:
    """A call of the model. *id* is different for each call of a conversation."""

    id: str
    tool: Tool
    arguments: Mapping[str, Any]


Turn = Call | str
