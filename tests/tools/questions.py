"""Random questions with filters, for a vendor with random dials, while the world changes."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from random import Random
from typing import Any

from evals.conditions import IDS, NAMES, RELATIONS, matching
from sandbox.drift import drift
from sandbox.rootly.filters import FILTERS
from sandbox.serving import Sandbox
from sandbox.store import Store
from server.dispatcher import Dispatcher
from tests.conftest import NOW, settings_for
from tools.limits import Limits

DIALS: Mapping[str, tuple[str, ...]] = {
    "shape": ("nested", "references"),
    "severity": ("nested", "flat", "string", "null", "absent"),
    "labels": ("object", "pairs", "null"),
    "slugs": ("slug", "name", "id", "renamed"),
    "relations": (
        "data",
        "absent",
        "null",
        "links",
        "dangling",
        "absent:services",
        "null:groups",
        "links:causes,services",
        "dangling:environments",
    ),
    "attributes": ("recorded", "all"),
    "fieldsets": ("all", "attributes", "ignored"),
    "excluding": ("keeps", "drops"),
    "kind_filter": ("exact", "with_sub"),
    "stored": ("ms", "us", "s"),
    "compared": ("stored", "ms", "s", "minute"),
    "shown": ("ms", "us", "s", "minute"),
    "zone": ("-08:00", "Z", "+05:30"),
    "cursor": ("on", "off"),
    "meta": ("full", "none"),
}
_STATUSES = ("started", "mitigated", "resolved", "closed", "cancelled", "scheduled")
_KINDS = ("normal", "normal", "normal_sub", "test", "scheduled", "backfilled")
_LABELS: Sequence[Mapping[str, str]] = (
    {},
    {"tier": "1"},
    {"tier": "2", "region": "us-east-1"},
    {"region": "eu-central-1"},
)
_CHANNELS = (None, "C0000001", "C0000002")
_USERS = ("109673", "109674", "109675")
_TIMES = ("created_at", "updated_at", "started_at", "resolved_at", "acknowledged_at")
_TYPES = {"severity": "severities", "user": "users"}
_FEW = 4
"""How many of each kind of resource this world uses: so that filters find something."""


@dataclass(frozen=True)
class Plan:
    """A world, the dials, the question and what changes, all drawn from one number."""

    seed: int
    dials: Mapping[str, str]
    ignored: Sequence[str]
    """The filters or operators that have no effect."""
    question: Mapping[str, Any]
    page_size: int
    incidents: Sequence[Mapping[str, Any]]
    changes: bool

    @classmethod
    def of(cls, seed: int) -> "Plan":
        random = Random(seed)
        # Most dials stay where they are, so that their effects can be told apart.
        dials = {
            name: random.choice(values) for name, values in DIALS.items() if random.random() < 0.25
        }
        catalogue = _Catalogue()
        question = _question(random, catalogue)
        ignored = _ignored(random, question) if random.random() < 0.6 else []
        changes = random.random() < 0.3
        # Where the last incident of all goes away meanwhile, nothing tells an ignored filter.
        size = random.choice([12, 40] if changes else [1, 3, 12, 40])
        incidents = [_incident(random, catalogue) for _ in range(size)]
        page_size = random.choice([1, 5, 50, 50, 100])
        return cls(seed, dials, ignored, question, page_size, incidents, changes)

    @property
    def options(self) -> dict[str, str]:
        return {**self.dials, **({"ignore": ",".join(self.ignored)} if self.ignored else {})}

    def is_ignored(self, name: str) -> bool:
        """Whether a filter, exclusion or range of the question, by its argument, has no effect."""
        plain = name.removeprefix("exclude.")
        if name.startswith("exclude."):
            operators = {"not_in"}
        else:
            operators = (
                set(self.question[name]) if isinstance(self.question[name], Mapping) else {"in"}
            )
        return bool({plain, "all", *operators} & {*self.ignored})


class _Catalogue:
    """The ids, slugs and names that worlds have."""

    def __init__(self) -> None:
        store = Store.containing([], NOW)
        self._rows = {type_: rows for type_ in _types() if (rows := _resources(store, type_))}
        store.close()

    def values(self, relation: str, column: str) -> list[str]:
        return [row[column] for row in self._rows[_TYPES.get(relation, relation)][:_FEW]]


def _types() -> Iterable[str]:
    return {_TYPES.get(relation, relation) for relation in (*RELATIONS.values(), *IDS.values())}


def _resources(store: Store, type_: str) -> list[Any]:
    return store.rows("SELECT id, slug, name FROM resources WHERE type = ? ORDER BY key", [type_])


def _incident(random: Random, catalogue: _Catalogue) -> dict[str, Any]:
    created = NOW - timedelta(
        seconds=random.randrange(3 * 86_400), milliseconds=random.randrange(1_000)
    )
    incident: dict[str, Any] = {
        "created_at": created,
        "updated_at": created + timedelta(minutes=random.randrange(100)),
        "status": random.choice(_STATUSES),
        "kind": random.choice(_KINDS),
        "private": int(random.random() < 0.3),
        "labels": random.choice(_LABELS),
        "slack_channel_id": random.choice(_CHANNELS),
        "user": [random.choice(_USERS)],
        "severity": random.sample(
            catalogue.values("severity", "slug"), random.choice([0, 1, 1, 1])
        ),
    }
    for name in ("started_at", "acknowledged_at", "resolved_at"):
        if random.random() < 0.7:
            incident[name] = created + timedelta(seconds=random.randrange(9_000))
    for relation in (
        "services",
        "environments",
        "groups",
        "incident_types",
        "functionalities",
        "causes",
    ):
        incident[relation] = random.sample(
            catalogue.values(relation, "slug"), random.choice([0, 1, 1, 2])
        )
    incident["custom_field_options"] = random.sample(
        catalogue.values("custom_field_options", "id"), 1
    )
    # Options have no slug: the store finds them by their id.
    return incident


def _question(random: Random, catalogue: _Catalogue) -> dict[str, Any]:
    forms: dict[str, Sequence[Any]] = {
        "status": _STATUSES,
        "kind": _KINDS,
        "labels": ("tier", "tier:1", "us-east-1", "region:eu-central-1"),
        **{
            name: catalogue.values(relation, "slug")
            for name, relation in RELATIONS.items()
            if name != "causes"
        },
        **{
            name: catalogue.values(relation, "id")
            for name, relation in IDS.items()
            if name != "user_id"
        },
        **{name: catalogue.values(relation, "name") for name, relation in NAMES.items()},
    }
    singles: dict[str, Sequence[Any]] = {
        "private": (True, False),
        "user_id": [int(one) for one in _USERS],
    }
    question: dict[str, Any] = {}
    for _ in range(random.choice([1, 1, 2, 3])):
        match random.choice(["filter", "filter", "single", "range", "exclude", "exclude"]):
            case "filter":
                name = random.choice([*forms])
                question[name] = _some(random, forms[name])
            case "single":
                name = random.choice([*singles, "slack_channel_id"])
                question[name] = random.choice(singles.get(name, _CHANNELS[1:]))
            case "range":
                at = NOW - timedelta(seconds=random.randrange(3 * 86_400))
                question[random.choice(_TIMES)] = {
                    random.choice(["gt", "gte", "lt", "lte"]): at.isoformat()
                }
            case "exclude":
                excluded = {**forms, **singles, "causes": forms["cause"]}
                for name in ("cause", "custom_field_selected_option_ids"):
                    del excluded[name]
                name = random.choice([*excluded])
                value = (
                    random.choice(singles[name])
                    if name in singles
                    else _some(random, forms[_plain(name)])
                )
                question["exclude"] = {**question.get("exclude", {}), name: value}
    return question


def _plain(name: str) -> str:
    return "cause" if name == "causes" else name


def _some(random: Random, values: Sequence[Any]) -> list[Any]:
    distinct = [*dict.fromkeys(values)]
    return random.sample(distinct, min(len(distinct), random.choice([1, 1, 2])))


def _ignored(random: Random, question: Mapping[str, Any]) -> list[str]:
    names = [*(name for name in question if name != "exclude"), *question.get("exclude", {})]
    operators = sorted({operator for _, operator in FILTERS.values()} - {"in"})
    return random.choice(
        [["all"], [random.choice(names)], [random.choice(names)], [random.choice(operators)]]
    )


@dataclass
class Asked:
    """One answer, and which incidents it should have had when Rootly gave it."""

    answer: Mapping[str, Any]
    matching: set[int]
    nearly: set[int]
    """Those that match, or nearly: within a minute, as a sub kind, or excluded only in part."""
    requests: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def numbers(self) -> list[int]:
        return [row["sequential_id"] for row in self.answer["incidents"]]


async def ask(sandbox: Sandbox, plan: Plan) -> Asked:
    sandbox.load(Store.containing(plan.incidents, NOW))
    states: list[tuple[set[int], set[int]]] = []
    change = drift(-plan.seed)

    def before(store: Store) -> None:
        if plan.changes:
            change(store)
        states.append(({*matching(store, plan.question)}, _nearly(store, plan.question)))

    sandbox.script.before_each(before)
    settings = replace(
        settings_for(sandbox, **plan.options),
        limits=Limits(requests_per_minute=10**6, backoff_s=0.01),
    )
    asked = {**plan.question, "page_size": plan.page_size, "fields": ["sequential_id"]}
    async with Dispatcher(settings, clock=lambda: NOW) as dispatcher:
        answer = json.loads((await dispatcher.call("list_incidents", asked)).text)
    right, nearly = states[0]
    return Asked(answer, right, nearly, len(states), answer.get("notes", []))


def _nearly(store: Store, question: Mapping[str, Any]) -> set[int]:
    """What an answer may have without a note, because it is not known how Rootly compares."""
    wide = dict(question)
    if "kind" in wide:
        wide["kind"] = [form for kind in wide["kind"] for form in (kind, f"{kind}_sub")]
    excluded = wide.pop("exclude", {})
    numbers = {*matching(store, wide)}
    return {
        number
        for number in numbers
        if not any(_is_excluded(store, number, *one) for one in excluded.items())
    }


def _is_excluded(store: Store, number: int, name: str, unwanted: Any) -> bool:
    """Whether all that the incident has is excluded."""
    if not matching(store, {"sequential_id": [number], name: unwanted}):
        return False
    relation = RELATIONS.get(name) or IDS.get(name) or NAMES.get(name)
    if name == "labels":
        [(labels,)] = store.rows("SELECT labels FROM incidents WHERE sequential_id = ?", [number])
        return all(
            {key, value, f"{key}:{value}"} & {*unwanted}
            for key, value in json.loads(labels).items()
        )
    if relation is None:
        return True
    column = "id" if name in IDS else "name" if name in NAMES else "slug"
    sql = (
        f"SELECT {column} FROM links JOIN resources USING (key) "
        "WHERE sequential_id = ? AND relation = ?"
    )
    had = {str(row[0]) for row in store.rows(sql, [number, relation])}
    return had <= {str(value) for value in (unwanted if isinstance(unwanted, list) else [unwanted])}


def faults(plan: Plan, asked: Asked) -> list[str]:
    """What is wrong with the answer; empty where it is right, or says what may be wrong."""
    ignored = [name for name in _names(plan.question) if plan.is_ignored(name)]
    if "error" in asked.answer:
        message = asked.answer["error"]["message"]
        return (
            [] if any(f"ignored the filter {name}:" in message for name in ignored) else [message]
        )
    outside = {*asked.numbers} - asked.nearly
    if outside and not any(
        name in note for note in asked.notes for name in (*ignored, *_times(plan))
    ):
        return [f"{sorted(outside)} do not match, and no note says so: {asked.notes}"]
    is_exact = not ignored and not plan.dials.keys() & {
        "compared",
        "excluding",
        "kind_filter",
        "stored",
    }
    expected = (
        asked.matching
        if plan.page_size >= len(plan.incidents) + 1
        else {*asked.numbers} & asked.matching
    )
    if is_exact and {*asked.numbers} != expected:
        return [f"{sorted({*asked.numbers} ^ expected)} are not as they should be"]
    if not ignored and not plan.dials and asked.notes:
        return [f"a note that is not needed: {asked.notes}"]
    return []


def _names(question: Mapping[str, Any]) -> list[str]:
    return [
        *(name for name in question if name != "exclude"),
        *(f"exclude.{name}" for name in question.get("exclude", {})),
    ]


def _times(plan: Plan) -> list[str]:
    """The ranges that Rootly may compare less exactly."""
    return (
        [name for name in plan.question if name in _TIMES]
        if plan.dials.get("compared") in ("s", "minute")
        else []
    )
