"""Seeds for tests with random data."""

import pytest
from _pytest.mark.structures import ParameterSet


def seeds(count: int, *, fast: int) -> list[int | ParameterSet]:
    """The numbers from 0 on. All after the first *fast* are for slow tests."""
    slow = [pytest.param(seed, marks=pytest.mark.slow) for seed in range(fast, count)]
    return [*range(fast), *slow]
