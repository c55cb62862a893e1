"""Without Redis, every process may send its part of the rate."""

import pytest
from prometheus_client import CollectorRegistry

from evals.settings import settings_for
from sandbox.serving import Sandbox
from server.http.budgets import DividedBudgets
from server.http.copies_settings import CopiesSettings
from server.http.key_ring import KeyRing
from server.http.pace_gauge import PaceGauge
from server.http.settings import HttpSettings
from server.vendor_key import VendorKey
from tests.server.http.served import ask, request, served
from tools.limits import Limits
from tools.rootly import ROOTLY


@pytest.mark.parametrize(("copies", "pace"), [(1, "2700.0"), (3, "900.0")])
def test_the_copies_divide_the_rate(sandbox: Sandbox, copies: int, pace: str) -> None:
    http = HttpSettings(copies=CopiesSettings(copies=copies))
    with served(settings_for(sandbox), http) as port:
        _, _, metrics = ask(port, request("", method="GET", path="/metrics"))
        _, _, readiness = ask(port, request("", method="GET", path="/readyz"))
    assert f'incident_desk_budget_per_minute{{key="service",vendor="rootly"}} {pace}' in metrics
    assert "incident_desk_redis_up" not in metrics
    assert "warnings" not in readiness


def test_a_key_that_is_used_again_has_the_same_budget() -> None:
    pace = PaceGauge(CollectorRegistry(), KeyRing({}))
    budgets = DividedBudgets(Limits(), 1, pace)
    budget = budgets.budget(ROOTLY, VendorKey("key", "ada"))
    assert budgets.budget(ROOTLY, VendorKey("key", "bob")) is budget
    assert budgets.budget(ROOTLY, VendorKey("other key", "ada")) is not budget
