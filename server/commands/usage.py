"""How commands are used, and the error for wrong usage."""

from server.commands.paragraph import fold

_INDENT = " " * 8


class UsageError(Exception):
    """The command line is wrong, so nothing was done. The text says what to write instead."""


def usage_of_call(tool: str = "TOOL") -> str:
    """The usage of `incident-desk call`, in lines."""
    usage = f"usage: incident-desk call {tool} [JSON | - | key=value …] [options]"
    return fold(usage, rest=_INDENT)
