"""The budgets of the vendor keys in this process, alone or shared with other processes."""

import secrets
import socket
from contextlib import AbstractAsyncContextManager
from importlib.util import find_spec
from typing import Protocol, Self

from prometheus_client import CollectorRegistry

from server.http.key_ring import KeyRing
from server.http.pace_gauge import PaceGauge
from server.http.settings import HttpSettings
from server.installation import how_to_install
from server.setting_names import REDIS_URL
from server.settings import SettingsError
from server.vendor_key import VendorKey
from tools.budget import Budget
from tools.connection import requests_per_minute
from tools.limits import Limits
from tools.vendor import Vendor


class Budgets(AbstractAsyncContextManager[object], Protocol):
    """Makes the budget of each vendor key, and keeps them while the `async with` block runs."""

    @property
    def problem(self) -> str:
        """What is wrong, for people who run this service. Empty if nothing is."""
        ...

    def budget(self, vendor: Vendor, key: VendorKey) -> Budget: ...


def make_budgets(
    limits: Limits, http: HttpSettings, registry: CollectorRegistry, key_ring: KeyRing
) -> Budgets:
    """The budgets of this process. With Redis, all processes share the rates.

    Raises:
        ValueError: the URL of Redis cannot be used. `check_redis` says so before.
    """
    processes = http.copies.copies * http.workers
    pace = PaceGauge(registry, key_ring)
    if not http.copies.redis_url:
        return DividedBudgets(limits, processes, pace)
    # Only a service with Redis needs the extra.
    from server.http.leases.exchange import SCRIPT, Process
    from server.http.leases.lease_client import LeaseClient
    from server.http.leases.redis_client import RedisClient
    from server.http.leases.shared_budgets import SharedBudgets
    from server.http.leases.state import SharingState

    process = Process(secrets.token_hex(8), _place(http), processes)
    client = LeaseClient(RedisClient(http.copies.redis_url, SCRIPT), process)
    return SharedBudgets(client, limits, SharingState(registry, processes), pace)


def check_redis(http: HttpSettings) -> None:
    """Check that Redis can be used, if the settings name one. It need not answer.

    Raises:
        SettingsError: the extra is missing, or the URL cannot be used.
    """
    url = http.copies.redis_url
    if not url:
        return
    if not find_spec("redis"):
        raise SettingsError(
            f"{REDIS_URL} is set, and the extra redis is missing. {how_to_install('http,redis')}"
        )
    from server.http.leases.redis_client import RedisClient

    try:
        RedisClient(url, "")
    except ValueError as error:
        raise SettingsError(f"{REDIS_URL} is {error}.") from None


def _place(http: HttpSettings) -> str:
    """Where this copy runs: two copies at the same place are one that was started again."""
    address = http.socket or f"{http.host}:{http.port}"
    return f"{socket.gethostname()}|{address}".replace(" ", "_")


class DividedBudgets:
    """Budgets without Redis: each process may send its part of the rate."""

    problem = ""

    def __init__(self, limits: Limits, processes: int, pace: PaceGauge) -> None:
        self._limits = limits
        self._processes = processes
        self._pace = pace
        self._paces: dict[tuple[str, str], float] = {}
        self._budgets: dict[tuple[str, str], Budget] = {}
        """By the vendor's name and the key itself.

        A key that was removed and set again has its old budget, because calls may still use it.
        """

    def budget(self, vendor: Vendor, key: VendorKey) -> Budget:
        name = (vendor.name, key.value)
        if name not in self._budgets:
            per_minute = requests_per_minute(vendor, self._limits) / self._processes
            self._budgets[name] = Budget(self._limits.max_in_flight, per_minute)
            self._paces[name] = per_minute
        self._pace.record(self._paces)
        return self._budgets[name]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass
