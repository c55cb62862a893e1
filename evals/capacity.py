"""How many requests many people send to one vendor with one key: a model on paper.

Its inputs are assumptions, except for the requests of a question, which a test counts in the
sandbox. The tables in docs/capacity.md come from here, and a test compares them. `python -m
benchmarks.copies` measures the same with real processes.
"""

from dataclasses import dataclass

from evals.table import table
from server.http.leases.lease import Rates
from tools.catalogue import VENDORS
from tools.vendor import Vendor

BEGIN, END = "<!-- capacity: computed by evals/capacity.py -->\n", "<!-- /capacity -->"
"""Where the tables are in docs/capacity.md."""

COPIES = (1, 10, 100)
FRESH_S = (0, 2)
"""Values of INCIDENT_DESK_FRESH_S."""
PEOPLE = 10_000
QUIET_CALLS, BUSY_CALLS = 0.5, 20
"""Calls of one person in an hour: normally, and during an incident."""
HOT_SHARE, HOT_PAGES = 0.6, 10
"""During an incident, this share of all pages is one of so many, each asked for equally often."""
ANSWER_S = 0.5
"""Seconds until the vendor has answered one request."""
ROOTLY, INCIDENT_IO = "rootly", "incident_io"


@dataclass(frozen=True)
class Question:
    """A kind of call: the requests that it sends, and its share of all calls.

    * `can_share`: whether another caller's answer to the same request may serve it.
    * `is_exact`: whether an answer needs all requests. Otherwise it may cover only a part.
    """

    title: str
    vendor: str
    requests: int
    share: float
    can_share: bool = False
    is_exact: bool = True


QUESTIONS = {
    "page": Question("one page of a list", ROOTLY, 1, 0.82, can_share=True),
    "attachments": Question("attachments of `INC-123`", INCIDENT_IO, 2, 0.10),
    "week": Question("`group_by` over a week", ROOTLY, 10, 0.03),
    "day": Question("`active_during` of a day", ROOTLY, 18, 0.02, is_exact=False),
    "similar": Question("`similar_to` over all", ROOTLY, 74, 0.02, is_exact=False),
    "count": Question("`group_by` over all", ROOTLY, 74, 0.01),
}
"""The mixture of calls. The organisation has 5,000 incidents."""


@dataclass(frozen=True)
class Situation:
    """How many of `PEOPLE` are busy with an incident. The others ask as on a normal day."""

    title: str
    busy: int

    @property
    def busy_calls(self) -> float:
        """Calls a minute of those who are busy."""
        return self.busy * BUSY_CALLS / 60

    @property
    def calls(self) -> float:
        """Calls a minute of all people."""
        return self.busy_calls + (PEOPLE - self.busy) * QUIET_CALLS / 60


SITUATIONS = (
    Situation("a normal day", 0),
    Situation("an incident: 500 people are busy", 500),
    Situation("an outage: 3,000 people are busy", 3_000),
    Situation("everybody is busy", PEOPLE),
)


def requests_per_call(vendor: str) -> float:
    """The mean over the mixture."""
    ours = [question for question in QUESTIONS.values() if question.vendor == vendor]
    return sum(question.share * question.requests for question in ours)


def shared_part(asked_a_second: float, fresh_s: float, copies: int = 1) -> float:
    """The part of all requests for one page that another's answer serves.

    The page is asked for at random times, on every copy equally often. A request is followed by
    `ANSWER_S` seconds in which others join it, and by *fresh_s* seconds in which its answer is
    remembered. Only the first request after that goes to the vendor.
    """
    joining = asked_a_second / copies * (ANSWER_S + fresh_s)
    return joining / (1 + joining)


def requests_a_minute(situation: Situation, vendor: str, fresh_s: float, copies: int) -> float:
    """The requests that reach *vendor* if it refuses none."""
    pages = sum(question.share for question in QUESTIONS.values() if question.can_share)
    hot = situation.busy_calls * pages * HOT_SHARE
    saved = hot * shared_part(hot / 60 / HOT_PAGES, fresh_s, copies)
    return situation.calls * requests_per_call(vendor) - (saved if vendor == ROOTLY else 0)


