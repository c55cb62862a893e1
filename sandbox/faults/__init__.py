"""Failures of networks, gateways and vendors, on demand.

With the option `fault=NAME` or `fault=NAME:ARGUMENT` each request meets the fault; with `rate=0.2`
only a fifth of them. The option `seed=` and the number of such requests so far decide which
requests these are, and which fault `fault=mix` picks.
"""

import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from operator import itemgetter
from random import Random

from sandbox.faults import bodies, network, rows, statuses
from sandbox.faults.case import Case, Fault
from sandbox.route import Reply, Request, Vendor

FAULTS: Mapping[str, Fault] = {
    "delay": network.delay,
    "slow": network.slow,
    "reset": network.reset,
    "reset-in-body": network.reset_in_body,
    "truncated": network.truncated,
    "endless": network.endless,
    "malformed": bodies.malformed,
    "cut": bodies.cut,
    "empty": bodies.empty,
    "html": bodies.html,
    "content-type": bodies.content_type,
    "root": bodies.root,
    "missing-rows": bodies.missing_rows,
    "oversized": bodies.oversized,
    "gzip-bomb": bodies.gzip_bomb,
    "status": statuses.status,
    "429": statuses.rate_limited,
    "redirect": statuses.redirect,
    "error-in-success": statuses.error_in_success,
    "error-with-rows": statuses.error_with_rows,
    "partial": statuses.partial,
    "wrong-types": rows.everywhere(rows.wrong_types),
    "nulls": rows.everywhere(rows.nulls),
    "numeric-ids": rows.everywhere(rows.numeric_ids),
    "invalid-dates": rows.everywhere(rows.invalid_dates),
    "surrogates": rows.everywhere(rows.surrogates),
    "unknown-enums": rows.everywhere(rows.unknown_enums),
    "canary": rows.everywhere(rows.canary),
    "duplicates": rows.duplicates,
    "conflicting-duplicates": rows.conflicting_duplicates,
    "dangling": rows.dangling,
}
# A fault of the request, not of the answer: all filters are silently ignored.
IGNORE_FILTERS = "ignore-filters"
MIX = "mix"
_KINDS = (*FAULTS, IGNORE_FILTERS, MIX)
# `mix` does not pick `canary`, which is not a failure, or `endless`, which only a client can end.
_MIXED = [name for name in FAULTS if name not in ("canary", "endless")]
_ARGUMENTS: Mapping[str, Callable[[str], object]] = {
    "delay": float,
    "slow": float,
    "root": json.loads,
    "oversized": int,
    "gzip-bomb": int,
    "status": lambda text: HTTPStatus(int(text)),
    "429": lambda text: statuses.RETRY_AFTER[text.partition(":")[0]],
    "redirect": lambda text: HTTPStatus(int(text)),
}
OPTIONS = {"fault": "", "rate": "1", "seed": "0"}
_values = itemgetter(*OPTIONS)


class Faults:
    """Decides which requests meet a fault. `planted` has the values that `canary` made up."""

    def __init__(self) -> None:
        self.planted = set[str]()
        self._requests = Counter[tuple[str, ...]]()
        self._lock = threading.Lock()

    def meet(
        self, request: Request, vendor: Vendor, now: datetime
    ) -> tuple[Request, Fault, Case] | None:
        """The request, its fault, and the input of the fault. None if it meets no fault.

        *now* is the time at the vendor.
        """
        if not request.options["fault"]:
            return None
        options = _values(request.options)
        with self._lock:
            self._requests[options] += 1
            random = Random(f"{options}{self._requests[options]}")
        if random.random() >= float(request.options["rate"]):
            return None
        name, _, argument = request.options["fault"].partition(":")
        if name == MIX:
            name = random.choice(_MIXED)
        if name == IGNORE_FILTERS:
            request = _without_filters(request)
        case = Case(vendor, argument, random, self.planted, now)
        return request, FAULTS.get(name, _no_fault), case


def check(name: str, value: str) -> None:
    """Check a value of one of the OPTIONS.

    Raises:
        ValueError: with a message for the client.
    """
    if name == "rate" and not re.fullmatch(r"0(\.\d+)?|1(\.0+)?", value):
        raise ValueError("The rate must be a number from 0 to 1, such as 0.2.")
    if name == "fault":
        _check_fault(value)


def _check_fault(value: str) -> None:
    kind, _, argument = value.partition(":")
    if kind not in _KINDS:
        raise ValueError(f"There is no fault {kind!r}. The faults are: {', '.join(_KINDS)}.")
    if not argument:
        return
    try:
        _ARGUMENTS[kind](argument)
    except (KeyError, ValueError):
        raise ValueError(f"The fault {kind!r} cannot have the argument {argument!r}.") from None


def _without_filters(request: Request) -> Request:
    query = [pair for pair in request.query if not pair[0].startswith("filter[")]
    return replace(request, query=query)


def _no_fault(reply: Reply, case: Case) -> Reply:
    return reply
