"""The opaque text in a result's `next`: a position, and the question that it belongs to."""

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Self

from tools.rootly.epoch import from_epoch, to_epoch
from tools.rootly.position import Cursor, Keyset, Offset, Position
from tools.rootly.question import Ranges
from tools.times import OPERATORS, Bounds

MAX_LENGTH = 4_000
"""The most characters of a continuation. Most have 60."""

_KINDS: Mapping[str, type[Position]] = {kind.kind: kind for kind in (Keyset, Cursor, Offset)}


@dataclass(frozen=True)
class Continuation:
    """A position in the answer to one question.

    `instants` are the times that relative times meant on the first page: all pages of the list use
    them. The `checksum` covers the position, the instants, and the fingerprint of the filters and
    the sort. So neither another question nor a changed text is answered from a wrong position.
    """

    checksum: str
    position: Position
    instants: Ranges = field(default_factory=dict)

    def __str__(self) -> str:
        return _encoded_json([self.checksum, *_parts(self.position, self.instants)])

    @classmethod
    def of(cls, fingerprint: str, position: Position, instants: Ranges | None = None) -> Self:
        """The continuation of the list with this fingerprint at *position*."""
        instants = instants or {}
        parts = [fingerprint, *_parts(position, instants)]
        digest = sha256(json.dumps(parts, sort_keys=True).encode()).digest()
        return cls(urlsafe_b64encode(digest[:6]).decode(), position, instants)

    @classmethod
    def parse(cls, text: object) -> Self:
        """The continuation that *text* encodes. Its checksum may be wrong.

        Raises:
            ValueError: *text* is not from a result's `next`.
        """
        match _decoded_json(text):
            case [str(checksum), [*position]]:
                return cls(checksum, _decoded_position(position))
            case [str(checksum), [*position], dict(instants)]:
                return cls(checksum, _decoded_position(position), _decoded_instants(instants))
        raise ValueError(text)

    def belongs_to(self, fingerprint: str) -> bool:
        return self == self.of(fingerprint, self.position, self.instants)


def _parts(position: Position, instants: Ranges) -> list[Any]:
    """The position and the instants as JSON, without the checksum."""
    encoded = [position.kind, *position.encode()]
    if not instants:
        return [encoded]
    return [encoded, _encoded_instants(instants)]


def _encoded_json(parts: list[Any]) -> str:
    compact = json.dumps(parts, separators=(",", ":")).encode()
    return urlsafe_b64encode(compact).decode().rstrip("=")


def _decoded_json(text: object) -> Any:
    if not isinstance(text, str) or not text.isascii() or len(text) > MAX_LENGTH:
        raise ValueError(text)
    padding = "=" * (-len(text) % 4)
    try:
        return json.loads(urlsafe_b64decode(text + padding))
    except (binascii.Error, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(text) from error


def _decoded_position(parts: list[Any]) -> Position:
    """The position with the letter of its kind first."""
    match parts:
        case [str(kind), *members] if kind in _KINDS:
            return _KINDS[kind].decode(members)
    raise ValueError(parts)


def _encoded_instants(instants: Ranges) -> dict[str, dict[str, int]]:
    """The instants as seconds since 1970, by range and operator."""
    encoded: dict[str, dict[str, int]] = {}
    for name, bounds in instants.items():
        encoded[name] = {operator: to_epoch(at) for operator, at in bounds.items()}
    return encoded


def _decoded_instants(encoded: Mapping[str, Any]) -> Ranges:
    """The instants that `_encoded_instants` wrote.

    Raises:
        ValueError: it did not write them.
    """
    instants: dict[str, Bounds] = {}
    for name, bounds in encoded.items():
        instants[name] = _decoded_bounds(bounds)
    return instants


def _decoded_bounds(encoded: Any) -> Bounds:
    if not isinstance(encoded, dict):
        raise ValueError(encoded)
    bounds: Bounds = {}
    for operator in OPERATORS:
        if operator in encoded:
            bounds[operator] = from_epoch(encoded[operator])
    return bounds
