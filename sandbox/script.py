"""What happens in the world while someone reads: changes before certain requests."""

import threading
from collections import Counter, deque
from collections.abc import Callable

from sandbox.route import Request
from sandbox.store import Store

Change = Callable[[Store], object]
"""A change of the world, such as `lambda store: store.delete_incident(7)`."""


class Script:
    """Counts each vendor's requests, from 1, and changes the world before those that were chosen."""

    def __init__(self) -> None:
        self.requests = deque[tuple[str, Request]](maxlen=1_000)
        """The vendor's name and the request, for the last ones that arrived."""
        self._failure: Exception | None = None
        self._lock = threading.RLock()
        self._counts = Counter[str]()
        self._changes = dict[tuple[str, int], list[Change]]()
        self._turns = dict[tuple[str, int], dict[str, str]]()
        self._always = dict[str, list[Change]]()

    def before(self, number: int, change: Change, vendor: str = "rootly") -> None:
        """Make the change before this vendor's request of this number is answered."""
        self._changes.setdefault((vendor, number), []).append(change)

    def before_each(self, change: Change, vendor: str = "rootly") -> None:
        """Make the change before each of this vendor's requests is answered."""
        self._always.setdefault(vendor, []).append(change)

    def turn(self, number: int, vendor: str = "rootly", **options: str) -> None:
        """Answer this vendor's request of this number as these options say, such as `turn(3, fault="reset")`."""
        self._turns.setdefault((vendor, number), {}).update(options)

    def count(self, vendor: str = "rootly") -> int:
        """How many requests of this vendor have arrived."""
        return self._counts[vendor]

    def meet(self, vendor: str, request: Request, store: Store) -> list[str]:
        """Count the request, make the changes that come before it, and give the path parameters that it gets."""
        # Changes are made one after the other, also where requests arrive at once.
        with self._lock:
            self.requests.append((vendor, request))
            self._counts[vendor] += 1
            this = vendor, self._counts[vendor]
            for change in [*self._always.get(vendor, ()), *self._changes.get(this, ())]:
                try:
                    change(store)
                except Exception as failure:
                    self._failure = self._failure or failure
                    raise
            return [f"{name}={value}" for name, value in self._turns.get(this, {}).items()]

    def check(self) -> None:
        """Raises: what the first change that failed raised."""
        if self._failure:
            raise self._failure
