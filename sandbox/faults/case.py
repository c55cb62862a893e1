"""What a fault works with, and what it is."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from random import Random

from sandbox.route import Reply, Vendor


@dataclass(frozen=True)
class Case:
    """One request that meets a fault."""

    vendor: Vendor
    argument: str
    """What follows the colon in `fault=delay:0.5`; empty if nothing does."""
    random: Random
    planted: set[str]
    """Where a fault notes the values that it has made up."""
    now: datetime
    """What time it is at the vendor."""


Fault = Callable[[Reply, Case], Reply]
