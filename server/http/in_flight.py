"""The calls in flight, so that `notifications/cancelled` can end them.

In the handshake era that notification arrives in an HTTP request of its own.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import anyio

from server.http.principal import Principal

CANCELLED_NOTIFICATION = "notifications/cancelled"

_Key = tuple[tuple[str, str], str]


class InFlightCalls:
    """The cancellable calls in this process, by principal and request id.

    Clients count their requests from the same number, and several clients can use one account. If
    a principal has two calls of the same id in flight, the notification is ambiguous and both
    calls go on.
    """

    def __init__(self) -> None:
        self._scopes = defaultdict[_Key, list[anyio.CancelScope]](list)

    @contextmanager
    def cancellable(self, principal: Principal, request_id: object) -> Iterator[anyio.CancelScope]:
        """A cancel scope that `cancel` can cancel."""
        key = _key(principal, request_id)
        with anyio.CancelScope() as scope:
            self._scopes[key].append(scope)
            try:
                yield scope
            finally:
                self._scopes[key].remove(scope)
                if not self._scopes[key]:
                    del self._scopes[key]

    def cancel(self, principal: Principal, notification: Mapping[str, Any]) -> None:
        """End the call that *notification* names, if *principal* has exactly one of that id."""
        params = notification.get("params")
        request_id = params.get("requestId") if isinstance(params, Mapping) else None
        scopes = self._scopes.get(_key(principal, request_id), [])
        if len(scopes) == 1:
            scopes[0].cancel()


def _key(principal: Principal, request_id: object) -> _Key:
    # Some clients return a numeric id as a string.
    return (principal.identity, str(request_id))
