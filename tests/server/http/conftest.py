"""A server without accounts, and a vendor that answers when a test lets it."""

from collections.abc import Iterator

import pytest

from sandbox.serving import Sandbox
from tests.conftest import settings_for
from tests.server.http.served import SlowVendor, served


@pytest.fixture(scope="package")
def port(sandbox: Sandbox) -> Iterator[int]:
    with served(settings_for(sandbox)) as port:
        yield port


@pytest.fixture
def vendor() -> Iterator[SlowVendor]:
    with SlowVendor() as vendor:
        yield vendor
