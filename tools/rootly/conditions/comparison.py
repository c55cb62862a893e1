"""Compares values that are not exactly known with the bounds `gt`, `gte`, `lt` and `lte`."""

import operator
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

from tools.times import Operator

V = TypeVar("V", datetime, timedelta)

_COMPARISONS: Mapping[Operator, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}
_LOWER = ("gt", "gte")


def overlaps(bounds: Mapping[Operator, V], first: V, last: V) -> bool:
    """Whether something between the bounds is also between *first* and *last*, both included.

    An incident that was resolved at 14:00:00 overlaps with `gte` 14:00:00, but not with `gt`.
    """
    for name, bound in bounds.items():
        value = last if name in _LOWER else first
        if not _COMPARISONS[name](value, bound):
            return False
    return True
