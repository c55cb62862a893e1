"""The connections to the vendors: one for each vendor key."""

import asyncio
import math
import os
import ssl
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import anyio
import httpx

from server.network_variables import explain_certificate_error, explain_url_error, proxy_variable
from server.not_configured import how_to_correct
from server.settings import Settings
from server.vendor_key import NamedKey, VendorKey
from tools.budget import Budget
from tools.connection import (
    Attempt,
    CallRecord,
    Clock,
    Connection,
    Observe,
    Progress,
    connect,
    ignore_progress,
    is_plain_http,
)
from tools.errors import NotConfigured
from tools.vendor import Vendor

if TYPE_CHECKING:
    from server.single_flight import SingleFlight

MakeBudget = Callable[[Vendor, VendorKey], Budget]
"""Returns the budget of the vendor and the key, which is made at the first call.

Only a hash of the key may leave the process.
"""
RETIRED = "retired"
"""The short name of a key that nobody has any more, while calls with it are still running."""
UNUSED_S = 60.0
"""A connection that no call has used for so long is closed.

Otherwise each key would keep its sockets, and thousands of accounts could use up the process's
file descriptors. Its budget is kept, and no answer is fresh any more.
"""


@dataclass
class _OpenConnection:
    """A connection, the present short name of its key, and how many calls use it.

    `used_at` is when a call last began or ended, in the time of the event loop.
    """

    connection: Connection
    short_name: str
    users: int = 0
    used_at: float = 0


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
        self._short_names: Mapping[tuple[str, str], str] | None = None
        """The short names of the keys in use. None as long as every key is in use."""
        self._closing: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        for entry in self._open.values():
            await entry.connection.http.aclose()
        self._open.clear()
        await asyncio.gather(*self._closing)

    def get(self, vendor: Vendor, key: VendorKey) -> Connection:
        """The connection with *key*. It opens with the first request, and stays open.

        Raises:
            NotConfigured: a setting of the network is wrong.
        """
        entry = self._entry(vendor, key)
        entry.used_at = math.inf
        return _own(entry, key)

    @contextmanager
    def using(
        self,
        vendor: Vendor,
        key: VendorKey,
        caller: Hashable,
        progress: Progress = ignore_progress,
        record: CallRecord | None = None,
    ) -> Iterator[Connection]:
        """The connection with *key* for one call of *caller*. It stays open until the block ends.

        Raises:
            NotConfigured: a setting of the network is wrong.
        """
        self._close_unused()
        entry = self._entry(vendor, key)
        entry.users += 1
        try:
            yield _own(entry, key, caller, progress, record)
        finally:
            entry.users -= 1
            entry.used_at = max(entry.used_at, anyio.current_time())
            self._close_if_retired(entry)

    def retain(self, keys: Collection[NamedKey]) -> None:
        """Close all connections but those with *keys*, each one after its last call.

        A key that is used again later gets a new connection.
        """
        self._short_names = {(vendor, key.value): key.short_name for vendor, key in keys}
        for name, entry in [*self._open.items()]:
            entry.short_name = self._short_names.get(name, RETIRED)
            if entry.short_name == RETIRED:
                del self._open[name]
                self._close_if_retired(entry)

    def _close_if_retired(self, entry: _OpenConnection) -> None:
        if entry.short_name == RETIRED and not entry.users:
            self._close_soon(entry)

    def _close_unused(self) -> None:
        unused_since = anyio.current_time() - UNUSED_S
        for name, entry in [*self._open.items()]:
            if not entry.users and entry.used_at < unused_since:
                del self._open[name]
                self._close_soon(entry)

    def _close_soon(self, entry: _OpenConnection) -> None:
        task = asyncio.get_running_loop().create_task(entry.connection.http.aclose())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def _entry(self, vendor: Vendor, key: VendorKey) -> _OpenConnection:
        name = (vendor.name, key.value)
        if name in self._open:
            return self._open[name]
        short_name = key.short_name
        if self._short_names is not None:
            # A request that was accepted before the keys changed may still bring an old one.
            short_name = self._short_names.get(name, RETIRED)
        entry = self._connect(vendor, key, short_name)
        if short_name != RETIRED:
            self._open[name] = entry
        return entry

    def _connect(self, vendor: Vendor, key: VendorKey, short_name: str) -> _OpenConnection:
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
        entry = _OpenConnection(connection, short_name)
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


def _own(
    entry: _OpenConnection,
    key: VendorKey,
    caller: Hashable = "",
    progress: Progress = ignore_progress,
    record: CallRecord | None = None,
) -> Connection:
    """The connection with a record of its own, and with the present names of *key*.

    The same key may have had other names before.
    """
    return replace(
        entry.connection,
        key_name=key.title,
        key_id=entry.short_name,
        caller=caller,
        progress=progress,
        record=record or CallRecord(),
    )
