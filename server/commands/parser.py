"""The parser of the command line."""

import argparse
import os
import sys
from collections.abc import Sequence
from types import SimpleNamespace

from server import __version__
from server.commands.options import ADD_COMMANDS, add_sandbox_switch
from server.settings import KEYS
from tools.catalogue import PLAIN_TOOLS, VENDORS

_TITLES = " and ".join(vendor.title for vendor in VENDORS)
_EPILOG = (
    "Without a command, incident-desk serves MCP over stdio. Settings are environment variables:"
    f" {' and '.join(KEYS.values())} hold the keys; docs/settings.md has the others."
)


def parse(words: Sequence[str]) -> SimpleNamespace:
    """The options in the *words* of the command line. `command` is None for stdio.

    For `--version`, wrong usage and most of `--help`, the process exits.
    """
    parser, commands = _parsers()
    options = SimpleNamespace()
    _, rest = parser.parse_known_args([_decoded(word) for word in words], options)
    command = commands.get(options.command, parser)
    if rest and options.command != "call":
        command.error(f"unrecognized arguments: {' '.join(rest)}")
    if options.command == "call":
        # If an option stands between positional arguments, argparse does not take those after it.
        _split_words(command, options, [word for word in rest if word != "--"])
    return options


def print_usage_error(command: str, message: object) -> int:
    """Say on stderr what is wrong, and how the command is used. Returns the exit code."""
    _, commands = _parsers()
    commands[command].print_usage(sys.stderr)
    print(f"incident-desk {command}: {message}", file=sys.stderr)
    return 2


def _parsers() -> tuple[argparse.ArgumentParser, dict[str, argparse.ArgumentParser]]:
    """The parser of the command line, and those of the commands by their names."""
    parser = argparse.ArgumentParser(
        prog="incident-desk",
        description=f"Ask {_TITLES} about incidents: an MCP server, and the same from the shell.",
        epilog=_EPILOG,
    )
    parser.add_argument("--version", action="version", version=f"incident-desk {__version__}")
    add_sandbox_switch(parser, default=False)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for add_command in ADD_COMMANDS:
        add_command(commands.add_parser)
    return parser, commands.choices


def _split_words(
    call: argparse.ArgumentParser, options: SimpleNamespace, rest: Sequence[str]
) -> None:
    """Set `tool` and `arguments` from the words of `call`.

    Without a tool, or with an unknown option, the process exits.
    """
    for word in rest:
        if word.startswith("-") and word != "-":
            call.error(f"{word} is not an option. Write an argument of the tool as key=value")
    words = [*options.words, *rest]
    if words:
        options.tool, *options.arguments = words
    elif options.help:
        call.print_help()
        call.exit()
    else:
        call.error(f"which tool? There are {' and '.join(entry.name for entry in PLAIN_TOOLS)}")


def _decoded(word: str) -> str:
    """*word* as UTF-8, which Python may have read as another encoding.

    If it is not valid UTF-8, it stays as Python has read it.
    """
    # On Windows, words are Unicode from the start.
    if word.isascii() or os.name == "nt":
        return word
    try:
        return os.fsencode(word).decode()
    except UnicodeDecodeError:
        return word
