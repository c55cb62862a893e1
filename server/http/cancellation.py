"""Ends calls of the handshake era on `notifications/cancelled`, which arrives in a request of its own."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import anyio

from server.http.callers import Caller

NOTIFICATION = "notifications/cancelled"

_Key = tuple[tuple[str, str], str]


class Cancellations:
    """The calls in flight in this process, by caller and request id.

    Clients count their requests from the same number, and several clients can use one account. So where a caller has two
    calls of the same id in flight, no one can tell which of them is meant, and both go on.
    """

    def __init__(self) -> None:
        self._scopes = defaultdict[_Key, list[anyio.CancelScope]](list)

    @contextmanager
    def cancellable(self, caller: Caller, request_id: object) -> Iterator[anyio.CancelScope]:
        key = _key(caller, request_id)
        with anyio.CancelScope() as scope:
            self._scopes[key].append(scope)
            try:
                yield scope
            finally:
                self._scopes[key].remove(scope)
                if not self._scopes[key]:
                    del self._scopes[key]

    def cancel(self, caller: Caller, notification: Mapping[str, Any]) -> None:
        """End the call that *notification* names, if it is the only one of *caller* with that id."""
        params = notification.get("params")
        request_id = params.get("requestId") if isinstance(params, Mapping) else None
        scopes = self._scopes.get(_key(caller, request_id), [])
        if len(scopes) == 1:
            scopes[0].cancel()


def _key(caller: Caller, request_id: object) -> _Key:
    # Some clients send a number back as a string.
    return (caller.identity, str(request_id))
