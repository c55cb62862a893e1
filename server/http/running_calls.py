"""Finds the running call that `notifications/cancelled` names.

In the handshake era, this notification arrives in its own HTTP request.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import anyio

from server.http.principal import Principal

CANCELLED_NOTIFICATION = "notifications/cancelled"

_Key = tuple[tuple[str, str], str]


class RunningCalls:
    """The running calls of this process that can be cancelled, by principal and request id.

    Several clients can use one account, and most clients count their requests from the same number.
    So a principal can have two running calls with the same id. Then the notification is ambiguous,
    and neither call is cancelled.
    """

    def __init__(self) -> None:
        self._scopes = defaultdict[_Key, list[anyio.CancelScope]](list)

    @contextmanager
    def cancellable(self, principal: Principal, request_id: object) -> Iterator[anyio.CancelScope]:
        """A cancel scope for a call. `cancel` can cancel it until the block ends."""
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
        """Cancel the call that *notification* names, if *principal* has exactly one such call."""
        params = notification.get("params")
        request_id = params.get("requestId") if isinstance(params, Mapping) else None
        scopes = self._scopes.get(_key(principal, request_id), [])
        if len(scopes) == 1:
            scopes[0].cancel()


def _key(principal: Principal, request_id: object) -> _Key:
    # Some clients repeat a numeric id as a string.
    return (principal.identity, str(request_id))
