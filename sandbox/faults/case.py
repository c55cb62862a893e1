"""The type of a fault, and what it works with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from random import Random

from sandbox.route import Reply, Vendor


@dataclass(frozen=True)
class Case:
    """A request that meets a fault."""

    vendor: Vendor
    argument: str
    """The text after the colon in `fault=delay:0.5`, or nothing."""
    random: Random
    planted: set[str]
    """A fault records the values here that it makes up."""
    now: datetime
    """The time at the vendor."""


Fault = Callable[[Reply, Case], Reply]
