"""Without Redis, every process may send its part of the rate."""

import pytest

from evals.settings import settings_for
from sandbox.serving import Sandbox
from server.http.copies_settings import CopiesSettings
from server.http.settings import HttpSettings
from tests.server.http.served import ask, request, served


@pytest.mark.parametrize(("copies", "pace"), [(1, "2700.0"), (3, "900.0")])
def test_the_copies_divide_the_rate(sandbox: Sandbox, copies: int, pace: str) -> None:
    http = HttpSettings(copies=CopiesSettings(copies=copies))
    with served(settings_for(sandbox), http) as port:
        _, _, metrics = ask(port, request("", method="GET", path="/metrics"))
        _, _, readiness = ask(port, request("", method="GET", path="/readyz"))
    assert f'incident_desk_budget_per_minute{{key="service",vendor="rootly"}} {pace}' in metrics
    assert "incident_desk_redis_up" not in metrics
    assert "warnings" not in readiness
