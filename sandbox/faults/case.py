"""The type of a fault, and its input."""

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
    """The values that faults made up. A fault adds its own."""
    now: datetime
    """The time at the vendor."""


Fault = Callable[[Reply, Case], Reply]
