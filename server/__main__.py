"""The command line, handed to the command asked for."""

import os
import sys
from collections.abc import Sequence
from types import SimpleNamespace

from server.settings import KEYS, Settings, SettingsError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the result is the exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    options = SimpleNamespace(command=None, sandbox=False)
    if arguments:  # Clients give none, and would be answered a third later if argparse were loaded for them.
        from server.command_line import parse

        parse(arguments, options)
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

            return call(settings, options.tool, options.arguments, pretty=options.pretty, everything=options.all)
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


if __name__ == "__main__":
    sys.exit(main())
