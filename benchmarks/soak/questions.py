"""What the soak asks, and the true answers: those without faults, compared with the sandbox's world by SQL."""

import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from random import Random
from typing import Any

from benchmarks.soak.differences import brought_by
from benchmarks.soak.recording import ask
from benchmarks.soak.setting import Setting
from sandbox.store import Store
from server.desk import Desk
from tools.rootly.fields import COMPACT, FIELDS
from tools.rootly.relations import RELATIONS, SLUGS


@dataclass(frozen=True)
class Question:
    """What is asked under a setting, and its answer without faults, with the document that it was made of.

    `matched` are the ids of all that match, in order; `start` of them went before.
    """

    place: int
    setting: Setting
    tool: str
    arguments: Mapping[str, Any]
    matched: Sequence[str]
    start: int = 0
    answer: Any = None
    document: Any = None

    @property
    def sort_key(self) -> str:
        sort: str = self.arguments.get("sort", ["-created_at"])[0]
        return sort.lstrip("-")

    @cached_property
    def first_place(self) -> int:
        """Where the rows of this page begin in the document: those before were shown on the page before."""
        return [row["id"] for row in self.document["data"]].index(self.matched[self.start])

    @cached_property
    def columns(self) -> list[str]:
        # `full` leaves causes to `include`.
        is_full = self.arguments.get("view") == "full"
        view = [name for name in FIELDS if name != "causes"] if is_full else [*COMPACT]
        return [*dict.fromkeys((*self.arguments.get("fields", view), *brought_by(self.arguments)))]


class Wrong(Exception):
    """An answer that is wrong, or lacks something without saying so."""


def rows_of(answer: Any) -> list[dict[str, Any]]:
    """The rows as objects; a table's without its nulls."""
    if "columns" in answer:
        named = (zip(answer["columns"], row, strict=True) for row in answer["rows"])
        return [{name: cell for name, cell in row if cell is not None} for row in named]
    rows: list[dict[str, Any]] = answer.get("incidents", answer.get("attachments"))
    return rows


def notes_of(answer: Any) -> list[str]:
    notes: list[str] = answer.get("notes", [])
    return notes


async def questions(settings: Sequence[Setting], clean: Sequence[Desk], store: Store, rng: Random, count: int) -> list[Question]:
    """A pool of *count* questions or a few more, each with its true answer.

    Raises:
        Wrong: an answer without faults is not what the world has.
    """
    pool: list[Question] = []
    filters = _filters(rng)
    while len(pool) < count * 4 // 5:
        place = rng.randrange(len(settings))
        arguments, where = next(filters)
        first = _of_incidents(place, settings[place], {**arguments, **_showing(rng)}, where, store, rng)
        pool += [question async for question in _pages(first, clean[place], store, rng.randint(1, 3))]
    for number in range(count - len(pool)):
        place = rng.randrange(len(settings))
        question = _of_attachments(place, settings[place], number, store, rng)
        pool += [page async for page in _pages(question, clean[place], store, 1 + (number % 20 == 11))]
    return pool


async def _pages(question: Question, desk: Desk, store: Store, count: int) -> AsyncIterator[Question]:
    """The question with its answer, and those that follow its `next`; an empty page after the last is none of them."""
    for _ in range(count):
        question = await _answered(desk, question)
        if question.start and question.start == len(question.matched) and not rows_of(question.answer):
            return
        _check(question, store)
        yield question
        if "next" not in question.answer:
            return
        start = question.start + len(rows_of(question.answer))
        question = replace(question, arguments={**question.arguments, **question.answer["next"]}, start=start)


async def _answered(desk: Desk, question: Question) -> Question:
    result, wire = await ask(desk, question.tool, question.arguments)
    if result.is_error:
        raise Wrong(f"without faults: {question.setting} {question.arguments} → {result.text}")
    return replace(question, answer=json.loads(result.text), document=wire.document())


# Incidents.