def limit(vendor: str, copies: int = 1) -> float:
    """The requests a minute that all copies together may send."""
    return Rates.divide(set_rate(vendor), copies).leased


def set_rate(vendor: str) -> int:
    """The default of INCIDENT_DESK_REQUESTS_PER_MINUTE."""
    return _vendor(vendor).requests_per_minute * 9 // 10


def _vendor(name: str) -> Vendor:
    [vendor] = [vendor for vendor in VENDORS if vendor.name == name]
    return vendor


def busy_people_at_the_limit(vendor: str, fresh_s: float, copies: int) -> int:
    """How many people can be busy at the same time before requests have to wait."""
    low, high = 0, 1_000_000
    while high - low > 1:
        middle = (low + high) // 2
        situation = Situation("", middle)
        if requests_a_minute(situation, vendor, fresh_s, copies) <= limit(vendor):
            low = middle
        else:
            high = middle
    return low


def report() -> str:
    parts = (_questions(), _situations(), _sharing(), _limits(), _parts())
    return "\n".join(parts)


def _questions() -> str:
    head = ["a call", "requests", "share of all calls", "share of Rootly's requests"]
    rows = []
    for question in QUESTIONS.values():
        part = question.share * question.requests / requests_per_call(ROOTLY)
        rows.append(
            [
                question.title,
                f"{question.requests}",
                f"{question.share:.0%}",
                f"{part:.0%}" if question.vendor == ROOTLY else "–",
            ]
        )
    return table(head, rows)


def _situations() -> str:
    head = ["requests a minute", "calls a minute", "to Rootly", "of its limit"]
    head += [f"`FRESH_S={fresh_s}`: 1, 10, 100 copies" for fresh_s in FRESH_S]
    head += ["to incident.io", "of its limit"]
    rows = []
    for situation in SITUATIONS:
        rootly = situation.calls * requests_per_call(ROOTLY)
        incident_io = situation.calls * requests_per_call(INCIDENT_IO)
        rows.append(
            [
                situation.title,
                f"{situation.calls:,.0f}",
                f"{rootly:,.0f}",
                f"{rootly / limit(ROOTLY):.0%}",
                *(_for_copies(situation, fresh_s) for fresh_s in FRESH_S),
                f"{incident_io:,.0f}",
                f"{incident_io / limit(INCIDENT_IO):.0%}",
            ]
        )
    return table(head, rows)


def _for_copies(situation: Situation, fresh_s: float) -> str:
    numbers = [requests_a_minute(situation, ROOTLY, fresh_s, copies) for copies in COPIES]
    return ", ".join(f"{number:,.0f}" for number in numbers)


def _sharing() -> str:
    head = ["a page is asked for …"]
    head += [f"`FRESH_S={fresh_s}`: 1, 10, 100 copies" for fresh_s in FRESH_S]
    rows = []
    for times in (10, 60, 600):
        cells = [f"{times} times a minute"]
        for fresh_s in FRESH_S:
            parts = [shared_part(times / 60, fresh_s, copies) for copies in COPIES]
            cells.append(", ".join(f"{part:.0%}" for part in parts))
        rows.append(cells)
    return table(head, rows)


def _limits() -> str:
    head = ["one key of", "limit, set, given out", "calls a minute at the limit"]
    head += ["calls over all at the limit", "busy people at the limit"]
    rows = []
    for name in (ROOTLY, INCIDENT_IO):
        vendor = _vendor(name)
        most = max(question.requests for question in QUESTIONS.values() if question.vendor == name)
        rows.append(
            [
                vendor.title,
                f"{vendor.requests_per_minute:,}, {set_rate(name):,}, {limit(name):,.0f} a minute",
                f"{limit(name) / requests_per_call(name):,.0f}",
                f"{limit(name) / most:,.0f}",
                f"{busy_people_at_the_limit(name, 0, 1):,}",
            ]
        )
    return table(head, rows)


def _parts() -> str:
    head = ["copies", "one copy's part without Redis: Rootly", "incident.io"]
    rows = []
    for copies in COPIES:
        parts = [limit(name, copies) / copies for name in (ROOTLY, INCIDENT_IO)]
        rows.append([f"{copies}", *(f"{part:,.0f} a minute" for part in parts)])
    return table(head, rows)
