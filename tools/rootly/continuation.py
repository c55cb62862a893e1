"""The opaque text in a result's `next`: a position, and the question that it belongs to."""

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
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

    `fingerprint` is that of the filters and the sort. `instants` are the times that relative times
    meant on the first page: all pages of the list use them.
    """

    fingerprint: str
    position: Position
    instants: Ranges = field(default_factory=dict)

    def __str__(self) -> str:
        parts: list[Any] = [self.fingerprint, [self.position.kind, *self.position.encode()]]
        if self.instants:
            parts.append(_encoded_instants(self.instants))
        compact = json.dumps(parts, separators=(",", ":")).encode()
        return urlsafe_b64encode(compact).decode().rstrip("=")

    @classmethod
    def parse(cls, text: object) -> Self:
        """The continuation that *text* encodes.

        Raises:
            ValueError: *text* is not from a result's `next`.
        """
        match _decoded_json(text):
            case [str(fingerprint), [*position]]:
                return cls(fingerprint, _decoded_position(position))
            case [str(fingerprint), [*position], dict(instants)]:
                return cls(fingerprint, _decoded_position(position), _decoded_instants(instants))
        raise ValueError(text)


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
