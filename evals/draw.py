"""Draws the parts of random walks: dials of the sandbox, questions, and incidents."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any

from evals.matches import RELATIVE
from evals.settings import NOW

DIAL_VALUES: Mapping[str, tuple[str, ...]] = {
    # Access.
    "strict": ("1", "if_sent"),
    "limits": ("shown",),
    # The document.
    "media_type": ("jsonapi",),
    "shape": ("nested",),
    "attributes": ("all",),
    "relations": (
        "absent",
        "null",
        "links",
        "dangling",
        "absent:services",
        "null:services",
        "links:services",
        "dangling:services",
    ),
    "severity": ("flat", "string", "null", "absent"),
    "labels": ("pairs", "null"),
    "slugs": ("name", "id", "renamed"),
    "subscribers": ("user_id",),
    "sub_status": ("plain", "never"),
    "selections": ("custom_fields",),
    "unknown_include": ("refused",),
    "fieldsets": ("attributes", "ignored"),
    # Filters.
    "ignore": (
        "status",
        "severity",
        "services",
        "kind",
        "labels",
        "not_in",
        "created_at",
        "gte",
        "lt",
    ),
    "excluding": ("drops",),
    "combined": ("any",),
    "label_filter": ("pair", "key", "value"),
    "kind_filter": ("with_sub",),
    "gone": ("404",),
    # Pages.
    "meta": ("none",),
    "total": ("missing", "zero", "unfiltered", "more:7", "fewer:7", "12"),
    "page_limit": ("50", "10"),
    "page_limit_told": ("no",),
    "empty_page": ("1", "2", "3"),
    "cursor": ("off", "ignored", "unsorted", "expires:2"),
    "last_cursor": ("absent", "set", "always"),
    "nulls": ("low", "first", "last"),
    "ties": ("page_size", "request"),
    # Times.
    "stored": ("us", "s"),
    "compared": ("ms", "s", "minute"),
    "sorted": ("ms", "s", "minute"),
    "shown": ("us", "s", "minute"),
    "zone": ("Z", "+05:30"),
    "clock": ("-300", "300"),
    "updated_clock": ("-300", "300"),
}
"""The values that are drawn for each dial. It can also stay at its default."""
NOT_DRAWN = {
    "key": "a team's key cannot read any list",
    "bad_date": "the tools send only valid dates",
}

SERVICES = ("checkout-api", "payments-gateway", "auth-service", "search-api", "ingress")
KINDS = ("normal", "normal", "normal", "normal_sub", "test")
STATUSES = ("started", "acknowledged", "mitigated", "resolved", "closed")
LABELS: tuple[dict[str, str], ...] = ({}, {"team": "payments"}, {"team": "search", "region": "eu"})
SEVERITIES = ("sev0", "sev1", "sev2", "sev3")

SORTS = (
    "updated_at",
    "-updated_at",
    "started_at",
    "-started_at",
    "in_triage_at",
    "-in_triage_at",
    "mitigated_at",
    "-mitigated_at",
    "resolved_at",
    "-resolved_at",
)


def dials(random: Random) -> dict[str, str]:
    """Values of some dials. The others stay at their defaults, so that each effect is clear."""
    share = random.choice([0, 0.1, 0.1, 0.25])
    turned = {}
    for name, values in DIAL_VALUES.items():
        if random.random() < share:
            turned[name] = random.choice(values)
    if not _has_plausible_count(turned):
        # Then nothing in an answer shows that its page was shortened: see docs/reliability.md.
        turned.pop("page_limit_told", None)
    return turned


def _has_plausible_count(turned: Mapping[str, str]) -> bool:
    """Whether answers have a count that is certainly not too small."""
    if turned.get("meta") == "none":
        return False
    return turned.get("total", "exact") in ("exact", "more:7", "unfiltered")


def question(random: Random) -> dict[str, Any]:
    """Arguments that filter; in half of the cases there are none."""
    if random.random() < 0.5:
        return {}
    arguments: dict[str, Any] = {}
    for _ in range(random.choice([1, 1, 2])):
        arguments |= random.choice(_FILTERS)(random)
    return arguments


def incident(random: Random, created_at: datetime, place: int) -> dict[str, Any]:
    """An incident with random values for all filters and sorts."""
    status = random.choice(STATUSES)
    columns: dict[str, Any] = {
        "title": f"Incident {place} " + "x" * 150,
        "status": status,
        "kind": random.choice(KINDS),
        "private": int(random.random() < 0.2),
        "labels": random.choice(LABELS),
        "created_at": created_at,
        "updated_at": created_at + timedelta(milliseconds=random.randrange(10**6)),
    }
    if random.random() < 0.8:
        columns["severity"] = random.choice(SEVERITIES)
        columns["started_at"] = created_at - timedelta(milliseconds=random.randrange(10**6))
    if random.random() < 0.8:
        columns["services"] = random.sample(SERVICES, random.choice([1, 1, 2]))
    for name, share in (("in_triage_at", 0.3), ("mitigated_at", 0.6)):
        if random.random() < share:
            columns[name] = created_at + timedelta(milliseconds=random.randrange(10**6))
    if status in ("resolved", "closed"):
        columns["resolved_at"] = created_at + timedelta(milliseconds=random.randrange(10**6))
    return columns


def page_arguments(random: Random, min_page_size: int) -> dict[str, Any]:
    """The size and the view of a page. The view always has the numbers of the incidents."""
    arguments: dict[str, Any] = {
        "page_size": max(min_page_size, random.choice([1, 3, 5, 7, 10, 25, 60, 100])),
    }
    if random.random() < 0.6:
        arguments["fields"] = ["sequential_id", "title", "summary"]
        return arguments
    if random.random() < 0.3:
        arguments["include"] = random.sample(_INCLUDED, 2)
    arguments["view"] = random.choice(["compact", "table", "full"])
    return arguments


_INCLUDED = (
    "roles",
    "sub_statuses",
    "subscribers",
    "custom_field_selections",
    "services",
    "alerts",
    "events",
)


def _some(random: Random, values: tuple[str, ...]) -> list[str]:
    return sorted(random.sample(values, random.choice([1, 2])))


def _excluded(random: Random) -> dict[str, Any]:
    name, values = random.choice(
        [("status", STATUSES), ("services", SERVICES), ("severity", SEVERITIES)]
    )
    return {"exclude": {name: _some(random, values)}}


def _range(random: Random) -> dict[str, Any]:
    name = random.choice(["created_at", "created_at", "updated_at", "started_at"])
    lower = NOW - timedelta(hours=1, milliseconds=random.choice([100, 5_000, 10**6, 10**7]))
    bounds = {random.choice(["gt", "gte"]): lower.isoformat()}
    if random.random() < 0.3:
        bounds["lt"] = (lower + timedelta(milliseconds=random.choice([1_500, 10**6]))).isoformat()
    return {name: bounds}


def _relative_range(random: Random) -> dict[str, Any]:
    return {"created_at": {"gte": random.choice([*RELATIVE])}}


_FILTERS = (
    lambda random: {"status": _some(random, STATUSES)},
    lambda random: {"severity": _some(random, SEVERITIES)},
    lambda random: {"services": _some(random, SERVICES)},
    lambda random: {"kind": ["normal"]},
    lambda random: {"private": random.random() < 0.5},
    lambda random: {"labels": ["team:payments"]},
    lambda random: {"sequential_id": sorted(random.sample(range(1, 200), random.choice([1, 40])))},
    _excluded,
    _range,
    _relative_range,
)
