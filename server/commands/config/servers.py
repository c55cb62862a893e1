"""What a host has to know of a server: a command with keys, or a URL with a token."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from server.commands.config.hosts import Host
from server.commands.config.key import Key
from server.commands.config.template import Part
from server.setting_names import TOKEN

TOKEN_PLACEHOLDER = "YOUR-TOKEN"  # noqa: S105


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

    def parts(self, host: Host) -> Mapping[Part, Any]:
        """The values in the entry for this server. *host* decides how it gets the keys."""
        in_variables = [key for key in self.keys if not host.needs_key_files and not key.file]
        in_files = [key for key in self.keys if key not in in_variables]
        secrets = [] if host.needs_key_files else self.secret_settings
        variables = [*(key.variable for key in in_variables), *secrets]
        environ = {**self.environ, **self.settings}
        if not host.forwards_variables:
            environ.update((variable, host.refer_to(variable)) for variable in variables)
        environ.update((f"{key.variable}_FILE", key.file or key.default_file) for key in in_files)
        return {
            Part.COMMAND: self.command[0],
            Part.ARGUMENTS: [*self.command[1:]],
            Part.COMMAND_LINE: [*self.command],
            Part.ENVIRONMENT: environ,
            Part.FORWARDED: variables,
            Part.PROMPTS: [
                *(_prompt(key.variable, f"Key of {key.title}") for key in in_variables),
                *(_prompt(variable, f"Value of {variable}") for variable in secrets),
            ],
        }


@dataclass(frozen=True)
class RemoteServer:
    """A service over HTTP. With `has_oauth`, the host logs in by itself, without a token."""

    url: str
    has_oauth: bool = False

    def parts(self, host: Host) -> Mapping[Part, Any]:
        """The values in the entry for this service. *host* decides how it gets the token."""
        if self.has_oauth:
            return {Part.URL: self.url}
        token = host.refer_to(TOKEN) if host.reference else TOKEN_PLACEHOLDER
        return {
            Part.URL: self.url,
            Part.HEADERS: {"Authorization": f"Bearer {token}"},
            Part.BEARER: TOKEN,
            Part.PROMPTS: [_prompt(TOKEN, "Token of your Incident Desk account")],
        }


Server = LocalServer | RemoteServer


def _prompt(variable: str, description: str) -> Mapping[str, Any]:
    """An input of VS Code: the value is typed once, hidden, and then stored."""
    return {
        "type": "promptString",
        "id": variable,
        "description": description,
        "password": True,
    }
