"""The command line, handed to the command asked for."""

import os
import sys
from collections.abc import Sequence
from types import SimpleNamespace

from server.settings import KEYS, Settings, SettingsError
from server.standard_streams import drop_unread_stderr, open_missing_streams


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the result is the exit code."""
    open_missing_streams()
    arguments = sys.argv[1:] if arguments is None else arguments
    options = SimpleNamespace(command=None, sandbox=False)
    if (
        arguments
    ):  # Clients give none, and would be answered a third later if argparse were loaded for them.
        from server.command_line import parse

        parse(arguments, options)
    if options.command in ("http", "account") and (missing := _missing_of_http()):
        told = f"incident-desk {options.command} needs its extra ({missing} is missing): pip install 'incident-desk[http]'"
        print(told, file=sys.stderr)
        return 2
    if options.command == "account":
        from server.http.command import print_account

        return print_account(options.name, days=options.days, tools=options.tools)
    if options.command is None:
        drop_unread_stderr()
    sandbox = True if options.sandbox or options.command == "demo" else None
    if options.command == "sandbox":
        from server.sandbox_command import serve_sandbox

        return serve_sandbox(
            port=options.port, size=options.size, seed=options.seed, now=options.now
        )
    try:
        settings = Settings.read(os.environ, sandbox=sandbox)
    except SettingsError as error:
        print(f"incident-desk cannot start:\n{error}", file=sys.stderr)
        return 2
    _say_where_answers_come_from(settings, forced=sandbox is True)
    match options.command:
        case "call":
            from server.call_command import call

            return call(
                settings,
                options.tool,
                options.arguments,
                pretty=options.pretty,
                everything=options.all,
            )
        case "tools":
            from server.tools_command import print_tools

            return print_tools(settings)
        case "http":
            return _serve_http(settings, options)
        case "demo":
            from server.demo_command import demo

            return demo(settings)
        case _:
            from server.stdio import serve_stdio

            return serve_stdio(settings)


def _missing_of_http() -> str | None:
    from importlib import import_module

    try:
        import_module("server.http.command")
    except ModuleNotFoundError as error:
        return error.name
    return None


def _serve_http(settings: Settings, options: SimpleNamespace) -> int:
    from server.http.command import serve_http
    from server.http.settings import HttpSettings

    try:
        http = HttpSettings.read(
            os.environ,
            host=options.host,
            port=options.port,
            socket=options.socket,
            workers=options.workers,
        )
    except SettingsError as error:
        print(f"incident-desk cannot start:\n{error}", file=sys.stderr)
        return 2
    return serve_http(settings, http)


def _say_where_answers_come_from(settings: Settings, *, forced: bool) -> None:
    ignored = (
        [name for name in KEYS.values() if os.environ.get(name) or os.environ.get(f"{name}_FILE")]
        if forced
        else []
    )
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
