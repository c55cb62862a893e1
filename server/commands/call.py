"""`incident-desk call`: calls a tool from the shell."""

import sys
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial

import anyio

from server import logs
from server.commands.csv_output import CsvRows
from server.commands.json_output import JsonDocument, JsonLines
from server.commands.other_members import OtherMembers
from server.commands.output import Output
from server.commands.paging import read_pages
from server.commands.progress import ProgressBar
from server.commands.tool_call import ToolCall, find_tool
from server.commands.usage import UsageError
from server.sandboxed import sandboxed
from server.settings import Settings


@dataclass(frozen=True)
class CallOptions:
    """The options of `incident-desk call`.

    * `sandbox`: whether the command line asks for the sandbox.
    * `format`: `json`, `table` or `csv`.
    * `is_indented`: whether JSON is indented.
    * `has_all_pages`: whether the pages after the first one are printed, too.
    """

    sandbox: bool
    format: str
    is_indented: bool
    has_all_pages: bool

    def words(self) -> list[str]:
        """The words of the command line with which the next page is printed in the same way."""
        words = ["--sandbox"] if self.sandbox else []
        if self.has_all_pages:
            words.append("--all")
        return [*words, "--format", self.format]

    def output(self, call: ToolCall) -> Output:
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
            from server.commands.tables.output import Tables

            return Tables(call.next_line)
        if self.has_all_pages:
            return JsonLines()
        return JsonDocument(is_indented=self.is_indented)


def call_tool(settings: Settings, name: str, words: Sequence[str], options: CallOptions) -> int:
    """Print what the tool with this *name* answers to the arguments in *words*.

    The exit code is 0 for a result, 1 for an error, and 75 for an error that may pass.

    Raises:
        UsageError: the command line is wrong, so no tool was called.
    """
    logs.configure(settings.log_level, settings.keys.values())
    call = ToolCall.parse(find_tool(settings, name), words, options.words())
    output = options.output(call)
    with sandboxed(settings) as settings_in_use:
        run = partial(_print_pages, has_all_pages=options.has_all_pages)
        return anyio.run(run, settings_in_use, call, output)


async def _print_pages(
    settings: Settings, call: ToolCall, output: Output, *, has_all_pages: bool
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
    # A whole result says itself which parts of it failed. Rows alone do not.
    is_whole = not output.streams and not has_all_pages
    if is_whole and "error" not in others:
        return 0
    return others.exit_code()
