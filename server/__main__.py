"""The command line, handed to the command asked for."""

import argparse
import os
import sys
from collections.abc import Sequence

from server import __version__
from server.settings import KEYS, Settings, SettingsError

_EPILOG = """\
Without a command, incident-desk serves MCP over stdio. Settings are environment variables:
ROOTLY_API_TOKEN and INCIDENT_IO_API_KEY hold the keys; the README has the others.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the result is the exit code."""
    parser = _parser()
    options, rest = parser.parse_known_args(arguments)
    # argparse does not take up positional arguments again once an option stood between them.
    if rest and (options.command != "call" or any(word.startswith("-") and word != "-" for word in rest)):
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    sandbox = True if options.sandbox or options.command == "demo" else None
    if options.command == "sandbox":
        from server.sandbox_command import serve_sandbox

        return serve_sandbox(port=options.port, size=options.size, seed=options.seed, now=options.now)
    try:
        settings = Settings.read(os.environ, sandbox=sandbox)
    except SettingsError as error:
        print(f"incident-desk cannot start:\n{error}", file=sys.stderr)
        return 2
    _say_where_answers_come_from(settings, forced=sandbox is True)
    match options.command:
        case "call":
            from server.call_command import call

            words = [*options.arguments, *rest]
            return call(settings, options.tool, words, pretty=options.pretty, everything=options.all)
        case "tools":
            from server.tools_command import print_tools

            return print_tools(settings)
        case "demo":
            from server.demo_command import demo

            return demo(settings)
        case _:
            from server.stdio import serve_stdio

            return serve_stdio(settings)


def _say_where_answers_come_from(settings: Settings, *, forced: bool) -> None:
    ignored = [name for name in KEYS.values() if os.environ.get(name) or os.environ.get(f"{name}_FILE")] if forced else []
    if settings.sandbox:
        also = f" {' and '.join(ignored)} ignored." if ignored else ""
        print(f"incident-desk: sandbox; every answer is made up.{also}", file=sys.stderr)
    elif not settings.keys:
        print(
            f"incident-desk: no key is set. Set {' or '.join(KEYS.values())}, or try it without: incident-desk --sandbox",
            file=sys.stderr,
        )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="incident-desk",
        description="Ask Rootly and incident.io about incidents: an MCP server, and the same from the shell.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"incident-desk {__version__}")
    sandboxed = argparse.ArgumentParser(add_help=False)
    sandboxed.add_argument(
        "--sandbox",
        action="store_true",
        default=argparse.SUPPRESS,
        help="answer from made-up data; needs no keys, ignores those set",
    )
    parser.add_argument("--sandbox", action="store_true", help="answer from made-up data; needs no keys, ignores those set")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")

    call = commands.add_parser(
        "call", parents=[sandboxed], help="run one tool and print its result",
        description="Run one tool. Exit 0 for a result, 1 for an error result, 2 for wrong usage.",
    )  # fmt: skip
    call.add_argument("tool", help="list_incidents or list_attachments")
    call.add_argument(
        "arguments", nargs="*", metavar="JSON | key=value",
        help='a JSON object, - for one from stdin, or e.g. status=started,mitigated created_at.gte=-24h',
    )  # fmt: skip
    shape = call.add_mutually_exclusive_group()
    shape.add_argument("--pretty", action="store_true", help="indent the result, for people")
    shape.add_argument("--all", action="store_true", help="follow next to the end, and print one JSON line a row")

    commands.add_parser("tools", parents=[sandboxed], help="print the tools and their schemas as JSON")
    commands.add_parser("demo", help="walk through a triage on made-up data, in a few seconds")

    sandbox = commands.add_parser("sandbox", help="serve both vendors' APIs with made-up data, for curl and other clients")
    sandbox.add_argument("--port", type=int, default=8089, help="on 127.0.0.1; 0 picks a free one (default 8089)")
    sandbox.add_argument("--size", type=int, default=400, help="incidents, up to 50000 (default 400)")
    sandbox.add_argument("--seed", type=int, default=None, help="another seed makes other incidents")
    sandbox.add_argument("--now", default=None, help="the instant that the data ends at, RFC 3339 (default: now)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
