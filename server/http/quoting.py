"""Other people's words in our log: escaped, short, and without tokens."""

import re

_MAX = 80
_TOKEN = re.compile(r"(idesk_|eyJ)[\w.~+/=-]*")
"""Tokens of accounts, and JWTs, which people paste into the wrong field."""


def escaped(text: str) -> str:
    """*text* in at most 80 printable ASCII characters."""
    # Tokens go first: a part of one that was cut would not be recognised.
    text = ascii(_TOKEN.sub("[token]", text))[1:-1]
    return text if len(text) <= _MAX else text[: _MAX - 3] + "..."


def quoted(text: str) -> str:
    return f"'{escaped(text)}'"
