"""What `incident-desk config` says on stderr: where the configuration goes, and what it needs."""

from collections.abc import Sequence
from pathlib import Path

from server.commands.config.hosts import Host
from server.commands.config.key import Key
from server.commands.config.servers import TOKEN_PLACEHOLDER, LocalServer, RemoteServer, Server
from server.commands.shells import quote
from server.setting_names import TOKEN


def advice(host: Host, server: Server, platform: str) -> str:
    """What to do with the configuration on stdout, one line for each step."""
    lines = [_on_place(host, platform)]
    if isinstance(server, RemoteServer):
        lines.append(_on_token(host, server))
    else:
        lines += _on_keys(host, server, platform)
        lines += _on_settings(host, server)
    if host.note:
        lines.append(host.note)
    lines.append(f"Start {host.title} again. To check it: {host.check}.")
    lines.append(f"More is in docs/hosts/{host.name}.md.")
    return "\n".join(lines)


def _on_place(host: Host, platform: str) -> str:
    file = host.files.get(platform)
    if file:
        return (
            f"{host.title}: put this into {file}. If that file is not empty, add only what it does"
            " not have yet."
        )
    shell = "PowerShell" if platform == "win32" else "a shell"
    return f"{host.title}: run this command in {shell}."


def _on_keys(host: Host, server: LocalServer, platform: str) -> Sequence[str]:
    if not server.keys:
        return ["It needs no keys: every answer is made up."]
    lines = []
    if len(server.keys) > 1 and not any(key.is_set for key in server.keys):
        names = " and ".join(key.title for key in server.keys)
        lines.append(
            f"No key is set here. So it is for {names}: remove what you have no key of, or choose"
            " with --vendor."
        )
    keys = [key for key in server.keys if not key.file]
    if keys and host.needs_key_files:
        lines += _on_files(host, keys, platform)
    elif keys:
        lines.append(_on_variables(host, [key.variable for key in keys]))
    return lines


def _on_settings(host: Host, server: LocalServer) -> Sequence[str]:
    lines = []
    if server.settings:
        lines.append(f"It has your other settings as well: {', '.join(server.settings)}.")
    if server.secret_settings and host.needs_key_files:
        lines.append(
            f"{' and '.join(server.secret_settings)} may have a password, so the configuration does"
            " not have it. If your network needs it, add it by hand, and let nobody else read that"
            " file."
        )
    elif server.secret_settings:
        lines.append(_on_variables(host, server.secret_settings))
    return lines


def _on_files(host: Host, keys: Sequence[Key], platform: str) -> Sequence[str]:
    """How to put the keys into files, for those that have none yet."""
    lines = [
        f"{host.title} cannot refer to environment variables, so the server reads each key from a"
        " file."
    ]
    missing = [key for key in keys if not Path(key.default_file).exists()]
    if missing:
        lines.append("These commands make files that only you can read:")
        lines += [_save(key, platform) for key in missing]
    if platform != "win32" and any(not key.has_value for key in missing):
        lines.append("After `cat`, paste the key, and press Enter and Ctrl-D.")
    return lines


def _on_variables(host: Host, variables: Sequence[str]) -> str:
    names = " and ".join(variables)
    if host.asks_for_values:
        return f"{host.title} asks for {names} when it starts the server, and stores what you type."
    return f"Set {names} in the environment in which {host.title} starts."


def _save(key: Key, platform: str) -> str:
    """A command that saves *key*. It does not contain the key, as the shell has a history."""
    path = Path(key.default_file)
    file = quote(str(path), platform)
    folder = quote(str(path.parent), platform)
    if platform == "win32":
        source = f"$env:{key.variable}" if key.has_value else f"Read-Host 'Key of {key.title}'"
        make = f"New-Item -ItemType Directory -Force {folder} | Out-Null"
        return f"  {make}; {source} | Set-Content -Encoding ascii {file}"
    if key.has_value:
        return f"  (umask 077 && mkdir -p {folder} && printenv {key.variable} > {file})"
    return f"  (umask 077 && mkdir -p {folder} && cat > {file})"


def _on_token(host: Host, server: RemoteServer) -> str:
    if server.has_oauth:
        login = host.login or f"{host.title} opens a browser when it connects"
        return f"To log in: {login}."
    if host.needs_key_files:
        return (
            f"{host.title} cannot refer to environment variables: write the token of your account"
            f" in place of {TOKEN_PLACEHOLDER}, and let nobody else read that file."
        )
    return _on_variables(host, [TOKEN])
