"""Plain HTTP clients of the sandbox, one for each vendor."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import httpx
import pytest

from sandbox.serving import Sandbox, serve

Ask = Callable[..., httpx.Response]
"""`ask({"page[size]": "1"}, shape="references")`: parameters, and options of the sandbox."""

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def client() -> Iterator[httpx.Client]:
    headers = {
        "Authorization": "Bearer sandbox",
        "User-Agent": "tests",
        "Content-Type": "application/vnd.api+json",
    }
    with httpx.Client(headers=headers, timeout=10) as client:
        yield client


@pytest.fixture
def incidents(sandbox: Sandbox, client: httpx.Client) -> Ask:
    """Rootly's incidents."""

    def ask(parameters: dict[str, str] | None = None, **options: str) -> httpx.Response:
        return client.get(f"{sandbox.url('rootly', **options)}/v1/incidents", params=parameters)

    return ask


@pytest.fixture
def attachments(sandbox: Sandbox, client: httpx.Client) -> Ask:
    """incident.io's attachments."""

    def ask(parameters: dict[str, str] | None = None, **options: str) -> httpx.Response:
        return client.get(
            f"{sandbox.url('incident_io', **options)}/v1/incident_attachments", params=parameters
        )

    return ask


@pytest.fixture
def own_sandbox() -> Iterator[Sandbox]:
    """A small sandbox for a test that changes its data."""
    with serve(now=NOW, size=60) as running:
        yield running
