"""The difference between a vendor's clock and ours."""

import math
from datetime import timedelta

from server.commands.facts.client import Client
from server.commands.facts.fact import Fact, NotSeen

_ZERO = timedelta()


def clock_fact(client: Client) -> Fact:
    """The dial `clock`, in whole seconds.

    Raises:
        NotSeen: no answer had a `Date`, or the difference changed meanwhile.
    """
    least, most = client.difference.least, client.difference.most
    if most == timedelta.max:
        raise NotSeen("no usable answer has a Date")
    if least > most:
        raise NotSeen("the difference of the clocks changed meanwhile")
    reason = "Date, compared with the clock of this machine"
    if least <= _ZERO <= most:
        return Fact("clock", "0", reason)
    return Fact("clock", str(_whole_seconds(least, most)), reason)


def _whole_seconds(least: timedelta, most: timedelta) -> int:
    """The lowest whole number in the range; the nearest one if there is none in it."""
    lowest = math.ceil(least.total_seconds())
    if lowest <= most.total_seconds():
        return lowest
    return round(((least + most) / 2).total_seconds())
