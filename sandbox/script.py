"""The script of the sandbox: how the data changes between requests."""

import threading
from collections import Counter, deque
from collections.abc import Callable

from sandbox.route import Request
from sandbox.store import Store

Change = Callable[[Store], object]
"""A change of the data, such as `lambda store: store.delete_incident(7)`."""


class Script:
    """Counts the requests to each vendor, from 1, and changes the data before some of them."""

    def __init__(self) -> None:
        self.requests = deque[tuple[str, Request]](maxlen=1_000)
        """The last 1,000 requests, each with the name of its vendor."""
        self._failure: Exception | None = None
        self._lock = threading.RLock()
        self._counts = Counter[str]()
        self._changes = dict[tuple[str, int], list[Change]]()
        self._turns = dict[tuple[str, int], dict[str, str]]()
        self._changes_before_each = dict[str, list[Change]]()

    def before(self, number: int, change: Change, vendor: str = "rootly") -> None:
        """Plan a change: it is made before the vendor answers its request of this number."""
        self._changes.setdefault((vendor, number), []).append(change)

    def before_each(self, change: Change, vendor: str = "rootly") -> None:
        """Plan a change: it is made before the vendor answers each request."""
        self._changes_before_each.setdefault(vendor, []).append(change)

    def turn(self, number: int, vendor: str = "rootly", **options: str) -> None:
        """Set options for one request, by its number, as in `turn(3, fault="reset")`."""
        self._turns.setdefault((vendor, number), {}).update(options)

    def count(self, vendor: str = "rootly") -> int:
        """The number of requests to this vendor so far."""
        return self._counts[vendor]

    def play(self, vendor: str, request: Request, store: Store) -> list[str]:
        """Count the request, change the data, and return path parameters for this request."""
        # Changes never run at the same time, even if requests do.
        with self._lock:
            self.requests.append((vendor, request))
            self._counts[vendor] += 1
            vendor_and_number = vendor, self._counts[vendor]
            changes = [*self._changes_before_each.get(vendor, ())]
            changes += self._changes.get(vendor_and_number, ())
            for change in changes:
                self._make(change, store)
            options = self._turns.get(vendor_and_number, {})
            return [f"{name}={value}" for name, value in options.items()]

    def _make(self, change: Change, store: Store) -> None:
        try:
            change(store)
        except Exception as failure:
            self._failure = self._failure or failure
            raise

    def check(self) -> None:
        """Raise the first exception that a change raised, if any did."""
        if self._failure:
            raise self._failure
