"""Writes configurations: JSON, TOML and shell commands."""

import json
from collections.abc import Mapping
from typing import Any

from server.commands.config.hosts import Host
from server.commands.config.servers import LocalServer, Server
from server.commands.config.template import fill
from server.commands.shells import quote

NAME = "incident-desk"
"""The name under which hosts show the server."""


def write(host: Host, server: Server, platform: str) -> str:
    """The configuration of *host* for *server*. *platform* is a `sys.platform`."""
    parts = server.parts(host)
    template = host.local if isinstance(server, LocalServer) else host.remote
    entry = fill(template, parts)
    if host.format == "claude":
        return _claude_command(entry, platform)
    if host.format == "toml":
        return _toml(host.servers, entry)
    return _json({**fill(host.document, parts), host.servers: {NAME: entry}})


def _json(document: Mapping[str, Any]) -> str:
    # Only ASCII, because Windows may save what is printed in an encoding that is not UTF-8.
    return json.dumps(document, indent=2)


def _toml(servers: str, entry: Mapping[str, Any]) -> str:
    lines = [f"[{servers}.{NAME}]"]
    lines += [f"{name} = {_toml_value(value)}" for name, value in entry.items()]
    return "\n".join(lines)


def _toml_value(value: Any) -> str:
    """A string, a number, a list of strings, or a table. Strings are written as in JSON."""
    if isinstance(value, Mapping):
        members = [f"{name} = {_toml_value(member)}" for name, member in value.items()]
        return "{ " + ", ".join(members) + " }"
    return json.dumps(value, ensure_ascii=False)


def _claude_command(entry: Mapping[str, Any], platform: str) -> str:
    """`claude mcp add`. The user scope makes the server available in every project."""
    words = ["claude", "mcp", "add", "--scope", "user"]
    if "url" in entry:
        words += ["--transport", "http", NAME, entry["url"]]
        for name, value in entry.get("headers", {}).items():
            words += ["--header", f"{name}: {value}"]
    else:
        words.append(NAME)
        for name, value in entry.get("env", {}).items():
            words += ["--env", f"{name}={value}"]
        words += ["--", *entry["command"]]
    return " ".join(quote(word, platform) for word in words)
