"""Values of parametrized tests, some of which are for slow tests only."""

from collections.abc import Iterable
from typing import Any

import pytest
from _pytest.mark.structures import ParameterSet


def slow(values: Iterable[Any]) -> list[ParameterSet]:
    """The values, for slow tests."""
    return [pytest.param(value, marks=pytest.mark.slow) for value in values]


def seeds(count: int, *, fast: int) -> list[int | ParameterSet]:
    """The numbers from 0 on. All after the first *fast* are for slow tests."""
    return [*range(fast), *slow(range(fast, count))]
