"""The connections to the vendors: one for each vendor key."""

import asyncio
import os
import ssl
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import httpx

from server.network_variables import explain_certificate_error, explain_url_error, proxy_variable
from server.not_configured import how_to_correct
from server.settings import Settings
from server.vendor_key import NamedKey, VendorKey
from tools.budget import Budget
from tools.connection import Attempt, Clock, Connection, Observe, connect, is_plain_http
from tools.errors import NotConfigured
from tools.vendor import Vendor

if TYPE_CHECKING:
    from server.single_flight import SingleFlight

MakeBudget = Callable[[Vendor, VendorKey], Budget]
"""Makes the budget of the vendor and the key. Only a hash of the key may leave the process."""
RETIRED = "retired"
"""The short name of a key that nobody has any more, while calls with it are still running."""


@dataclass
class _OpenConnection:
    """A connection, the present short name of its key, and how many calls use it."""

    connection: Connection
    short_name: str
    users: int = 0


class Connections:
    """The open connections. Callers with the same key of a vendor share one, and its budget.

    *observe* gets every request, with the short name of its key. With a *transport*, requests go
    to that instead of the network. Without *make_budget*, each connection has a budget of its own.
    Without *single_flight*, each call sends its own requests.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        observe: Observe,
        transport: httpx.AsyncBaseTransport | None,
        make_budget: MakeBudget | None,
        single_flight: "SingleFlight | None",
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._observe = observe
        self._transport = transport
        self._make_budget = make_budget
        self._single_flight = single_flight
        self._open: dict[tuple[str, str], _OpenConnection] = {}
        """By the vendor's name and the key itself."""
        self._closing: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        for entry in self._open.values():
            await entry.connection.http.aclose()
        self._open.clear()
        await asyncio.gather(*self._closing)

    def get(self, vendor: Vendor, key: VendorKey) -> Connection:
        """The connection with *key*. It opens with the first request.

        Raises:
            NotConfigured: a setting of the network is wrong.
        """
        return _named(self._entry(vendor, key).connection, key)

    @contextmanager
    def using(self, vendor: Vendor, key: VendorKey) -> Iterator[Connection]:
        """The connection with *key*, which stays open until the block ends.

        Raises:
            NotConfigured: a setting of the network is wrong.
        """
        entry = self._entry(vendor, key)
        entry.users += 1
        try:
            yield _named(entry.connection, key)
        finally:
            entry.users -= 1
            self._close_if_unused(entry)

    def retain(self, keys: Collection[NamedKey]) -> None:
        """Close all connections but those with *keys*, each one after its last call.

        A key that is used again later gets a new connection.
        """
        short_names = {(vendor, key.value): key.short_name for vendor, key in keys}
        for name, entry in [*self._open.items()]:
            entry.short_name = short_names.get(name, RETIRED)
            if entry.short_name == RETIRED:
                del self._open[name]
                self._close_if_unused(entry)

    def _close_if_unused(self, entry: _OpenConnection) -> None:
        if entry.users or entry.short_name != RETIRED:
            return
        task = asyncio.get_running_loop().create_task(entry.connection.http.aclose())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def _entry(self, vendor: Vendor, key: VendorKey) -> _OpenConnection:
        name = (vendor.name, key.value)
        if name not in self._open:
            self._open[name] = self._connect(vendor, key)
        return self._open[name]

    def _connect(self, vendor: Vendor, key: VendorKey) -> _OpenConnection:
        settings = self._settings
        base_url = settings.urls.get(vendor.name, vendor.base_url)

        def observe(attempt: Attempt) -> None:
            # The name that the key had when the call began may stand for another key by now.
            self._observe(replace(attempt, key_id=entry.short_name))

        try:
            connection = connect(
                vendor,
                base_url,
                key.value,
                key_name=key.title,
                key_id=key.short_name,
                proxy_variable=proxy_variable(os.environ),
                limits=settings.limits,
                clock=self._clock,
                observe=observe,
                tls=self._tls_context(base_url),
                transport=self._transport,
                budget=self._make_budget(vendor, key) if self._make_budget else None,
                flights=self._single_flight.flights() if self._single_flight else None,
            )
        except (ImportError, ValueError, httpx.InvalidURL) as error:
            problem = explain_url_error(os.environ, vendor.url_variable, base_url)
            raise NotConfigured(how_to_correct(problem)) from error
        entry = _OpenConnection(connection, key.short_name)
        return entry

    def _tls_context(self, base_url: str) -> ssl.SSLContext:
        """The TLS context for requests to *base_url*: without certificates for plain http."""
        if is_plain_http(base_url):
            return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        return self._verifying_context

    @cached_property
    def _verifying_context(self) -> ssl.SSLContext:
        """One for all connections, because loading the certificates takes 17 ms of CPU."""
        try:
            return httpx.create_ssl_context()
        except OSError as error:
            problem = explain_certificate_error(os.environ)
            if problem is None:
                raise
            raise NotConfigured(how_to_correct(problem)) from error


def _named(connection: Connection, key: VendorKey) -> Connection:
    """*connection* with the names of *key*. The same key may have had other names before."""
    return replace(connection, key_name=key.title, key_id=key.short_name)
