"""The opaque text in the `next` of list_attachments: a row, and the question that it belongs to."""

import re
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Self

MAX_LENGTH = 4_000
"""The most characters of a continuation. Most have 35."""

_TEXT = re.compile(r"([A-Za-z0-9_-]{8})\.(.+)", re.DOTALL)


@dataclass(frozen=True)
class Continuation:
    """The key of the last row that was returned, and the fingerprint of the question."""

    fingerprint: str
    key: str

    def __str__(self) -> str:
        return f"{self.fingerprint}.{self.key}"

    @classmethod
    def parse(cls, text: object) -> Self:
        """The continuation in *text*.

        Raises:
            ValueError: *text* is not from a result's `next`.
        """
        if not isinstance(text, str) or len(text) > MAX_LENGTH:
            raise ValueError(text)
        parts = _TEXT.fullmatch(text)
        if parts is None:
            raise ValueError(text)
        return cls(parts[1], parts[2])


def fingerprint(kind: str, values: Iterable[str]) -> str:
    """Eight characters, the same for all questions for the same *values*, in any order."""
    digest = sha256("\n".join([kind, *sorted(values)]).encode()).digest()
    return urlsafe_b64encode(digest[:6]).decode()
