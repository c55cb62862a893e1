"""Text from clients and files in our log: escaped, short, and without tokens."""

import re

_MAX_CHARS = 80
_TOKEN = re.compile(r"(idesk_|eyJ)[\w.~+/=-]*")
"""Account tokens and JWTs, which people paste into the wrong field."""


def escape(text: str) -> str:
    """*text* in at most 80 printable ASCII characters."""
    # Tokens are replaced before the text is cut, because part of a token would not match.
    escaped = ascii(_TOKEN.sub("[token]", text))[1:-1]
    if len(escaped) <= _MAX_CHARS:
        return escaped
    return escaped[: _MAX_CHARS - 3] + "..."


def quote(text: str) -> str:
    return f"'{escape(text)}'"
