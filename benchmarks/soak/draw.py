"""Draws a question: its arguments, and the rows that match, by SQL."""

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

from benchmarks.soak.question import Question
from benchmarks.soak.setting import Setting
from sandbox.store import Store
from tools.rootly.fields import FIELDS
from tools.rootly.relations import RELATIONS

_RELATED: Mapping[str, tuple[str, Sequence[str]]] = {
    "severity": ("severity", ("sev0", "sev1", "sev2", "sev3", "sev4")),
    "services": (
        "services",
        ("push-notifier", "storefront-web", "payments-gateway", "mobile-bff", "postgres-main"),
    ),
    "teams": ("groups", ("payments", "storefront", "infrastructure")),
    "environments": ("environments", ("production", "staging")),
    "types": ("incident_types", ("customer-facing", "internal")),
    "cause": ("causes", ("dependency-failure", "human-error")),
}
"""Filters by slug: the relation, and some of its slugs."""
_STATUSES = (["closed"], ["resolved", "mitigated"], ["started", "detected", "acknowledged"])
_SORTS = (None, None, "-created_at", "created_at", "updated_at", "-updated_at")


def incident_question(place: int, setting: Setting, store: Store, rng: Random) -> Question:
    """A question for list_incidents."""
    names = rng.sample([*_FILTERS], rng.choice((0, 0, 1, 1, 2)))
    arguments: dict[str, Any] = {}
    conditions = ["1"]
    for name in names:
        arguments[name], condition = _FILTERS[name](name, rng)
        conditions.append(condition)
    arguments |= _view(rng)
    sort = rng.choice(_SORTS)
    if sort:
        arguments["sort"] = [sort]
    matched = _matching_incidents(store, " AND ".join(conditions), sort or "-created_at", setting)
    page_size = min(arguments["page_size"], setting.page_limit)
    start = 0
    if rng.random() < 0.2 and len(matched) > 2 * page_size:
        arguments["page_number"] = 2
        start = page_size
    return Question(place, setting, "list_incidents", arguments, matched, start)


def _related(name: str, rng: Random) -> tuple[Any, str]:
    relation, known_slugs = _RELATED[name]
    slugs = rng.sample(known_slugs, rng.randint(1, 2))
    links = (
        "SELECT sequential_id FROM links JOIN resources USING (key)"
        f" WHERE relation = '{relation}' AND slug IN ({_quoted(slugs)})"
    )
    return slugs, f"sequential_id IN ({links})"


def _status(name: str, rng: Random) -> tuple[Any, str]:
    statuses = rng.choice(_STATUSES)
    return statuses, f"{name} IN ({_quoted(statuses)})"


def _private(name: str, rng: Random) -> tuple[Any, str]:
    if rng.random() < 0.3:
        return True, name
    return False, f"NOT {name}"


def _time(name: str, rng: Random) -> tuple[Any, str]:
    since = f"2026-{rng.randint(6, 11):02}-{rng.randint(1, 20):02}T00:00:00"
    operator, sign = rng.choice((("gte", ">="), ("lt", "<")))
    return {operator: f"{since}Z"}, f"{name} {sign} '{since}.000Z'"


_FILTERS: Mapping[str, Callable[[str, Random], tuple[Any, str]]] = {
    **dict.fromkeys(_RELATED, _related),
    "status": _status,
    "private": _private,
    "created_at": _time,
    "resolved_at": _time,
}
"""By argument, a function that draws a value for it, and its meaning as an SQL condition."""


def _quoted(words: Sequence[str]) -> str:
    return ", ".join(f"'{word}'" for word in words)


def _view(rng: Random) -> dict[str, Any]:
    """The arguments for the fields of the rows and for the number of rows."""
    match rng.randrange(6):
        case 0 | 1:
            view: dict[str, Any] = {"page_size": rng.choice((3, 10, 25, 50, 100))}
        case 2 | 3:
            view = {"view": "table", "page_size": rng.choice((10, 25, 100))}
        case 4:
            view = {"view": "full", "page_size": rng.choice((1, 3, 8))}
        case _:
            fields = rng.sample([*FIELDS], rng.randint(1, 14))
            view = {"fields": fields, "page_size": rng.choice((1, 10, 25, 100))}
    if rng.random() < 0.25:
        view["include"] = rng.sample([*RELATIONS], rng.randint(1, 2))
        view["page_size"] = rng.choice((1, 5, 15))
    return view


def _matching_incidents(store: Store, condition: str, sort: str, setting: Setting) -> list[str]:
    """The ids of the incidents that match, in their order."""
    direction = "DESC" if sort.startswith("-") else "ASC"
    time = f"substr({sort.lstrip('-')}, 1, {setting.sorted_characters})"
    return store.values(
        f"SELECT id FROM incidents WHERE {condition} ORDER BY {time} {direction}, sequential_id"
    )


def attachment_question(
    place: int, setting: Setting, number: int, store: Store, rng: Random
) -> Question:
    """A question for list_attachments: by incident or by resource, in turn."""
    if number % 2:
        arguments = _of_an_incident(store, rng, most=number % 10 == 1)
    else:
        arguments = _of_a_resource(store, rng)
    condition = " AND ".join(f"{name} = ?" for name in arguments)
    sql = f"SELECT id FROM io_attachments WHERE {condition} ORDER BY id"
    matched = store.values(sql, list(arguments.values()))
    return Question(place, setting, "list_attachments", arguments, matched)


def _of_an_incident(store: Store, rng: Random, *, most: bool) -> dict[str, str]:
    """An incident with attachments. The one with the *most* of them has a list that is cut."""
    ids = store.values("SELECT incident_id FROM io_attachments GROUP BY 1 ORDER BY count(*) DESC")
    if most:
        return {"incident_id": ids[0]}
    return {"incident_id": rng.choice(ids)}


def _of_a_resource(store: Store, rng: Random) -> dict[str, str]:
    resources = store.rows(
        "SELECT DISTINCT resource_type, external_id FROM io_attachments ORDER BY 1, 2"
    )
    type_, external_id = rng.choice(resources)
    return {"resource_type": type_, "external_id": external_id}
