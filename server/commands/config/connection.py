"""What a host has to know: a command with keys, or a URL with a token."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from server.setting_names import TOKEN

if TYPE_CHECKING:
    from server.commands.config.hosts import Host

TOKEN_PLACEHOLDER = "YOUR-TOKEN"  # noqa: S105


class Part(Enum):
    """A value in the entry of a host. It depends on this installation and its user."""

    COMMAND = "the path of the command"
    ARGUMENTS = "the command's arguments"
    COMMAND_LINE = "the command and its arguments, as one list"
    ENVIRONMENT = "environment variables, by name"
    FORWARDED = "the names of environment variables that the host passes on"
    PROMPTS = "descriptions of the values that the host asks for"
    URL = "the URL of the service"
    HEADERS = "HTTP headers, by name"
    BEARER = "the environment variable with the token"


@dataclass(frozen=True)
class Key:
    """The key of a vendor.

    * `title`: the vendor's name in texts.
    * `variable`: the environment variable with the key.
    * `file`: the file that the user keeps the key in; empty if there is none.
    * `default_file`: the file that we propose for hosts that cannot refer to `variable`.
    * `has_value`: whether `variable` is set now.
    """

    title: str
    variable: str
    default_file: str
    file: str = ""
    has_value: bool = False

    @property
    def is_set(self) -> bool:
        return self.has_value or bool(self.file)


@dataclass(frozen=True)
class LocalServer:
    """A server that the host starts.

    * `command`: the command line.
    * `environ`: the environment variables that the command needs to start.
    * `keys`: the keys of vendors.
    * `settings`: other settings of the user, by variable. None of them is secret.
    * `secret_settings`: variables with settings that may contain a password. Hosts refer to them as
      they do to keys; hosts that cannot refer to variables get none of them.
    """

    command: Sequence[str]
    environ: Mapping[str, str] = field(default_factory=dict[str, str])
    keys: Sequence[Key] = ()
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    secret_settings: Sequence[str] = ()

    def parts(self, host: "Host") -> Mapping[Part, Any]:
        forwards = Part.FORWARDED in host.local.values()
        by_name = [] if reads_files(host) else [key for key in self.keys if not key.file]
        by_file = [key for key in self.keys if key not in by_name]
        secrets = [] if reads_files(host) else self.secret_settings
        variables = [*(key.variable for key in by_name), *secrets]
        environ = {**self.environ, **self.settings}
        if not forwards:
            environ.update((variable, refer(host, variable)) for variable in variables)
        environ.update((f"{key.variable}_FILE", key.file or key.default_file) for key in by_file)
        return {
            Part.COMMAND: self.command[0],
            Part.ARGUMENTS: [*self.command[1:]],
            Part.COMMAND_LINE: [*self.command],
            Part.ENVIRONMENT: environ,
            Part.FORWARDED: variables,
            Part.PROMPTS: [
                *(_prompt(key.variable, f"Key of {key.title}") for key in by_name),
                *(_prompt(variable, f"Value of {variable}") for variable in secrets),
            ],
        }


@dataclass(frozen=True)
class RemoteServer:
    """A service over HTTP. With `has_oauth`, the host logs in by itself, without a token."""

    url: str
    has_oauth: bool = False

    def parts(self, host: "Host") -> Mapping[Part, Any]:
        if self.has_oauth:
            return {Part.URL: self.url}
        token = refer(host, TOKEN) if host.reference else TOKEN_PLACEHOLDER
        return {
            Part.URL: self.url,
            Part.HEADERS: {"Authorization": f"Bearer {token}"},
            Part.BEARER: TOKEN,
            Part.PROMPTS: [_prompt(TOKEN, "Token of your Incident Desk account")],
        }


Server = LocalServer | RemoteServer


def reads_files(host: "Host") -> bool:
    """Whether keys must be in files, because the host cannot refer to environment variables."""
    return not host.reference and Part.FORWARDED not in host.local.values()


def refer(host: "Host", variable: str) -> str:
    return host.reference.replace("NAME", variable)


def fill(template: Mapping[str, Any], parts: Mapping[Part, Any]) -> dict[str, Any]:
    """*template* with the values of its parts. Members with nothing in them are left out."""
    members = {}
    for name, value in template.items():
        filled = parts.get(value) if isinstance(value, Part) else value
        if filled:
            members[name] = filled
    return members


def _prompt(variable: str, description: str) -> Mapping[str, Any]:
    """An input of VS Code: the value is typed once, hidden, and then stored."""
    return {
        "type": "promptString",
        "id": variable,
        "description": description,
        "password": True,
    }
