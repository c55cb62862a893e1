"""Wrong usage of the command line."""


class UsageError(Exception):
    """The command line is wrong, so nothing was done. The text says what to write instead."""
