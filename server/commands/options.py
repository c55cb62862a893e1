"""The options of each command, and its line in the help."""

import argparse
from collections.abc import Callable, Sequence

from server.commands.usage import usage_of_call
from tools.catalogue import PLAIN_TOOLS, VENDORS

AddParser = Callable[..., argparse.ArgumentParser]
"""The `add_parser` of argparse. It takes the name of a command, and texts for its help."""

_TOOL_NAMES = [entry.name for entry in PLAIN_TOOLS]


def add_sandbox_switch(
    parser: argparse.ArgumentParser, default: object = argparse.SUPPRESS
) -> None:
    """Add `--sandbox`, which may stand before or after the command.

    Only the parser of the whole command line may have a *default*: the default of a command would
    undo a `--sandbox` before it.
    """
    parser.add_argument(
        "--sandbox",
        action="store_true",
        default=default,
        help="answer from made-up data; needs no keys, and ignores keys that are set",
    )


def _add_call(add_parser: AddParser) -> None:
    parser = add_parser(
        "call",
        help="run one tool and print its result",
        # argparse itself writes this word.
        usage=usage_of_call().removeprefix("usage: "),
        description=(
            "Run one tool. incident-desk call TOOL --help shows its arguments. The exit code is 0"
            " for a result, 1 for an error, 75 for an error that may pass, and 2 for wrong usage."
        ),
        add_help=False,
    )
    add_sandbox_switch(parser)
    parser.add_argument(
        "words",
        nargs="*",
        metavar="TOOL …",
        help=(
            f"{' or '.join(_TOOL_NAMES)}, and its arguments: a JSON object, - for one from stdin,"
            " or key=value, such as status=started,mitigated created_at.gte=-24h"
        ),
    )
    parser.add_argument(
        "-h",
        "--help",
        action="store_true",
        help="show this help message, or with a tool its arguments, and exit",
    )
    parser.add_argument(
        "--format",
        choices=("json", "table", "csv"),
        default="json",
        help="json (default); table, for people; csv, for spreadsheets",
    )
    parser.add_argument("--pretty", action="store_true", help="indent the JSON, for people")
    parser.add_argument(
        "--all",
        action="store_true",
        help=(
            "print the rows of all pages; as JSON, one line per row. What is not a row is printed"
            " on stderr, except in a table"
        ),
    )


def _add_tools(add_parser: AddParser) -> None:
    parser = add_parser("tools", help="print the tools and their schemas as JSON")
    add_sandbox_switch(parser)


def _add_http(add_parser: AddParser) -> None:
    parser = add_parser("http", help="serve MCP over HTTP, for a team; see docs/service.md")
    add_sandbox_switch(parser)
    parser.add_argument("--host", help="the address to listen on (default 127.0.0.1)")
    parser.add_argument("--port", type=int, help="0 picks a free one (default 8000)")
    parser.add_argument("--socket", metavar="PATH", help="listen on a unix socket instead")
    parser.add_argument("--workers", type=int, help="processes (default 1)")


def _add_account(add_parser: AddParser) -> None:
    parser = add_parser(
        "account", help="create an account for incident-desk http, and print it with its token"
    )
    parser.add_argument("name", metavar="NAME", help="the name of the account, for the audit log")
    parser.add_argument(
        "--days",
        type=int,
        default=90,
        help="how many days after today the token is valid (default 90)",
    )
    parser.add_argument(
        "--tools", help="the tools that the account may call, separated by commas (default: all)"
    )


def _add_board(add_parser: AddParser) -> None:
    parser = add_parser(
        "board",
        help="show live incidents in the browser, on this machine",
        description=(
            "Show the board in the browser: live incidents, one incident in detail, plots. Only"
            " this machine can open it. It runs until Ctrl-C, or until it is not used any more."
        ),
    )
    add_sandbox_switch(parser)
    parser.add_argument(
        "--port", type=int, default=0, help="on 127.0.0.1 (default 0, which picks a free one)"
    )
    parser.add_argument(
        "--no-browser", action="store_true", help="print the address, and open no browser"
    )
    parser.add_argument(
        "--idle-minutes",
        type=float,
        default=60,
        metavar="N",
        help="end so long after the last request of a page (default 60); a hidden page sends none",
    )


def _add_config(add_parser: AddParser) -> None:
    parser = add_parser(
        "config", help="print the configuration for a host, such as claude-code or cursor"
    )
    add_sandbox_switch(parser)
    parser.add_argument("host", nargs="?", metavar="HOST", help="without it, all hosts are listed")
    parser.add_argument(
        "--vendor",
        action="append",
        choices=[vendor.name for vendor in VENDORS],
        help="a vendor that you have a key of; can be repeated (default: those whose key is set)",
    )
    parser.add_argument("--url", help="connect to incident-desk http at this address")
    parser.add_argument(
        "--oauth", action="store_true", help="with --url: the service uses OAuth, so no token"
    )


def _add_demo(add_parser: AddParser) -> None:
    add_parser("demo", help="walk through a triage on made-up data, in a few seconds")


def _add_doctor(add_parser: AddParser) -> None:
    parser = add_parser(
        "doctor",
        help="say whether this installation can work here, and what to do if not",
        description=(
            "Check settings, keys, and the way to each vendor, with a few read-only requests. The"
            " output has no keys. The exit code is 0, or 1 if there is a problem."
        ),
    )
    add_sandbox_switch(parser)
    parser.add_argument(
        "--facts",
        action="store_true",
        help="instead, ask the vendors, read-only, what the sandbox's dials stand for",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


class _HelpWithDials(argparse.Action):
    """Prints the help with the dials. Only this help loads the emulations of the vendors."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from server.commands.sandbox import help_on_dials

        parser.epilog = help_on_dials()
        parser.print_help()
        parser.exit()


def _add_sandbox(add_parser: AddParser) -> None:
    parser = add_parser(
        "sandbox",
        help="serve the vendors' APIs with made-up data, for curl and other clients",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        add_help=False,
    )
    parser.add_argument(
        "-h",
        "--help",
        action=_HelpWithDials,
        nargs=0,
        help="show this help message with the dials, and exit",
    )
    parser.add_argument(
        "--port", type=int, default=8089, help="on 127.0.0.1; 0 picks a free one (default 8089)"
    )
    parser.add_argument(
        "--size", type=int, default=400, help="incidents, up to 50000 (default 400)"
    )
    parser.add_argument("--seed", type=int, help="another seed makes other incidents")
    parser.add_argument(
        "--now",
        metavar="INSTANT",
        help=(
            "when the made-up data ends, in RFC 3339; the vendors' clocks stand still at this"
            " instant (default: the current time, which moves on)"
        ),
    )
    parser.add_argument(
        "--hold", action="store_true", help="let the clocks stand still at the current time"
    )


ADD_COMMANDS: Sequence[Callable[[AddParser], None]] = (
    _add_call,
    _add_tools,
    _add_board,
    _add_http,
    _add_account,
    _add_config,
    _add_demo,
    _add_doctor,
    _add_sandbox,
)
"""The functions that add the commands to the parser, in the order of the help."""
