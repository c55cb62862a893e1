"""The parser of the command line."""

import argparse
import sys
from collections.abc import Sequence
from types import SimpleNamespace

from server import __version__
from server.commands.paragraph import fold
from server.settings import KEYS
from tools.catalogue import TOOLS, VENDORS

_TOOL_NAMES = [entry.name for entry in TOOLS]
_TITLES = " and ".join(vendor.title for vendor in VENDORS)
_EPILOG = (
    "Without a command, incident-desk serves MCP over stdio. Settings are environment variables:"
    f" {' and '.join(KEYS.values())} hold the keys; docs/settings.md has the others."
)
_USAGE = "usage: "
"""What argparse puts before a usage."""
_CALL_USAGE = "incident-desk call TOOL [JSON | - | key=value …] [options]"
_INDENT = " " * 8
_CALL_DESCRIPTION = (
    "Run one tool. incident-desk call TOOL --help shows its arguments. The exit code is 0 for a"
    " result, 1 for an error, 75 for an error that may pass, and 2 for wrong usage."
)


def parse(arguments: Sequence[str], options: SimpleNamespace) -> None:
    """Parse the command line *arguments* into *options*.

    For `--version`, wrong usage and most of `--help`, the process exits.
    """
    parser, commands = _parsers()
    _, rest = parser.parse_known_args(arguments, options)
    command = commands.get(options.command, parser)
    if rest and options.command != "call":
        command.error(f"unrecognized arguments: {' '.join(rest)}")
    if options.command == "call":
        # If an option stands between positional arguments, argparse does not take those after it.
        _split_words(command, options, [word for word in rest if word != "--"])


def print_usage_error(command: str, message: object) -> int:
    """Say on stderr what is wrong, and how the command is used. Returns the exit code."""
    _, commands = _parsers()
    commands[command].print_usage(sys.stderr)
    print(f"incident-desk {command}: {message}", file=sys.stderr)
    return 2


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
        call.error(f"which tool? There are {' and '.join(_TOOL_NAMES)}")


