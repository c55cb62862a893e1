"""The parser of the command line."""

import argparse
from collections.abc import Sequence
from types import SimpleNamespace

from server import __version__
from server.settings import KEYS
from tools.catalogue import TOOLS, VENDORS

_TITLES = " and ".join(vendor.title for vendor in VENDORS)
_EPILOG = f"""\
Without a command, incident-desk serves MCP over stdio. Settings are environment variables:
{" and ".join(KEYS.values())} hold the keys; docs/settings.md has the others.
"""


def parse(arguments: Sequence[str], options: SimpleNamespace) -> None:
    """Parse the command line *arguments* into *options*.

    For `--help`, `--version` and wrong usage, the process exits.
    """
    parser = _parser()
    _, rest = parser.parse_known_args(arguments, options)
    # If an option stands between positional arguments, argparse does not take those after it.
    has_unknown_option = any(word.startswith("-") and word != "-" for word in rest)
    if rest and (options.command != "call" or has_unknown_option):
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    if options.command == "call":
        options.arguments += rest


class _HelpWithDials(argparse.Action):
    """Prints the help with the dials. Only this help loads the emulations of the vendors."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from server.commands.sandbox import dials

        parser.epilog = dials()
        parser.print_help()
        parser.exit()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="incident-desk",
        description=f"Ask {_TITLES} about incidents: an MCP server, and the same from the shell.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"incident-desk {__version__}")
    _add_sandbox_switch(parser, default=False)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    call = commands.add_parser(
        "call",
        help="run one tool and print its result",
        description=(
            "Run one tool. The exit code is 0 for a result, 1 for an error, 75 for an error that"
            " may pass, and 2 for wrong usage."
        ),
    )
    tools = commands.add_parser("tools", help="print the tools and their schemas as JSON")
    http = commands.add_parser("http", help="serve MCP over HTTP, for a team; see docs/service.md")
    account = commands.add_parser(
        "account", help="create an account for incident-desk http, and print it with its token"
    )
    commands.add_parser("demo", help="walk through a triage on made-up data, in a few seconds")
    doctor = commands.add_parser(
        "doctor", help="find out what the live vendors do; see docs/commands.md"
    )
    sandbox = commands.add_parser(
        "sandbox",
        help="serve the vendors' APIs with made-up data, for curl and other clients",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        add_help=False,
    )
    for command in (call, tools, http, doctor):
        # A default would undo a --sandbox that stands before the command.
        _add_sandbox_switch(command, default=argparse.SUPPRESS)
    _add_call_options(call)
    _add_doctor_options(doctor)
    _add_http_options(http)
    _add_account_options(account)
    _add_sandbox_options(sandbox)
    return parser


def _add_sandbox_switch(parser: argparse.ArgumentParser, default: object) -> None:
    parser.add_argument(
        "--sandbox",
        action="store_true",
        default=default,
        help="answer from made-up data; needs no keys, and ignores keys that are set",
    )


def _add_call_options(call: argparse.ArgumentParser) -> None:
    call.add_argument("tool", help=" or ".join(entry.name for entry in TOOLS))
    call.add_argument(
        "arguments",
        nargs="*",
        metavar="JSON | key=value",
        help=(
            "a JSON object, - for one from stdin, or e.g. status=started,mitigated"
            " created_at.gte=-24h"
        ),
    )
    output = call.add_mutually_exclusive_group()
    output.add_argument("--pretty", action="store_true", help="indent the result, for people")
    output.add_argument(
        "--all",
        action="store_true",
        help="print the rows of all pages, one JSON line per row; the rest on stderr",
    )


def _add_doctor_options(doctor: argparse.ArgumentParser) -> None:
    doctor.add_argument(
        "--facts",
        action="store_true",
        required=True,
        help="ask the vendors, read-only, what the sandbox's dials stand for",
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
    sandbox.add_argument("--now", help="when the made-up data ends, in RFC 3339 (default: now)")
