"""A server without accounts."""

from collections.abc import Iterator

import pytest

from sandbox.serving import Sandbox
from tests.conftest import settings_for
from tests.server.http.served import served


@pytest.fixture(scope="package")
def port(sandbox: Sandbox) -> Iterator[int]:
    with served(settings_for(sandbox)) as port:
        yield port