class _HelpWithDials(argparse.Action):
    """Prints the help with the dials. Only this help loads the emulations of the vendors."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from server.commands.sandbox import dials

        parser.epilog = dials()
        parser.print_help()
        parser.exit()


def _parsers() -> tuple[argparse.ArgumentParser, dict[str, argparse.ArgumentParser]]:
    """The parser of the command line, and those of the commands by their names."""
    parser = argparse.ArgumentParser(
        prog="incident-desk",
        description=f"Ask {_TITLES} about incidents: an MCP server, and the same from the shell.",
        epilog=_EPILOG,
    )
    parser.add_argument("--version", action="version", version=f"incident-desk {__version__}")
    _add_sandbox_switch(parser, default=False)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    call = commands.add_parser(
        "call",
        help="run one tool and print its result",
        usage=fold(_USAGE + _CALL_USAGE, rest=_INDENT).removeprefix(_USAGE),
        description=_CALL_DESCRIPTION,
        add_help=False,
    )
    tools = commands.add_parser("tools", help="print the tools and their schemas as JSON")
    http = commands.add_parser("http", help="serve MCP over HTTP, for a team; see docs/service.md")
    account = commands.add_parser(
        "account", help="create an account for incident-desk http, and print it with its token"
    )
    config = commands.add_parser(
        "config", help="print the configuration for a host, such as claude-code or cursor"
    )
    commands.add_parser("demo", help="walk through a triage on made-up data, in a few seconds")
    doctor = commands.add_parser(
        "doctor",
        help="say whether this installation can work here, and what to do if not",
        description=(
            "Check settings, keys, and the way to each vendor, with a few read-only requests. The"
            " output has no keys. The exit code is 0, or 1 if there is a problem."
        ),
    )
    sandbox = commands.add_parser(
        "sandbox",
        help="serve the vendors' APIs with made-up data, for curl and other clients",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        add_help=False,
    )
    for command in (call, tools, config, http, doctor):
        # A default would undo a --sandbox that stands before the command.
        _add_sandbox_switch(command, default=argparse.SUPPRESS)
    _add_call_options(call)
    _add_config_options(config)
    _add_doctor_options(doctor)
    _add_http_options(http)
    _add_account_options(account)
    _add_sandbox_options(sandbox)
    return parser, commands.choices


def _add_sandbox_switch(parser: argparse.ArgumentParser, default: object) -> None:
    parser.add_argument(
        "--sandbox",
        action="store_true",
        default=default,
        help="answer from made-up data; needs no keys, and ignores keys that are set",
    )


def _add_call_options(call: argparse.ArgumentParser) -> None:
    call.add_argument(
        "words",
        nargs="*",
        metavar="TOOL …",
        help=(
            f"{' or '.join(_TOOL_NAMES)}, and its arguments: a JSON object, - for one from stdin,"
            " or key=value, such as status=started,mitigated created_at.gte=-24h"
        ),
    )
    call.add_argument(
        "-h",
        "--help",
        action="store_true",
        help="show this help message, or with a tool its arguments, and exit",
    )
    call.add_argument(
        "--format",
        choices=("json", "table", "csv"),
        default="json",
        help="json (default); table, for people; csv, for spreadsheets",
    )
    call.add_argument("--pretty", action="store_true", help="indent the JSON, for people")
    call.add_argument(
        "--all",
        action="store_true",
        help=(
            "print the rows of all pages; as JSON, one line per row. What is not a row is printed"
            " on stderr, except in a table"
        ),
    )


def _add_config_options(config: argparse.ArgumentParser) -> None:
    config.add_argument("host", nargs="?", metavar="HOST", help="without it, all hosts are listed")
    config.add_argument(
        "--vendor",
        action="append",
        choices=[vendor.name for vendor in VENDORS],
        help="a vendor that you have a key of; can be repeated (default: those whose key is set)",
    )
    config.add_argument("--url", help="connect to incident-desk http at this address")
    config.add_argument(
        "--oauth", action="store_true", help="with --url: the service uses OAuth, so no token"
    )


def _add_doctor_options(doctor: argparse.ArgumentParser) -> None:
    doctor.add_argument(
        "--facts",
        action="store_true",
        help="instead, ask the vendors, read-only, what the sandbox's dials stand for",
    )
    doctor.add_argument("--json", action="store_true", help="print JSON")


def _add_http_options(http: argparse.ArgumentParser) -> None:
    http.add_argument("--host", help="the address to listen on (default 127.0.0.1)")
    http.add_argument("--port", type=int, help="0 picks a free one (default 8000)")
    http.add_argument("--socket", metavar="PATH", help="listen on a unix socket instead")
    http.add_argument("--workers", type=int, help="processes (default 1)")


def _add_account_options(account: argparse.ArgumentParser) -> None:
    account.add_argument("name", help="the name of the account, for the audit log")
    account.add_argument(
        "--days",
        type=int,
        default=90,
        help="how many days after today the token is valid (default 90)",
    )
    account.add_argument(
        "--tools", help="the tools that the account may call, separated by commas (default: all)"
    )


def _add_sandbox_options(sandbox: argparse.ArgumentParser) -> None:
    sandbox.add_argument(
        "-h",
        "--help",
        action=_HelpWithDials,
        nargs=0,
        help="show this help message with the dials, and exit",
    )
    sandbox.add_argument(
        "--port", type=int, default=8089, help="on 127.0.0.1; 0 picks a free one (default 8089)"
    )
    sandbox.add_argument(
        "--size", type=int, default=400, help="incidents, up to 50000 (default 400)"
    )
    sandbox.add_argument("--seed", type=int, help="another seed makes other incidents")
    sandbox.add_argument(
        "--now",
        metavar="INSTANT",
        help=(
            "when the made-up data ends, in RFC 3339; the vendors' clocks stand still at this"
            " instant (default: the current time, which moves on)"
        ),
    )
    sandbox.add_argument(
        "--hold", action="store_true", help="let the clocks stand still at the current time"
    )
