"""A call of a tool, as a command line."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from server.commands.argument_words import parse_arguments, words_of
from server.commands.command_line import command_line
from server.commands.page import Members
from server.commands.usage import UsageError
from server.dispatcher import Dispatcher
from server.settings import Settings
from tools.arguments import nearest
from tools.catalogue import PAGE_URIS, RIGHTS
from tools.schema import Schema, complete_schema
from tools.tool import Tool


@dataclass(frozen=True)
class ToolCall:
    """A call of a tool from the shell.

    * `schema`: the complete schema of the tool's arguments.
    * `options`: the words of the options that the command line has beside them.
    """

    tool: str
    arguments: Members
    schema: Schema
    options: Sequence[str]

    @classmethod
    def parse(cls, tool: Tool[Any], words: Sequence[str], options: Sequence[str]) -> Self:
        """The call in the *words* of the command line.

        Raises:
            UsageError: the words are not arguments.
        """
        schema = complete_schema(tool.arguments)
        return cls(tool.name, parse_arguments(words, schema), schema, options)

    @property
    def line(self) -> str:
        """The command line that makes this call."""
        words = words_of(self.arguments, self.schema)
        return command_line("call", self.tool, *words, *self.options)

    def next_line(self, arguments: Members) -> str:
        """The command line for the next page, from the arguments in `next`."""
        return replace(self, arguments={**self.arguments, **arguments}).line


def find_tool(settings: Settings, name: str) -> Tool[Any]:
    """The tool with this name.

    A tool that shows a page has nothing to print: its rows are only for the page.

    Raises:
        UsageError: there is none, or it shows a page.
    """
    if name in PAGE_URIS:
        raise UsageError(
            f"{name} shows a page in a chat: incident-desk board opens the same page in a browser,"
            f" and incident-desk call {RIGHTS[name]} prints incidents"
        )
    tools = Dispatcher(settings).tools
    if name in tools:
        return tools[name]
    names = [tool for tool in tools if tool not in PAGE_URIS]
    similar = nearest(name, names)
    advice = f"did you mean {similar}?" if similar else f"there are {' and '.join(names)}"
    raise UsageError(f"no tool {name!r}: {advice}")
