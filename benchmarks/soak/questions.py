"""What the soak asks, and the true answers: those without faults."""

import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any

from benchmarks.soak.question import Question, Wrong, rows_of
from benchmarks.soak.recording import ask
from benchmarks.soak.setting import Setting
from benchmarks.soak.truth import check
from sandbox.store import Store
from server.dispatcher import Dispatcher
from tools.rootly.fields import FIELDS
from tools.rootly.relations import RELATIONS


async def questions(
    settings: Sequence[Setting], clean: Sequence[Dispatcher], store: Store, rng: Random, count: int
) -> list[Question]:
    """A pool of *count* questions or a few more, each with its true answer.

    Raises:
        Wrong: an answer without faults is not what the world has.
    """
    pool: list[Question] = []
    filters = _filters(rng)
    while len(pool) < count * 4 // 5:
        place = rng.randrange(len(settings))
        arguments, where = next(filters)
        first = _of_incidents(
            place, settings[place], {**arguments, **_showing(rng)}, where, store, rng
        )
        pool += [
            question async for question in _pages(first, clean[place], store, rng.randint(1, 3))
        ]
    for number in range(count - len(pool)):
        place = rng.randrange(len(settings))
        question = _of_attachments(place, settings[place], number, store, rng)
        pool += [
            page async for page in _pages(question, clean[place], store, 1 + (number % 20 == 11))
        ]
    return pool


async def _pages(
    question: Question, dispatcher: Dispatcher, store: Store, count: int
) -> AsyncIterator[Question]:
    """The question with its answer, and those that follow its `next`; an empty page after the last is none of them."""
    for _ in range(count):
        question = await _answered(dispatcher, question)
        if (
            question.start
            and question.start == len(question.matched)
            and not rows_of(question.answer)
        ):
            return
        check(question, store)
        yield question
        if "next" not in question.answer:
            return
        start = question.start + len(rows_of(question.answer))
        question = replace(
            question, arguments={**question.arguments, **question.answer["next"]}, start=start
        )


async def _answered(dispatcher: Dispatcher, question: Question) -> Question:
    result, wire = await ask(dispatcher, question.tool, question.arguments)
    if result.is_error:
        raise Wrong(f"without faults: {question.setting} {question.arguments} → {result.text}")
    return replace(question, answer=json.loads(result.text), document=wire.document())


# Incidents.

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


def _filters(rng: Random) -> Iterator[tuple[dict[str, Any], str]]:
    """Arguments, and what they mean in SQL."""
    while True:
        names = rng.sample(
            [*_RELATED, "status", "private", "created_at", "resolved_at"],
            rng.choice((0, 0, 1, 1, 2)),
        )
        filters = [_filter(name, rng) for name in names]
        yield (
            {name: value for name, value, _ in filters},
            " AND ".join(["1", *(where for _, _, where in filters)]),
        )


def _filter(name: str, rng: Random) -> tuple[str, Any, str]:
    if name in _RELATED:
        relation, known = _RELATED[name]
        slugs = rng.sample(known, rng.randint(1, 2))
        links = f"SELECT sequential_id FROM links JOIN resources USING (key) WHERE relation = '{relation}'"
        return name, slugs, f"sequential_id IN ({links} AND slug IN ({_quoted(slugs)}))"
    if name == "status":
        statuses = rng.choice(_STATUSES)
        return name, statuses, f"status IN ({_quoted(statuses)})"
    if name == "private":
        private = rng.random() < 0.3
        return name, private, "private" if private else "NOT private"
    since = f"2026-{rng.randint(6, 11):02}-{rng.randint(1, 20):02}T00:00:00"
    operator, sign = rng.choice((("gte", ">="), ("lt", "<")))
    return name, {operator: f"{since}Z"}, f"{name} {sign} '{since}.000Z'"


def _quoted(words: Sequence[str]) -> str:
    return ", ".join(f"'{word}'" for word in words)


def _showing(rng: Random) -> dict[str, Any]:
    match rng.randrange(6):
        case 0 | 1:
            chosen: dict[str, Any] = {"page_size": rng.choice((3, 10, 25, 50, 100))}
        case 2 | 3:
            chosen = {"view": "table", "page_size": rng.choice((10, 25, 100))}
        case 4:
            chosen = {"view": "full", "page_size": rng.choice((1, 3, 8))}
        case _:
            chosen = {
                "fields": rng.sample([*FIELDS], rng.randint(1, 14)),
                "page_size": rng.choice((1, 10, 25, 100)),
            }
    if rng.random() < 0.25:
        chosen |= {
            "include": rng.sample([*RELATIONS], rng.randint(1, 2)),
            "page_size": rng.choice((1, 5, 15)),
        }
    sort = rng.choice((None, None, "-created_at", "created_at", "updated_at", "-updated_at"))
    return chosen | ({"sort": [sort]} if sort else {})


def _of_incidents(
    place: int, setting: Setting, arguments: dict[str, Any], where: str, store: Store, rng: Random
) -> Question:
    sort = arguments.get("sort", ["-created_at"])[0]
    direction = "DESC" if sort.startswith("-") else "ASC"
    order = f"substr({sort.lstrip('-')}, 1, {setting.sorts_by}) {direction}, sequential_id"
    matched = [
        row[0] for row in store.rows(f"SELECT id FROM incidents WHERE {where} ORDER BY {order}")
    ]
    size = min(arguments["page_size"], setting.page_limit)
    if rng.random() < 0.2 and len(matched) > 2 * size:
        return Question(
            place, setting, "list_incidents", {**arguments, "page_number": 2}, matched, size
        )
    return Question(place, setting, "list_incidents", arguments, matched)


# Attachments.


def _of_attachments(
    place: int, setting: Setting, number: int, store: Store, rng: Random
) -> Question:
    if number % 2:
        by_count = "SELECT incident_id FROM io_attachments GROUP BY 1 ORDER BY count(*) DESC"
        incidents = [row[0] for row in store.rows(by_count)]
        # The incident with the most attachments is the one whose list is cut.
        arguments = {"incident_id": incidents[0] if number % 10 == 1 else rng.choice(incidents)}
    else:
        resources = store.rows(
            "SELECT DISTINCT resource_type, external_id FROM io_attachments ORDER BY 1, 2"
        )
        type_, id_ = rng.choice(resources)
        arguments = {"resource_type": type_, "external_id": id_}
    where = " AND ".join(f"{name} = ?" for name in arguments)
    rows = store.rows(
        f"SELECT id FROM io_attachments WHERE {where} ORDER BY id", [*arguments.values()]
    )
    return Question(place, setting, "list_attachments", arguments, [row[0] for row in rows])
