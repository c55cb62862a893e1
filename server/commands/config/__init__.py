"""`incident-desk config HOST`: prints the configuration with which a host starts the server.

- `hosts` is the table of hosts, and `template` is how it describes their configurations.
- `start_command` finds the command that starts this installation.
- `environment` finds the keys and settings that are set, and `key` is one of these keys.
- `servers` is what the host has to know: a command with keys, or a URL with a token.
- `formats` writes JSON, TOML and shell commands.
- `advice` says on stderr where the configuration goes.
"""

from server.commands.config.command import print_config

__all__ = ["print_config"]
