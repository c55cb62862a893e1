"""The API keys that a host asks for: one for each vendor, and none is required."""

from dataclasses import dataclass

from tools.catalogue import VENDORS


@dataclass(frozen=True)
class Key:
    """A vendor's key.

    * `name`: identifies it in a manifest, such as `rootly`.
    * `variable`: the environment variable that the server reads.
    * `title`, `description`: what the host shows to the user.
    """

    name: str
    variable: str
    title: str
    description: str

    def option(self) -> dict[str, str | bool]:
        """The option of an MCP bundle or a Claude Code plugin: both have the same form."""
        return {
            "type": "string",
            "title": self.title,
            "description": self.description,
            "sensitive": True,
            "required": False,
        }


KEYS = tuple(
    Key(
        name=vendor.name,
        variable=vendor.key_variable,
        title=f"{vendor.title} API key",
        description=f"Leave it empty if you do not use {vendor.title}.",
    )
    for vendor in VENDORS
)


def options() -> dict[str, dict[str, str | bool]]:
    return {key.name: key.option() for key in KEYS}


def references() -> dict[str, str]:
    """Environment variables that a host fills in from its options."""
    return {key.variable: f"${{user_config.{key.name}}}" for key in KEYS}