_RELATED: Mapping[str, tuple[str, Sequence[str]]] = {
    "severity": ("severity", ("sev0", "sev1", "sev2", "sev3", "sev4")),
    "services": ("services", ("push-notifier", "storefront-web", "payments-gateway", "mobile-bff", "postgres-main")),
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
        names = rng.sample([*_RELATED, "status", "private", "created_at", "resolved_at"], rng.choice((0, 0, 1, 1, 2)))
        filters = [_filter(name, rng) for name in names]
        yield {name: value for name, value, _ in filters}, " AND ".join(["1", *(where for _, _, where in filters)])


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
            chosen = {"fields": rng.sample([*FIELDS], rng.randint(1, 14)), "page_size": rng.choice((1, 10, 25, 100))}
    if rng.random() < 0.25:
        chosen |= {"include": rng.sample([*RELATIONS], rng.randint(1, 2)), "page_size": rng.choice((1, 5, 15))}
    sort = rng.choice((None, None, "-created_at", "created_at", "updated_at", "-updated_at"))
    return chosen | ({"sort": [sort]} if sort else {})


def _of_incidents(place: int, setting: Setting, arguments: dict[str, Any], where: str, store: Store, rng: Random) -> Question:
    sort = arguments.get("sort", ["-created_at"])[0]
    direction = "DESC" if sort.startswith("-") else "ASC"
    order = f"substr({sort.lstrip('-')}, 1, {setting.sorts_by}) {direction}, sequential_id"
    matched = [row[0] for row in store.rows(f"SELECT id FROM incidents WHERE {where} ORDER BY {order}")]
    size = min(arguments["page_size"], setting.page_limit)
    if rng.random() < 0.2 and len(matched) > 2 * size:
        return Question(place, setting, "list_incidents", {**arguments, "page_number": 2}, matched, size)
    return Question(place, setting, "list_incidents", arguments, matched)


# Attachments.


def _of_attachments(place: int, setting: Setting, number: int, store: Store, rng: Random) -> Question:
    if number % 2:
        by_count = "SELECT incident_id FROM io_attachments GROUP BY 1 ORDER BY count(*) DESC"
        incidents = [row[0] for row in store.rows(by_count)]
        # The incident with the most attachments is the one whose list is cut.
        arguments = {"incident_id": incidents[0] if number % 10 == 1 else rng.choice(incidents)}
    else:
        resources = store.rows("SELECT DISTINCT resource_type, external_id FROM io_attachments ORDER BY 1, 2")
        type_, id_ = rng.choice(resources)
        arguments = {"resource_type": type_, "external_id": id_}
    where = " AND ".join(f"{name} = ?" for name in arguments)
    rows = store.rows(f"SELECT id FROM io_attachments WHERE {where} ORDER BY id", [*arguments.values()])
    return Question(place, setting, "list_attachments", arguments, [row[0] for row in rows])


# The true answers, by SQL.


def _check(question: Question, store: Store) -> None:
    check = _of_one_incident_list if question.tool == "list_incidents" else _of_one_attachment_list
    problems = [*check(question, store)]
    rows = rows_of(question.answer)
    if not all(rows):
        problems.append("an empty row")
    if "next" not in question.answer and question.start + len(rows) < len(question.matched):
        problems.append("next")
    checked = [name for name in question.columns if name in (*_PLAIN, *SLUGS)]
    unreadable = [note for note in notes_of(question.answer) if "not readable" in note]
    problems += [f"{name} not readable" for name in checked for note in unreadable if f" {name} (" in note]
    if problems:
        told = json.dumps(question.answer)[:2_000]
        raise Wrong(f"without faults, {', '.join(problems)}: {question.setting} {question.arguments} → {told}")


def _of_one_attachment_list(question: Question, store: Store) -> Iterator[str]:
    ids = [row["id"] for row in rows_of(question.answer)]
    if question.answer["total"] != len(question.matched):
        yield "total"
    if ids != question.matched[question.start :][: len(ids)]:
        yield "rows"


_PLAIN: Mapping[str, str] = {
    "id": "id", "sequential_id": "sequential_id", "status": "status", "kind": "kind", "url": "coalesce(short_url, url)",
    "pagerduty_incident_id": "pagerduty_incident_id", "source": "source",
    **{name: f"substr({name}, 1, 19) || 'Z'" for name in ("created_at", "started_at", "resolved_at", "updated_at")},
}  # fmt: skip
"""Fields that are columns, as SQL."""


def _of_one_incident_list(question: Question, store: Store) -> Iterator[str]:
    answer, rows = question.answer, rows_of(question.answer)
    # Later pages by created_at ask for what remains, and do not count everything.
    is_later = "after" in question.arguments and question.sort_key == "created_at"
    if answer.get("total") != (None if is_later or not question.setting.has_totals else len(question.matched)):
        yield "total"
    expected = question.matched[question.start :][: len(rows)]
    if len(rows) != len(expected):
        yield "rows"
    if any("are cut" in note for note in notes_of(answer)):
        return
    for id_, row in zip(expected, rows, strict=False):
        yield from _of_columns(question, id_, row, store)
        yield from _of_slugs(question, id_, row, store)


def _of_columns(question: Question, id_: str, row: Mapping[str, Any], store: Store) -> Iterator[str]:
    names = [name for name in question.columns if name in _PLAIN]
    select = ", ".join([*(_PLAIN[name] for name in names), "1"])
    [values] = store.rows(f"SELECT {select} FROM incidents WHERE id = ?", [id_])
    for name, value in zip(names, values, strict=False):
        goes_without_saying = name == "kind" and value == "normal" and "fields" not in question.arguments
        if row.get(name) != value and not (goes_without_saying and name not in row):
            yield f"{name} of {id_}"


def _of_slugs(question: Question, id_: str, row: Mapping[str, Any], store: Store) -> Iterator[str]:
    for name, relation in SLUGS.items():
        if name not in question.columns or relation in question.arguments.get("include", ()):
            continue
        slugs = store.rows(
            "SELECT resources.slug FROM links JOIN resources USING (key) JOIN incidents USING (sequential_id)"
            " WHERE incidents.id = ? AND relation = ? ORDER BY position",
            [id_, relation],
        )
        if row.get(name, []) != [slug[0] for slug in slugs]:
            yield f"{name} of {id_}"
