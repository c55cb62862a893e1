"""Templates of configurations: objects in which some values depend on the installation."""

from collections.abc import Mapping
from enum import Enum
from typing import Any


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


def fill(template: Mapping[str, Any], parts: Mapping[Part, Any]) -> dict[str, Any]:
    """*template* with the values of its *parts*. Empty members are left out."""
    members = {}
    for name, value in template.items():
        member = parts.get(value) if isinstance(value, Part) else value
        if member:
            members[name] = member
    return members
