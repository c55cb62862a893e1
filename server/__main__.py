"""The command line: a function for each command.

Each function imports what its command needs. Clients start the server without arguments. They would
wait a third longer for their first answer if `argparse` or other commands were imported here.
"""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace

from server.setting_names import is_set
from server.settings import KEYS, Settings, SettingsError
from server.standard_streams import drop_unread_stderr, open_missing_streams

Options = SimpleNamespace
"""The options of the command line, with the names of `server.commands.options`."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the result is the exit code."""
    open_missing_streams()
    arguments = sys.argv[1:] if arguments is None else arguments
    if not arguments:
        return _run(Options(command=None, sandbox=False))
    from server.commands.parser import parse, print_usage_error
    from server.commands.process import command_process
    from server.commands.usage import UsageError

    with command_process():
        options = parse(arguments)
        if options.command not in _SERVERS:
            try:
                return _run(options)
            except UsageError as error:
                return print_usage_error(options.command, error)
    return _run(options)


def _run(options: Options) -> int:
    try:
        return COMMANDS[options.command](options)
    except SettingsError as error:
        print(f"incident-desk cannot start:\n{error}", file=sys.stderr)
        return 2


def _stdio(options: Options) -> int:
    from server.stdio import serve_stdio

    drop_unread_stderr()
    # Hosts show nothing of a server that does not start, so calls have to say what is wrong.
    return serve_stdio(_settings(sandbox=options.sandbox, keep_problems=True))


def _call(options: Options) -> int:
    if options.help:
        from server.commands.tool_help import print_tool_help

        return print_tool_help(options.tool)
    from server.commands.call import CallOptions, call_tool

    settings = _settings(sandbox=options.sandbox)
    call_options = CallOptions(
        sandbox=options.sandbox,
        format=options.format,
        is_indented=options.pretty,
        has_all_pages=options.all,
    )
    return call_tool(settings, options.tool, options.arguments, call_options)


def _tools(options: Options) -> int:
    from server.commands.tools import print_tools

    return print_tools(_settings(sandbox=options.sandbox))


def _config(options: Options) -> int:
    from server.commands.config import print_config

    return print_config(options)


def _demo(_: Options) -> int:
    from server.commands.demo import demo

    return demo(_settings(sandbox=True))


def _board(options: Options) -> int:
    from server.commands.board import show_board

    return show_board(
        _settings(sandbox=options.sandbox),
        port=options.port,
        idle_minutes=options.idle_minutes,
        no_browser=options.no_browser,
    )


def _sandbox(options: Options) -> int:
    from server.commands.sandbox import serve_sandbox

    return serve_sandbox(
        port=options.port,
        size=options.size,
        seed=options.seed,
        now=options.now,
        hold=options.hold,
    )


def _doctor(options: Options) -> int:
    if options.facts:
        from server.commands.facts.command import facts

        return facts(_settings(sandbox=options.sandbox), as_json=options.json)
    from server.commands.doctor.command import doctor

    settings = Settings.read(os.environ, sandbox=options.sandbox or None, keep_problems=True)
    return doctor(settings, as_json=options.json)


def _http(options: Options) -> int:
    if not _has_http_extra(options.command):
        return 2
    from server.http.command import serve_http
    from server.http.settings import HttpSettings

    # Accounts may have keys, which are read later.
    settings = _settings(sandbox=options.sandbox, needs_keys=False)
    http = HttpSettings.read(
        os.environ,
        host=options.host,
        port=options.port,
        socket=options.socket,
        workers=options.workers,
    )
    return serve_http(settings, http)


def _account(options: Options) -> int:
    if not _has_http_extra(options.command):
        return 2
    from server.http.accounts.command import print_account

    return print_account(options.name, days=options.days, tools=options.tools)


COMMANDS: Mapping[str | None, Callable[[Options], int]] = {
    None: _stdio,
    "call": _call,
    "tools": _tools,
    "config": _config,
    "demo": _demo,
    "board": _board,
    "sandbox": _sandbox,
    "doctor": _doctor,
    "http": _http,
    "account": _account,
}

_SERVERS = (None, "http")
"""Commands that write to their streams and handle signals themselves; see `command_process`."""


def _settings(*, sandbox: bool, keep_problems: bool = False, needs_keys: bool = True) -> Settings:
    """Read the settings. Say on stderr what is ignored, and if answers will not be live.

    With *needs_keys*, say also if no key is set.

    Raises:
        SettingsError: lists every problem. With *keep_problems*, they are printed instead.
    """
    settings = Settings.read(os.environ, sandbox=sandbox or None, keep_problems=True)
    for warning in settings.warnings:
        print(f"incident-desk: {warning}", file=sys.stderr)
    if not keep_problems:
        settings.check()
    notice = _notice(settings, is_sandbox_option=sandbox, needs_keys=needs_keys)
    if notice:
        print(f"incident-desk: {notice}", file=sys.stderr)
    return settings


def _notice(settings: Settings, *, is_sandbox_option: bool, needs_keys: bool) -> str:
    if settings.problems:
        problems = "\n".join(settings.problems)
        return f"settings are wrong, so every call answers not_configured:\n{problems}"
    if settings.sandbox:
        ignored = _ignored_keys() if is_sandbox_option else ""
        return f"sandbox; every answer is made up.{ignored}"
    if needs_keys and not settings.keys:
        return (
            f"no key is set. Set {' or '.join(KEYS.values())}, or add --sandbox to the command to"
            " try it with made-up data."
        )
    return ""


def _ignored_keys() -> str:
    variables = [name for name in KEYS.values() if is_set(name, os.environ)]
    return f" {' and '.join(variables)} ignored." if variables else ""


def _has_http_extra(command: str) -> bool:
    """Whether the extra `http` is installed. Otherwise say on stderr how to install it."""
    from importlib import import_module

    try:
        import_module("server.http.command")
    except ModuleNotFoundError as error:
        from server.installation import how_to_install

        print(
            f"incident-desk {command} needs the extra http ({error.name} is missing). "
            + how_to_install("http"),
            file=sys.stderr,
        )
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
