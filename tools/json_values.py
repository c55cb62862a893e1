"""Reads JSON values by the type that a vendor documents. A value of another type counts as absent.

With these functions, code that follows a vendor's documentation stays safe where the vendor, or a
gateway before it, sends something else.
"""

from collections.abc import Mapping
from typing import Any, TypeGuard


def as_mapping(value: object) -> Mapping[str, Any]:
    """*value* if it is an object, otherwise an empty one."""
    if isinstance(value, dict):
        return value
    return {}


def as_list(value: object) -> list[Any]:
    """*value* if it is a list, otherwise an empty one."""
    if isinstance(value, list):
        return value
    return []


def mappings(value: object) -> list[Mapping[str, Any]]:
    """The objects in *value*, if it is a list."""
    return [item for item in as_list(value) if isinstance(item, dict)]


def texts(*values: object) -> list[str]:
    """Those of *values* that are texts and not empty."""
    return [value for value in values if isinstance(value, str) and value]


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether *value* is a number. In Python, true and false would be numbers too."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)
