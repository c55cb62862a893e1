"""The opaque text in the `next` of list_attachments: a row, and the question that it belongs to."""

import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Self

MAX_LENGTH = 4_000
"""The most characters of a continuation. Most have 35."""

_TEXT = re.compile(r"([A-Za-z0-9_-]{8})\.(.+)", re.DOTALL)


@dataclass(frozen=True)
class Continuation:
    """The key of the last row that was returned, and a checksum of the question and that key.

    A list can continue after any key. So without the checksum, a key that was not copied exactly
    would continue the list at a wrong place.
    """

    checksum: str
    key: str

    def __str__(self) -> str:
        return f"{self.checksum}.{self.key}"

    @classmethod
    def of(cls, question: Sequence[str], key: str) -> Self:
        """The continuation of the list that answers *question* after *key*."""
        digest = sha256(json.dumps([*question, key]).encode()).digest()
        return cls(urlsafe_b64encode(digest[:6]).decode(), key)

    @classmethod
    def parse(cls, text: object) -> Self:
        """The continuation in *text*. Its checksum may be wrong.

        Raises:
            ValueError: *text* is not from a result's `next`.
        """
        if not isinstance(text, str) or len(text) > MAX_LENGTH:
            raise ValueError(text)
        parts = _TEXT.fullmatch(text)
        if parts is None:
            raise ValueError(text)
        return cls(parts[1], parts[2])

    def belongs_to(self, question: Sequence[str]) -> bool:
        return self == self.of(question, self.key)
