"""The state machine of a conversation: which requests may be answered early in which state.

The first request decides the protocol era. In the handshake era, only `ping` may come before
`initialize`. In the stateless era, every request has the protocol version and the client's
capabilities.
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
    UNKNOWN = "the SDK's next answer decides"


_NEXT = {
    (State.NEW, Era.HANDSHAKE, "ping"): State.PINGED,
    (State.NEW, Era.HANDSHAKE, "initialize"): State.INITIALIZED,
    (State.NEW, Era.STATELESS, "server/discover"): State.STATELESS,
    (State.NEW, Era.STATELESS, "tools/list"): State.STATELESS,
    (State.NEW, Era.STATELESS, "prompts/list"): State.STATELESS,
    (State.PINGED, Era.HANDSHAKE, "ping"): State.PINGED,
    (State.PINGED, Era.HANDSHAKE, "initialize"): State.INITIALIZED,
    (State.INITIALIZED, Era.HANDSHAKE, "ping"): State.INITIALIZED,
    (State.INITIALIZED, Era.HANDSHAKE, "tools/list"): State.INITIALIZED,
    (State.INITIALIZED, Era.HANDSHAKE, "prompts/list"): State.INITIALIZED,
    (State.STATELESS, Era.STATELESS, "server/discover"): State.STATELESS,
    (State.STATELESS, Era.STATELESS, "tools/list"): State.STATELESS,
    (State.STATELESS, Era.STATELESS, "prompts/list"): State.STATELESS,
}
"""For each request that may be answered early in a state: the state after the answer."""


class Conversation:
    """The state of the conversation with one client. Each of the client's requests changes it."""

    def __init__(self) -> None:
        self.state = State.NEW

    def may_answer(self, era: Era, method: str) -> bool:
        return (self.state, era, method) in _NEXT

    def answer(self, era: Era, method: str) -> None:
        """Note that a request was answered early."""
        self.state = _NEXT[self.state, era, method]

    def defer(self, method: str | None) -> None:
        """Note that a line was left to the SDK: a request of *method*, or something else.

        It may be the request that decides the era. A second `initialize` may bring other
        capabilities.
        """
        if method == "initialize" or self.state not in (State.INITIALIZED, State.STATELESS):
            self.state = State.UNKNOWN
