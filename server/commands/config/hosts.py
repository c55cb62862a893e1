"""The table of hosts: where the configuration of each one goes, and how it is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from server.commands.config.template import Part
from tools.catalogue import PLAIN_TOOLS

_COMMAND = {"command": Part.COMMAND, "args": Part.ARGUMENTS}
_LOCAL = {**_COMMAND, "env": Part.ENVIRONMENT}
_HEADERS = {"headers": Part.HEADERS}
_CODEX_TOOLS = {"tools": {tool.name: {"output_token_limit": 20_000} for tool in PLAIN_TOOLS}}
"""Lets 40,000 characters through. Otherwise Codex cuts the middle out of longer results."""

_OPENCODE_TIMEOUT = {"timeout": 120_000}
"""In milliseconds. Otherwise OpenCode gives up after 60 s, and `group_by` may take 90."""


def _in_home(path: str) -> Mapping[str, str]:
    """The files, by platform, of a host that uses the same *path* in the home folder on each."""
    windows = path.replace("/", "\\")
    return {
        "darwin": f"~/{path}",
        "linux": f"~/{path}",
        "win32": f"%USERPROFILE%\\{windows}",
    }


def _in_application_data(path: str) -> Mapping[str, str]:
    """The files, by platform, of a host that uses the folder for application data."""
    windows = path.replace("/", "\\")
    return {
        "darwin": f"~/Library/Application Support/{path}",
        "linux": f"~/.config/{path}",
        "win32": f"%APPDATA%\\{windows}",
    }


@dataclass(frozen=True)
class Host:
    """A program that starts MCP servers, or connects to them.

    * `name`: the argument of `incident-desk config`, and the name of its page in docs/hosts.
    * `format`: `json`, `toml` or `claude`; see `formats`.
    * `files`: the configuration file, by `sys.platform`. Empty if a command changes it.
    * `servers`: the member of the file that holds the servers.
    * `document`: the file's other members.
    * `local`, `remote`: the members of the entry, for a command and for a URL. A `Part` stands for
      its value. `remote` is empty if the file cannot have a URL; then `remote_advice` says what to
      do instead.
    * `reference`: a value that refers to the environment variable NAME. It is empty if the host has
      no such values.
    * `asks_for_values`: whether the host asks for the values that are referred to, and stores them.
    * `check`: how to see whether the server is connected.
    * `login`: how to log in to a service with OAuth. It is empty if the host begins by itself.
    * `note`: what else the user has to do; empty for most hosts.
    """

    name: str
    title: str
    check: str
    files: Mapping[str, str] = field(default_factory=dict[str, str])
    format: str = "json"
    servers: str = "mcpServers"
    document: Mapping[str, Any] = field(default_factory=dict[str, Any])
    local: Mapping[str, Any] = field(default_factory=lambda: _LOCAL)
    remote: Mapping[str, Any] = field(default_factory=dict[str, Any])
    remote_advice: str = ""
    reference: str = ""
    asks_for_values: bool = False
    login: str = ""
    note: str = ""

    @property
    def forwards_variables(self) -> bool:
        """Whether the host passes on environment variables that are named in the entry."""
        return Part.FORWARDED in self.local.values()

    @property
    def needs_key_files(self) -> bool:
        """Whether keys must be in files, because the host cannot refer to variables."""
        return not self.reference and not self.forwards_variables

    def refer_to(self, variable: str) -> str:
        """The value that the host replaces by that of *variable*."""
        return self.reference.replace("NAME", variable)


HOSTS: Sequence[Host] = (
    Host(
        name="antigravity",
        title="Antigravity CLI",
        files=_in_home(".gemini/config/mcp_config.json"),
        remote={"serverUrl": Part.URL, **_HEADERS},
        check="type /mcp",
    ),
    Host(
        name="claude-code",
        title="Claude Code",
        format="claude",
        local={"env": Part.ENVIRONMENT, "command": Part.COMMAND_LINE},
        remote={"url": Part.URL, **_HEADERS},
        reference="${NAME}",
        check="claude mcp list",
        login="claude mcp login incident-desk",
    ),
    Host(
        name="claude-desktop",
        title="Claude Desktop",
        files=_in_application_data("Claude/claude_desktop_config.json"),
        remote_advice=(
            "Its file takes commands only. Add the URL under Settings → Connectors → Add custom"
            " connector. Claude then connects from its own servers, and logs in with OAuth."
        ),
        check="Settings → Developer shows the server as running",
    ),
    Host(
        name="codex",
        title="Codex",
        files=_in_home(".codex/config.toml"),
        format="toml",
        servers="mcp_servers",
        local={
            **_COMMAND,
            "env_vars": Part.FORWARDED,
            "env": Part.ENVIRONMENT,
            **_CODEX_TOOLS,
        },
        remote={"url": Part.URL, "bearer_token_env_var": Part.BEARER, **_CODEX_TOOLS},
        check="codex mcp list, or type /mcp",
        login="codex mcp login incident-desk",
    ),
    Host(
        name="copilot-cli",
        title="GitHub Copilot CLI",
        files=_in_home(".copilot/mcp-config.json"),
        local={"type": "local", **_LOCAL, "tools": ["*"]},
        remote={"type": "http", "url": Part.URL, **_HEADERS, "tools": ["*"]},
        reference="${NAME}",
        check="type /mcp show",
        note=(
            "Set COPILOT_LARGE_OUTPUT_THRESHOLD_BYTES=100000 as well, so that the model gets long"
            " results whole."
        ),
    ),
    Host(
        name="cursor",
        title="Cursor",
        files=_in_home(".cursor/mcp.json"),
        remote={"url": Part.URL, **_HEADERS},
        reference="${env:NAME}",
        check="Cursor Settings → MCP shows the server with its tools",
    ),
    Host(
        name="gemini-cli",
        title="Gemini CLI",
        files=_in_home(".gemini/settings.json"),
        remote={"httpUrl": Part.URL, **_HEADERS},
        reference="${NAME}",
        check="gemini mcp list, or type /mcp",
        login="type /mcp auth incident-desk",
    ),
    Host(
        name="opencode",
        title="OpenCode",
        files=_in_home(".config/opencode/opencode.json"),
        servers="mcp",
        document={"$schema": "https://opencode.ai/config.json"},
        local={
            "type": "local",
            "command": Part.COMMAND_LINE,
            "environment": Part.ENVIRONMENT,
            **_OPENCODE_TIMEOUT,
        },
        remote={"type": "remote", "url": Part.URL, **_HEADERS, **_OPENCODE_TIMEOUT},
        reference="{env:NAME}",
        check="opencode mcp list",
        login="opencode mcp auth incident-desk",
    ),
    Host(
        name="vs-code",
        title="VS Code",
        files=_in_application_data("Code/User/mcp.json"),
        servers="servers",
        document={"inputs": Part.PROMPTS},
        local={"type": "stdio", **_LOCAL},
        remote={"type": "http", "url": Part.URL, **_HEADERS},
        reference="${input:NAME}",
        asks_for_values=True,
        check="the command MCP: List Servers",
    ),
    Host(
        name="windsurf",
        title="Windsurf",
        files=_in_home(".codeium/windsurf/mcp_config.json"),
        remote={"serverUrl": Part.URL, **_HEADERS},
        reference="${env:NAME}",
        check="the MCP servers of the Cascade panel, after a refresh",
    ),
    Host(
        name="zed",
        title="Zed",
        files={
            "darwin": "~/.config/zed/settings.json",
            "linux": "~/.config/zed/settings.json",
            "win32": "%APPDATA%\\Zed\\settings.json",
        },
        servers="context_servers",
        remote={"url": Part.URL, **_HEADERS},
        check="Settings → AI → MCP Servers shows a green dot",
    ),
)
