"""A vendor's answer, and which other answer may take the place of a new one."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Reply(Generic[T]):
    """A parsed answer, or the bytes of its body.

    * `at`: the time when it arrived, by our clock.
    * `ahead`: how far the vendor's clock was ahead of ours.
    * `is_sandbox`: whether it has the sandbox's made-up data.
    """

    body: T
    at: datetime
    ahead: timedelta = timedelta()
    is_sandbox: bool = False


class Reuse(Enum):
    """Which answer to the same request, with the same key, may be given to a call.

    NEVER: none. The request is always sent.
    SENT_AFTER_CALL: the answer to a request that was sent after the call began.
    FRESH: also an answer to a request that was sent in the last `INCIDENT_DESK_FRESH_S` seconds.
    ANY: the answer to any request in flight, or an answer that came in these last seconds.
    """

    NEVER = auto()
    SENT_AFTER_CALL = auto()
    FRESH = auto()
    ANY = auto()
