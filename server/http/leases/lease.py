"""The part of a vendor key's rate that this process has."""

from dataclasses import dataclass
from math import inf

from server.http.leases.demand import SmoothDemand
from server.http.leases.exchange import Ask, Grant
from server.http.leases.redis_client import ANSWER_S
from server.vendor_key import SERVICE, VendorKey
from tools.budget import Budget
from tools.vendor import Vendor

LEASE_S = 1.0
"""From the ask on. The script counts the same time from when it ran, which is later."""
_CAUTION_S = 2 * LEASE_S + ANSWER_S
"""How long after the end of a lease others may count on its rate.

An ask that was sent in the last moment of the lease runs at most `ANSWER_S` later, and counts for
`LEASE_S`. Until then, another process can be granted what this one did not use, for `LEASE_S`.
"""
_BURST_S = 0.6
_UNUSED_S = 30
"""After this time without a request, a process no longer asks for the key of an account.

The work of Redis grows with the number of keys, and with the square of the number of processes.
"""


@dataclass(frozen=True)
class Rates:
    """Requests a minute with one vendor key: of the setting, of all leases, and of one part."""

    setting: float
    leased: float
    part: float

    @classmethod
    def divide(cls, setting: float, processes: int) -> "Rates":
        """Divide the rate of the setting among *processes*.

        Each bucket may be full at the start of a minute: it holds 1 % of the process' rate, and
        one token. Together with these, never more than 102 % of the setting are sent in a minute.
        """
        leased = min(0.995 * setting, 1.01 * setting - processes)
        leased = max(leased, setting / 2)
        return cls(setting, leased, leased / processes)


class Lease:
    """The part of a vendor key's rate that this process has, now and later without an answer.

    1. At first, and when the key was not in use, it is one request, until Redis had time to
       answer.
    2. Without a lease, it is the part of the process.
    3. With a lease, it is the granted rate.
    4. After the end of a lease, it is the smaller one of these two rates, as long as another
       process may use the difference. Then it is the part.
    """

    def __init__(
        self, vendor: Vendor, key: VendorKey, rates: Rates, in_flight: int, now: float
    ) -> None:
        self.vendor = vendor
        self.key = key
        self.rates = rates
        self.budget = Budget(in_flight, 0, _BURST_S)
        self.grant: Grant | None = None
        self.is_in_use = True
        self._used_at = now
        self._begins_at = now + ANSWER_S
        self._ends_at = -inf
        self._demand = SmoothDemand()
        self.pace(now)

    def update_demand(self, now: float) -> None:
        """Add the demand since the last update. A key that is used again needs a lease."""
        demand = self.budget.take_demand()
        self._demand.add(demand, now)
        if not demand.sent and not demand.waiting:
            return
        self._used_at = now
        if not self.is_in_use:
            self.is_in_use = True
            # Half of the time may have passed since the first request.
            self._begins_at = now + ANSWER_S / 2

    def is_unused(self, now: float) -> bool:
        """Whether the process should give up the key, which is that of an account."""
        is_old = now - self._used_at > _UNUSED_S
        return self.is_in_use and is_old and self.key.short_name != SERVICE

    def ask(self, now: float) -> Ask:
        grant = self.grant
        return Ask(
            rate=self.rates.leased,
            part=self.rates.part,
            want=self._demand.per_minute,
            weight=self._demand.callers,
            holding=self._holding(now),
            known=grant.live + grant.missing if grant else 0,
        )

    def renew(self, grant: Grant, asked_at: float, now: float) -> None:
        if grant.is_young and self.grant:
            # Nobody could get what this process gave up. It goes on as without an answer.
            return
        self.grant = grant
        self._ends_at = asked_at + LEASE_S
        self.pace(now)

    def rest(self, now: float) -> None:
        """End the lease, because the key is not in use. Nothing is kept free for this process."""
        self.grant = None
        self.is_in_use = False
        self._begins_at = inf
        self.pace(now)

    def has_ended(self, now: float) -> bool:
        return now >= self._ends_at

    def pace(self, now: float) -> None:
        """Set the pace of the budget. Something must call this ten times a second."""
        if not self.is_in_use:
            self.update_demand(now)
        rate, until, expected = self._schedule(now)
        self.budget.set_pace(rate, until=until, expected=expected)

    def _schedule(self, now: float) -> tuple[float, float, float]:
        """The present rate, when it ends, and the rate to expect soon."""
        part, grant = self.rates.part, self.grant
        if grant is None:
            return (part, inf, part) if now >= self._begins_at else (0, self._begins_at, part)
        if not self.has_ended(now):
            return grant.granted, self._ends_at, self._expected(grant)
        caution_ends_at = self._ends_at + _CAUTION_S
        if now < caution_ends_at:
            return min(grant.granted, part), caution_ends_at, part
        return part, inf, part

    def _expected(self, grant: Grant) -> float:
        """The rate that this process has a moment after its callers want it.

        A process without callers may get nothing now. If many come to it at once, its rate becomes
        at least an equal one.
        """
        equal_rate = (self.rates.leased - grant.missing * self.rates.part) / grant.live
        return max(grant.share, equal_rate)

    def _holding(self, now: float) -> float:
        """The highest rate that this process uses if no answer comes."""
        if self.grant and not self.has_ended(now):
            return self.grant.granted
        return self.rates.part
