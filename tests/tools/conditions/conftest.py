"""A small sandbox."""

from collections.abc import Iterator

import pytest

from sandbox.serving import Sandbox, serve
from tests.conftest import NOW


@pytest.fixture(scope="module")
def small() -> Iterator[Sandbox]:
    """80 incidents. With all attributes, one has 100 kB of people."""
    with serve(now=NOW, size=80) as running:
        yield running
