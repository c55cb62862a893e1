"""What tests of the command line need."""

import os
from collections.abc import Iterator

import pytest

from sandbox.serving import VENDORS, Sandbox, serve
from server.settings import EXTRA_VALUES, KEYS, URLS
from tests.conftest import NOW


@pytest.fixture
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment without our variables."""
    variables = (*KEYS.values(), *URLS.values(), *EXTRA_VALUES)
    for name in [*os.environ]:
        if name.startswith(("INCIDENT_DESK_", *variables)):
            monkeypatch.delenv(name)


def set_variables(monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox) -> None:
    """Let the commands ask *sandbox* as if it were the vendors."""
    for vendor in VENDORS:
        monkeypatch.setenv(KEYS[vendor], "key")
        monkeypatch.setenv(URLS[vendor], sandbox.url(vendor))


@pytest.fixture
def served(no_settings: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A sandbox that the commands ask as if it were the vendors, by the environment."""
    with serve(now=NOW) as sandbox:
        set_variables(monkeypatch, sandbox)
        monkeypatch.setenv("INCIDENT_DESK_TIMEOUT_S", "5")
        yield sandbox
