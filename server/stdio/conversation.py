"""The state machine: what the client's requests have agreed on, and what may be answered early.

The first request decides the protocol era. In the handshake era, `initialize` comes before
everything but `ping`. In the stateless era, every request carries all that it needs.
"""

from enum import Enum


class Era(Enum):
    HANDSHAKE = "handshake"
    STATELESS = "stateless"


class State(Enum):
    NEW = "no request yet"
    PINGED = "handshake era, not initialized"
    INITIALIZED = "handshake era, initialized"
    STATELESS = "stateless era"
    UNKNOWN = "known only once the SDK has answered"


_NEXT = {
    (State.NEW, Era.HANDSHAKE, "ping"): State.PINGED,
    (State.NEW, Era.HANDSHAKE, "initialize"): State.INITIALIZED,
    (State.NEW, Era.STATELESS, "server/discover"): State.STATELESS,
    (State.NEW, Era.STATELESS, "tools/list"): State.STATELESS,
    (State.PINGED, Era.HANDSHAKE, "ping"): State.PINGED,
    (State.PINGED, Era.HANDSHAKE, "initialize"): State.INITIALIZED,
    (State.INITIALIZED, Era.HANDSHAKE, "ping"): State.INITIALIZED,
    (State.INITIALIZED, Era.HANDSHAKE, "tools/list"): State.INITIALIZED,
    (State.STATELESS, Era.STATELESS, "server/discover"): State.STATELESS,
    (State.STATELESS, Era.STATELESS, "tools/list"): State.STATELESS,
}
"""What may be answered early in which state, and the state after the answer."""


class Conversation:
    """The state of one client's conversation, moved on by each of its requests."""

    def __init__(self) -> None:
        self.state = State.NEW

    def may_answer(self, era: Era, method: str) -> bool:
        return (self.state, era, method) in _NEXT

    def answer(self, era: Era, method: str) -> None:
        """A request was answered early."""
        self.state = _NEXT[self.state, era, method]

    def defer(self) -> None:
        """A request was left to the SDK, and may be the one that decides."""
        if self.state not in (State.INITIALIZED, State.STATELESS):
            self.state = State.UNKNOWN
