"""`incident-desk call`: calls a tool from the shell."""

import sys
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol, Self

import anyio

from server import logs
from server.commands.argument_words import Schema, parse_arguments, words_of
from server.commands.command_line import command_line
from server.commands.csv_output import CsvRows
from server.commands.json_output import JsonDocument, JsonLines
from server.commands.page import Page, Row
from server.commands.paging import OtherMembers, exit_code, read_pages
from server.commands.progress import ProgressBar
from server.commands.usage import UsageError
from server.dispatcher import Dispatcher
from server.sandboxed import sandboxed
from server.settings import Settings
from tools.arguments import nearest
from tools.schema import complete_schema
from tools.tool import Tool


class Output(Protocol):
    """Prints the pages of a call in one format.

    `streams`: whether rows are printed as soon as they arrive.
    """

    streams: bool

    def add(self, page: Page) -> None:
        """Take a page. An output that streams prints its rows."""

    def finish(self, others: Mapping[str, Any]) -> None:
        """Print what was not printed yet, and the *others*: what all pages have beside rows."""


@dataclass(frozen=True)
class Call:
    """A call of a tool from the shell, with the words of its options."""

    tool: str
    arguments: Mapping[str, Any]
    schema: Schema
    options: Sequence[str] = ()

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

    def next_line(self, arguments: Row) -> str:
        """The command line for the next page, from the arguments in `next`."""
        return replace(self, arguments={**self.arguments, **arguments}).line


@dataclass(frozen=True)
class OutputOptions:
    """How the result of a call is printed: in which format, indented, and all pages of it."""

    format: str = "json"
    is_indented: bool = False
    has_all_pages: bool = False

    def words(self, *, sandbox: bool) -> list[str]:
        """The words of the command line for the next page in the same format."""
        words = ["--sandbox"] if sandbox else []
        if self.has_all_pages:
            words.append("--all")
        return [*words, "--format", self.format]

    def output(self, call: Call) -> Output:
        """The output for *call*.

        Raises:
            UsageError: two options exclude each other.
        """
        if self.is_indented and (self.format != "json" or self.has_all_pages):
            raise UsageError("--pretty is only for --format json, and without --all")
        if self.format == "csv":
            return CsvRows()
        if self.format == "table":
            # rich takes 40 ms to import.
            from server.commands.table_output import Tables

            return Tables(call.next_line)
        if self.has_all_pages:
            return JsonLines()
        return JsonDocument(is_indented=self.is_indented)


def call(
    settings: Settings,
    tool: str,
    words: Sequence[str],
    output: OutputOptions,
    *,
    sandbox: bool,
) -> int:
    """Print what the tool answers to the arguments in *words*.

    *sandbox*: whether the command line has the option `--sandbox`. The exit code is 0 for a
    result, 1 for an error, and 75 for an error that may pass.

    Raises:
        UsageError: the command line is wrong, so no tool was called.
    """
    logs.configure(settings.log_level, settings.keys.values())
    parsed = Call.parse(find_tool(settings, tool), words, output.words(sandbox=sandbox))
    printer = output.output(parsed)
    with sandboxed(settings) as settings_in_use:
        run = partial(print_call, has_all_pages=output.has_all_pages)
        return anyio.run(run, settings_in_use, parsed, printer)


def find_tool(settings: Settings, name: str) -> Tool[Any]:
    """The tool with this name.

    Raises:
        UsageError: there is none.
    """
    tools = Dispatcher(settings).tools
    if name in tools:
        return tools[name]
    similar = nearest(name, tools)
    advice = f"did you mean {similar}?" if similar else f"there are {' and '.join(tools)}"
    raise UsageError(f"no tool {name!r}: {advice}")


async def print_call(
    settings: Settings, call: Call, output: Output, *, has_all_pages: bool = False
) -> int:
    """Print a call's first page, or all of its pages; the result is the exit code."""
    others = OtherMembers()
    # Rows that appear in the same terminal show the progress themselves.
    is_hidden = output.streams and has_all_pages and sys.stdout.isatty()
    with ProgressBar(is_hidden=is_hidden) as bar:
        pages = read_pages(settings, call.tool, call.arguments, bar, has_all_pages=has_all_pages)
        async with aclosing(pages):
            async for page in pages:
                output.add(page)
                others.add(page)
    output.finish(others)
    counts_parts = output.streams or has_all_pages
    return exit_code(others) if counts_parts or "error" in others else 0
