"""What was found out about one dial."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fact:
    """The value of a dial, and in `reason` how it was seen.

    Without a value, `reason` says why it was not seen. It never quotes the vendor.
    """

    dial: str
    value: str | None
    reason: str


class NotSeen(Exception):
    """The vendor's answers do not show the value of a dial. The text says why."""
