"""`incident-desk config`: prints the configuration of a host, and on stderr where it goes."""

import difflib
import os
import sys
from types import SimpleNamespace
from urllib.parse import urlsplit

from server.commands.config import environment
from server.commands.config.advice import advice
from server.commands.config.formats import write
from server.commands.config.hosts import HOSTS, Host
from server.commands.config.servers import LocalServer, RemoteServer, Server
from server.commands.config.start_command import start_command
from server.commands.usage import UsageError
from server.settings import Settings

_HOSTS = {host.name: host for host in HOSTS}


def print_config(options: SimpleNamespace) -> int:
    """Print the configuration of `options.host`, or the list of hosts. Returns the exit code.

    Raises:
        UsageError: the options do not fit together, or the host is not known.
    """
    if options.host is None:
        print(_list_of_hosts(sys.platform))
        return 0
    host = _find(options.host)
    server = _server(host, options)
    print(write(host, server, sys.platform))
    print(advice(host, server, sys.platform), file=sys.stderr)
    if isinstance(server, LocalServer):
        _print_problems(is_sandbox=options.sandbox)
    return 0


def _print_problems(*, is_sandbox: bool) -> None:
    """Say on stderr what is wrong with the settings here: the server may get the same."""
    settings = Settings.read(os.environ, sandbox=is_sandbox or None, keep_problems=True)
    for text in (*settings.problems, *settings.warnings):
        print(f"Setting here: {text}", file=sys.stderr)


def _list_of_hosts(platform: str) -> str:
    """A line for each host: the argument, the title, and where its configuration goes."""
    rows = [
        f"  {host.name:16}{host.title:20}{host.files.get(platform, 'a command')}" for host in HOSTS
    ]
    return "\n".join(["incident-desk config HOST prints the configuration for:", *rows])


def _find(name: str) -> Host:
    host = _HOSTS.get(name.lower())
    if host is None:
        close = difflib.get_close_matches(name.lower(), _HOSTS, n=2)
        hint = f"Did you mean {' or '.join(close)}? " if close else ""
        raise UsageError(f"{name!r} is not a known host. {hint}The hosts are {', '.join(_HOSTS)}.")
    return host


def _server(host: Host, options: SimpleNamespace) -> Server:
    if options.url is not None:
        return _remote_server(host, options)
    if options.oauth:
        raise UsageError("--oauth is for a service over HTTP: give its address with --url.")
    if options.sandbox and options.vendor:
        raise UsageError("--sandbox needs no keys, so it does not take --vendor.")
    command, environ = start_command()
    if options.sandbox:
        return LocalServer([*command, "--sandbox"], environ)
    return LocalServer(
        command,
        environ,
        keys=environment.keys(os.environ, options.vendor or ()),
        settings=environment.settings(os.environ),
        secret_settings=environment.proxies_with_password(os.environ),
    )


def _remote_server(host: Host, options: SimpleNamespace) -> RemoteServer:
    if options.sandbox or options.vendor:
        raise UsageError(
            "--url is for a service that runs elsewhere: leave out --sandbox and --vendor."
        )
    if not host.remote:
        raise UsageError(f"{host.title} cannot have --url. {host.remote_advice}")
    return RemoteServer(_service_url(options.url), has_oauth=options.oauth)


def _service_url(url: str) -> str:
    """*url* if it can be the address of `incident-desk http`.

    Raises:
        UsageError: it cannot.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or not url.isprintable():
        raise UsageError("--url takes an address like https://desk.example.com/mcp.")
    if "@" in parts.netloc or parts.query or parts.fragment or " " in url:
        raise UsageError("--url takes an address without user, password, query and fragment.")
    if parts.path in ("", "/"):
        raise UsageError("--url takes the whole address, which usually ends in /mcp.")
    is_local = parts.hostname in ("localhost", "127.0.0.1", "::1")
    if parts.scheme == "http" and not is_local:
        raise UsageError("--url takes https, because http would show the token to the network.")
    return url
