"""Thousands of calls at once under mixed faults, each answer compared with the truth.

`python -m benchmarks.soak [--calls 5000] [--seed N] [--rate 0.2]`. A sandbox in a process of its own meets a fifth of all
requests with one of its faults. Questions are drawn from a pool: filters, sorts, views, relations, pages, both tools.

The truth comes in two steps. Each question is asked once without faults, and that answer is compared with the sandbox's world
by SQL: which incidents in which order, how many in all, and the values of the plain columns. Then every answer under faults
is compared with that one, and with the bytes that came, which are recorded on the way:

* Where the vendor's value is the same as without a fault, the shown value must be, too.
* Where a fault changed the value itself, what is shown is what the vendor said, and is not compared: a null or something
  empty may be missing; anything else that is missing must be named by a note.
* Every row that was sent must be there, once, or `next` must lead to it. A `next` other than the one without faults is
  followed without faults, and must go on where the answer ended.
* `total` is the truth's. An error must be one of those that the README's table of faults has, and must have a cause.

Wrong, or silently incomplete, is what breaks one of these rules: it is printed with the answer, and the exit is 1.
"""

import argparse
import ctypes
import gc
import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import anyio
import httpx

from sandbox.serving import SEED
from sandbox.store import Store
from server.desk import Desk, Result
from server.settings import KEYS, Settings
from tools.connection import Connection
from tools.rootly.fields import COMPACT, FIELDS
from tools.rootly.relations import RELATIONS, SLUGS
from tools.tool import Tool

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
VARIANTS: Sequence[tuple[Mapping[str, str], int]] = (
    ({"shape": "nested"}, 40_000),
    ({"shape": "references", "severity": "flat"}, 4_000),
    ({"shape": "nested", "cursor": "off", "severity": "string"}, 4_000),
    ({"shape": "references", "cursor": "off", "meta": "none", "labels": "pairs"}, 40_000),
)
"""How Rootly is met, and how long results may be."""
EXPECTED_ERRORS = {"unavailable", "timeout", "rate_limited", "unexpected_response"}
IN_PARALLEL = 64
_EMPTY: Sequence[Any] = ("", [], {})
Json = Any


@dataclass
class Wire:
    """The last response of a call: its status, and the body up to what anyone would compare."""

    status: int = 0
    body: bytearray = field(default_factory=bytearray)
    MOST = 4 << 20

    def document(self) -> Json:
        try:
            return json.loads(self.body)
        except ValueError:
            return None


_wire: ContextVar[Wire | None] = ContextVar("wire", default=None)


class _Tee(httpx.AsyncByteStream):
    def __init__(self, stream: httpx.AsyncByteStream, wire: Wire) -> None:
        self._stream, self._wire = stream, wire

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            if len(self._wire.body) < Wire.MOST:
                self._wire.body += chunk
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


async def _record(response: httpx.Response) -> None:
    wire = _wire.get()
    if wire is not None:
        wire.status = response.status_code
        wire.body.clear()
        response.stream = _Tee(response.stream, wire)  # type: ignore[arg-type]


def _recorded(tool: Tool[Any]) -> Tool[Any]:
    async def run(question: Any, connection: Connection) -> Any:
        if _record not in connection.http.event_hooks["response"]:
            connection.http.event_hooks = {"response": [_record]}
        return await tool.run(question, connection)

    return replace(tool, run=run)


async def ask(desk: Desk, tool: str, arguments: Mapping[str, Any]) -> tuple[Result, Wire]:
    wire = Wire()
    _wire.set(wire)
    return await desk.call(tool, arguments), wire


@dataclass(frozen=True)
class Question:
    """What is asked, and its answer without faults. `matched` are all ids, in order; `start` of them went before."""

    variant: int
    tool: str
    arguments: Mapping[str, Any]
    matched: Sequence[str]
    start: int
    answer: Json
    document: Json


class Wrong(Exception):
    """An answer that is wrong, or lacks something without saying so."""


@dataclass
class Tally:
    outcomes: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    @property
    def calls(self) -> int:
        return sum(self.outcomes.values())


# The pool of questions.


def _filters(rng: random.Random) -> Iterator[tuple[dict[str, Any], str]]:
    """Arguments, and what they mean in SQL."""

    def having(relation: str, slugs: Sequence[str]) -> str:
        listed = ", ".join(f"'{slug}'" for slug in slugs)
        links = f"SELECT sequential_id FROM links JOIN resources USING (key) WHERE relation = '{relation}'"
        return f"sequential_id IN ({links} AND slug IN ({listed}))"

    related: Mapping[str, tuple[str, Sequence[str]]] = {
        "severity": ("severity", ("sev0", "sev1", "sev2", "sev3", "sev4")),
        "services": ("services", ("push-notifier", "storefront-web", "payments-gateway", "mobile-bff", "postgres-main")),
        "teams": ("groups", ("payments", "storefront", "infrastructure")),
        "environments": ("environments", ("production", "staging")),
        "types": ("incident_types", ("customer-facing", "internal")),
        "cause": ("causes", ("dependency-failure", "human-error")),
    }
    while True:
        arguments: dict[str, Any] = {}
        where = ["1"]
        for name in rng.sample([*related, "status", "private", "created_at", "resolved_at"], rng.choice((0, 0, 1, 1, 2))):
            if name in related:
                relation, known = related[name]
                slugs = rng.sample(known, rng.randint(1, 2))
                arguments[name] = slugs
                where.append(having(relation, slugs))
            elif name == "status":
                arguments[name] = rng.choice((["closed"], ["resolved", "mitigated"], ["started", "detected", "acknowledged"]))
                where.append(f"status IN ({', '.join(repr(status) for status in arguments[name])})")
            elif name == "private":
                arguments[name] = rng.random() < 0.3
                where.append("private" if arguments[name] else "NOT private")
            else:
                since = f"2026-{rng.randint(6, 11):02}-{rng.randint(1, 20):02}T00:00:00"
                op, sign = rng.choice((("gte", ">="), ("lt", "<")))
                arguments[name] = {op: f"{since}Z"}
                where.append(f"{name} {sign} '{since}.000Z'")
        yield arguments, " AND ".join(where)


def _showing(rng: random.Random) -> dict[str, Any]:
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


async def questions(clean: Sequence[Desk], store: Store, rng: random.Random, count: int) -> list[Question]:
    """The pool, each with its true answer.

    Raises:
        Wrong: an answer without faults is not what the world has.
    """
    pool: list[Question] = []
    filters = _filters(rng)
    while len(pool) < count * 4 // 5:
        (arguments, where), shown = next(filters), _showing(rng)
        variant = rng.randrange(len(VARIANTS))
        sort = shown.get("sort", ["-created_at"])[0]
        order = f"{sort.lstrip('-')} {'DESC' if sort.startswith('-') else 'ASC'}, id"
        matched = [row[0] for row in store.rows(f"SELECT id FROM incidents WHERE {where} ORDER BY {order}")]
        asked, start = {**arguments, **shown}, 0
        if rng.random() < 0.2 and len(matched) > 2 * shown["page_size"]:
            asked["page_number"], start = 2, shown["page_size"]
        for _ in range(rng.randint(1, 3)):
            question = await _true(clean[variant], Question(variant, "list_incidents", asked, matched, start, None, None))
            _check_by_sql(question, store)
            pool.append(question)
            if "next" not in question.answer:
                break
            start += len(_rows(question.answer))
            asked = {**asked, **question.answer["next"]}
    pool += [question async for question in _of_attachments(clean, store, rng, count - len(pool))]
    return pool


async def _of_attachments(clean: Sequence[Desk], store: Store, rng: random.Random, count: int) -> AsyncIterator[Question]:
    incidents = [row[0] for row in store.rows("SELECT incident_id FROM io_attachments GROUP BY 1 ORDER BY count(*) DESC")]
    resources = [tuple(row) for row in store.rows("SELECT DISTINCT resource_type, external_id FROM io_attachments ORDER BY 1, 2")]
    for number in range(count):
        variant, arguments = rng.randrange(len(VARIANTS)), dict[str, Any]()
        if number % 2:
            arguments["incident_id"] = incidents[0] if number % 10 == 1 else rng.choice(incidents)
        else:
            arguments["resource_type"], arguments["external_id"] = rng.choice(resources)
        where = " AND ".join(f"{name} = ?" for name in arguments)
        matched = [
            row[0] for row in store.rows(f"SELECT id FROM io_attachments WHERE {where} ORDER BY id", [*arguments.values()])
        ]
        question = await _true(clean[variant], Question(variant, "list_attachments", arguments, matched, 0, None, None))
        if "next" in question.answer and number % 20 == 11:
            start = len(_rows(question.answer))
            question = replace(question, arguments={**arguments, **question.answer["next"]}, start=start)
            question = await _true(clean[variant], question)
        ids = [row["id"] for row in _rows(question.answer)]
        if question.answer["total"] != len(matched) or ids != matched[question.start :][: len(ids)]:
            raise Wrong(f"without faults: {question.arguments} → {question.answer}")
        yield question


async def _true(desk: Desk, question: Question) -> Question:
    result, wire = await ask(desk, question.tool, question.arguments)
    answer = json.loads(result.text)
    if result.is_error:
        raise Wrong(f"without faults: {question.arguments} → {result.text}")
    return replace(question, answer=answer, document=wire.document())


_PLAIN: Mapping[str, str] = {
    "id": "id", "sequential_id": "sequential_id", "status": "status", "kind": "kind", "url": "coalesce(short_url, url)",
    "pagerduty_incident_id": "pagerduty_incident_id", "source": "source",
    **{name: f"substr({name}, 1, 19) || 'Z'" for name in ("created_at", "started_at", "resolved_at", "updated_at")},
}  # fmt: skip


def _sort_key(question: Question) -> str:
    sort: str = question.arguments.get("sort", ["-created_at"])[0]
    return sort.lstrip("-")


def _may_be_the_end(question: Question, rows: Sequence[Json]) -> bool:
    """Whether `next` may lead to an empty page: one row more would tell, where a page is not full or numbered."""
    is_full = len(rows) >= 99 or ("page_number" in question.arguments and len(rows) == question.arguments["page_size"])
    return is_full and _sort_key(question) == "created_at"


def _check_by_sql(question: Question, store: Store) -> None:
    answer, rows = question.answer, _rows(question.answer)
    without_count = VARIANTS[question.variant][0].get("meta") == "none"
    expected = question.matched[question.start :][: len(rows)]
    problems = []
    # Later pages by created_at ask for what remains, and do not count everything.
    is_later = "after" in question.arguments and _sort_key(question) == "created_at"
    if answer.get("total") != (None if without_count or is_later else len(question.matched)):
        problems.append("total")
    follows = question.start + len(rows) < len(question.matched)
    if len(rows) != len(expected) or ("next" in answer) not in (follows, follows or _may_be_the_end(question, rows)):
        problems.append("rows or next")
    if any(note for note in answer.get("notes", []) if "not readable" in note or "resolve" in note):
        problems.append("notes")
    cut = any("are cut" in note for note in answer.get("notes", []))
    columns = [name for name in _columns(question.arguments) if name in _PLAIN]
    for id_, row in zip(expected, rows, strict=False):
        select = ", ".join([*(_PLAIN[name] for name in columns), "1"])
        for name, value in zip(columns, store.rows(f"SELECT {select} FROM incidents WHERE id = ?", [id_])[0], strict=False):
            usual = name == "kind" and value == "normal" and "fields" not in question.arguments
            if row.get(name) != value and not cut and not (usual and "kind" not in row):
                problems.append(f"{name} of {id_}")
        for name, relation in SLUGS.items():
            if name not in _columns(question.arguments) or relation in question.arguments.get("include", ()) or cut:
                continue
            slugs = store.rows(
                "SELECT resources.slug FROM links JOIN resources USING (key) JOIN incidents USING (sequential_id)"
                " WHERE incidents.id = ? AND relation = ? ORDER BY position",
                [id_, relation],
            )
            if row.get(name, []) != [slug[0] for slug in slugs]:
                problems.append(f"{name} of {id_}")
    if problems:
        raise Wrong(f"without faults, {', '.join(problems)}: {question.arguments} → {json.dumps(answer)[:2_000]}")


def _columns(arguments: Mapping[str, Any]) -> list[str]:
    # `full` leaves causes to `include`.
    fields: Iterable[str] = [name for name in FIELDS if name != "causes"] if arguments.get("view") == "full" else COMPACT
    brought = [RELATIONS[relation].field for relation in arguments.get("include", ())]
    return [*dict.fromkeys((*arguments.get("fields", fields), *brought))]


def _rows(answer: Json) -> list[dict[str, Any]]:
    if "columns" in answer:
        return [
            {name: cell for name, cell in zip(answer["columns"], row, strict=True) if cell is not None} for row in answer["rows"]
        ]
    rows: list[dict[str, Any]] = answer.get("incidents", answer.get("attachments"))
    return rows


# What an answer under faults is worth.


async def judge(question: Question, result: Result, wire: Wire, clean: Desk) -> str:
    """The outcome: right, in part, or the code of an error.

    Raises:
        Wrong: it is none of these.
    """
    answer, sent = json.loads(result.text), wire.document()
    if result.is_error:
        code: str = answer["error"]["code"]
        if code not in EXPECTED_ERRORS:
            raise Wrong(f"the error {code}")
        if (
            code == "unexpected_response"
            and question.matched
            and wire.status == 200
            and len(wire.body) < Wire.MOST
            and sent == question.document
        ):
            raise Wrong("an error about a right answer")
        return code
    if not question.matched:  # The last response may be one to the search for the reason.
        if _rows(answer) or "next" in answer or answer.get("total"):
            raise Wrong("an answer to what nothing matches")
        return "right"
    if wire.status != 200 or not isinstance(sent, dict):
        raise Wrong(f"an answer from status {wire.status}")
    if answer.get("total") not in (question.answer.get("total"), None):
        raise Wrong(f"total {answer.get('total')}")
    if question.tool == "list_incidents":
        await _judge_incidents(question, answer, sent, clean)
    else:
        _judge_attachments(question, answer, sent)
    same = _rows(answer) == _rows(question.answer) and answer.get("next") == question.answer.get("next")
    return "right" if same else "right in part"


def _once(sent: list[Json], true: list[Json], answer: Json) -> list[Json]:
    """The rows that were sent, each once."""
    ids = [[_get(row, "id") for row in rows] for rows in (sent[::2], sent[1::2])]
    if len(sent) == 2 * len(true) and true and ids[0] == ids[1]:
        _noted(answer, "twice", "rows that came twice")
        return sent[::2]
    if len(sent) != len(true):
        raise Wrong("the sandbox sent other rows: the soak does not know why")
    return sent


async def _judge_incidents(question: Question, answer: Json, sent: Json, clean: Desk) -> None:
    true = question.document["data"]
    is_cut = any("rows fit here" in note for told in (answer, question.answer) for note in told.get("notes", []))
    if is_cut and _sort_key(question) != "created_at":
        # The page was asked for again, smaller: how much smaller follows from the length of the rows.
        count = min(len(true), len(sent["data"]))
        true, raw = true[:count], sent["data"][:count]
    else:
        raw = _once(sent["data"], true, answer)
    head = next((i for i, row in enumerate(true) if row["id"] == question.matched[question.start]), 0) if true else 0
    key = _sort_key(question)

    def is_changed(i: int, name: str) -> bool:
        return bool(_get(raw[i], "attributes", name) != _get(true[i], "attributes", name))

    def unknown(i: int) -> bool:
        """Whether a continuation can no longer tell this row by its number and time."""
        return is_changed(i, "sequential_id") or is_changed(i, key)

    # Rows before the continuation come again where a fault has changed their number.
    places = [i for i in range(len(true)) if i >= head or is_changed(i, "sequential_id")]
    again = sum(i < head for i in places)
    rows, size = _rows(answer), question.arguments["page_size"]
    places, on_page = places[: len(rows)], min(len(places), max(size, len(_rows(question.answer))))
    if len(rows) > len(places) and not is_cut:
        raise Wrong("more rows than were sent")
    cut = any("rows fit here" in note for note in answer.get("notes", []))
    if len(rows) < on_page and not cut:
        raise Wrong(f"{len(rows)} rows of {on_page}")
    shortened = any("are cut" in note for told in (answer, question.answer) for note in told.get("notes", []))
    true_rows = _rows(question.answer)
    for row, place in zip(rows, places, strict=not is_cut):
        compared = true_rows[place - head] if head <= place < head + len(true_rows) else None
        if not shortened and compared is not None:
            for name in _columns(question.arguments):
                _judge_field(name, question, answer, row, compared, (true[place], question.document), (raw[place], sent))
    if "total" not in answer and "total" in question.answer and not again:
        raise Wrong("no total")
    end = question.start + len(rows) - again
    if "next" not in answer and any("does not show where these stand" in note for note in answer.get("notes", [])):
        return
    if end == len(question.matched) and _may_be_the_end(question, rows):
        return
    if (end < len(question.matched)) != ("next" in answer):
        raise Wrong("next is missing" if "next" not in answer else "next where nothing follows")
    if "next" in answer and answer["next"] != question.answer.get("next"):
        unsure = again + sum(unknown(i) for i in range(len(true)))
        await _judge_next(question, {**question.arguments, **answer["next"]}, end, unsure, clean)


def _get(value: Json, *names: str) -> Json:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


async def _judge_next(question: Question, arguments: Mapping[str, Any], end: int, unsure: int, clean: Desk) -> None:
    """Whether the continuation goes on behind *end*. Rows that were not to be told apart may come again, but none is lost."""
    plain = {name: value for name, value in arguments.items() if name not in ("view", "fields", "include")}
    result, _ = await ask(clean, question.tool, {**plain, "fields": ["id"]})
    if result.is_error:
        raise Wrong(f"next leads to {result.text}")
    ids = [row["id"] for row in json.loads(result.text)["incidents"]]
    places = [question.matched.index(id_) for id_ in ids if id_ in question.matched]
    again = [place for place in places if place < end]
    new = places[len(again) :]
    if len(places) < len(ids) or len(again) > unsure or new != [*range(end, end + len(new))] or not (new or again):
        raise Wrong(f"next leads to {places[:10]} instead of {end}")


Row = tuple[Json, Json]
"""A row, and the document that it is in."""


def _judge_field(name: str, question: Question, answer: Json, row: Json, compared: Json, true: Row, sent: Row) -> None:
    told, expected = row.get(name), compared.get(name)
    kinds = _kinds(_facts(name, question, *true), _facts(name, question, *sent))
    if told == expected:
        return
    if not kinds:
        raise Wrong(f"{name} is {told!r} instead of {expected!r}")
    if "null" in kinds or "emptied" in kinds:
        return
    if ("missing" in kinds and told != expected) or _leaves(told) < _leaves(expected):
        _noted(answer, name, f"{name}: {told!r} instead of {expected!r}")


def _facts(name: str, question: Question, row: Json, document: Json) -> Json:
    """All that the vendor says of one field of one row."""
    if not isinstance(row, dict):
        return row
    by_field = {RELATIONS[relation].field: relation for relation in question.arguments.get("include", ())}
    relation = by_field.get(name) or SLUGS.get(name)
    if relation is None and name == "id":
        return row.get("id")
    attributes = row.get("attributes")
    if not isinstance(attributes, dict):
        return attributes
    if relation is None:
        return [attributes.get(attribute) for attribute in FIELDS[name].attributes]
    linked = row.get("relationships")
    linked = linked.get(relation) if isinstance(linked, dict) else {"wrong": linked}
    wanted = {json.dumps([one.get("type"), one.get("id")]) for one in _list(_get(linked, "data")) if isinstance(one, dict)}
    included = {
        json.dumps([one.get("type"), one.get("id")]): one for one in _list(document.get("included")) if isinstance(one, dict)
    }
    return {"own": attributes.get(relation), "linked": linked, **{key: included.get(key, _MISSING) for key in sorted(wanted)}}


_MISSING = "(not included)"


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _kinds(true: Json, sent: Json) -> set[str]:
    """How what was sent differs: `null`, `emptied`, `missing` among what is included, or `altered` in another way."""
    if isinstance(sent, str):
        sent = sent.encode("utf-8", "ignore").decode()  # A lone surrogate is no text, and is removed.
    if isinstance(true, dict) and isinstance(sent, dict):
        return set[str]().union(*(_kinds(true.get(key), sent.get(key)) for key in {*true, *sent}))
    if isinstance(true, list) and isinstance(sent, list) and len(true) == len(sent):
        return set[str]().union(*(_kinds(one, other) for one, other in zip(true, sent, strict=True)))
    if true == sent and isinstance(true, bool) == isinstance(sent, bool):  # To Python, 0 is False.
        return set()
    if sent is None:
        return {"null"}
    if sent == _MISSING:
        return {"missing"}
    if sent in _EMPTY:
        return {"emptied"}
    return {"altered"}


def _leaves(value: Json) -> int:
    if isinstance(value, dict):
        return sum(map(_leaves, value.values()))
    return sum(map(_leaves, value)) if isinstance(value, list) else int(value is not None)


def _noted(answer: Json, word: str, what: str) -> None:
    if not any(word in note for note in answer.get("notes", [])):
        raise Wrong(f"{what}, and no note")


_ATTACHED = ("id", "incident_id", "resource_type", "external_id", "title", "permalink")


def _judge_attachments(question: Question, answer: Json, sent: Json) -> None:
    true = question.document["incident_attachments"]
    raw = _once(sent["incident_attachments"], true, answer)
    rows, after = _rows(answer), question.arguments.get("after", "")
    asked = {name for name in ("incident_id", "resource_type", "external_id") if name in question.arguments}
    if answer["count"] != len(rows) or "total" not in answer:
        raise Wrong(f"count {answer['count']}")
    cut = "next" in answer
    if not cut and not after and len(rows) != len(true):
        raise Wrong(f"{len(rows)} rows of {len(true)}")
    if cut != any("rows fit here" in note for note in answer.get("notes", [])):
        raise Wrong("cut, and no note")
    by_id = {row["id"]: row for row in rows if "id" in row}
    last = max(by_id, default="")
    odd = [i for i in range(len(true)) if _kinds(true[i], raw[i])]
    for i, one in enumerate(true):
        if i in odd:
            continue
        due = one["id"] > after and (not cut or one["id"] <= last)
        expected = {name: value for name, value in {**one, **one["resource"]}.items() if name in _ATTACHED and name not in asked}
        shown = by_id.get(one["id"])
        if due != (shown is not None) or (shown and shown.keys() != {name for name in expected if expected[name]}):
            raise Wrong(f"{shown} instead of {expected}")
        if shown and any(shown[name] != expected[name] for name in ("external_id", "permalink") if name in shown):
            raise Wrong(f"{shown} instead of {expected}")
    lost = [i for i in odd if true[i]["id"] > after and not cut and not _shown(raw[i], rows)]
    if lost and after:
        _noted(answer, "readable id" if raw[lost[0]].get("id") in (None, *_EMPTY, True, 1.5) else "", "a row is not shown")
    elif lost:
        leaves = sum(
            _leaves(row) for row in rows if row.get("id") not in {true[i]["id"] for i in range(len(true)) if i not in odd}
        )
        due_leaves = sum(_due_leaves(raw[i], asked) for i in odd)
        if leaves < due_leaves and not any("in part" in note or "left out" in note for note in answer.get("notes", [])):
            raise Wrong(f"{leaves} values of {due_leaves}, and no note")
    for i in odd:
        if "id" not in _kinds_by_name(true[i], raw[i]) and true[i]["id"] in by_id:
            for name in _kinds_by_name(true[i], raw[i]) - asked:
                if name not in by_id[true[i]["id"]] and _flat(raw[i]).get(name) not in (None, *_EMPTY):
                    _noted(answer, "left out" if name == "permalink" else "in part", f"{name} of {true[i]['id']}")


def _flat(one: Json) -> dict[str, Any]:
    if not isinstance(one, dict):
        return {}
    resource = one.get("resource")
    own = {name: one.get(name) for name in ("id", "incident_id")}
    return {**(resource if isinstance(resource, dict) else {}), **own}


def _kinds_by_name(true: Json, sent: Json) -> set[str]:
    return {name for name in _ATTACHED if _kinds(_flat(true).get(name), _flat(sent).get(name))}


def _shown(sent: Json, rows: Sequence[Mapping[str, Any]]) -> bool:
    told = _flat(sent).get("id")
    return any(row.get("id") == (str(told) if isinstance(told, int) else told) for row in rows)


def _due_leaves(sent: Json, asked: set[str]) -> int:
    return sum(_flat(sent).get(name) not in (None, *_EMPTY) for name in _ATTACHED if name not in asked)


# The run.


_SERVE = """
import sys
from datetime import datetime
from sandbox.serving import serve
with serve(now=datetime.fromisoformat(sys.argv[1])) as sandbox:
    print(sandbox.port, flush=True)
    sys.stdin.read()
"""


@contextmanager
def sandboxed() -> Iterator[int]:
    """The port of a sandbox in a process of its own, so that memory and connections are ours alone."""
    command = [sys.executable, "-c", _SERVE, NOW.isoformat()]
    root = Path(__file__).parents[1]
    with subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        try:
            yield int(process.stdout.readline())
        finally:
            process.stdin.close()


def _desk(port: int, variant: int, timeout_s: float, faults: Mapping[str, str]) -> Desk:
    options, limit = VARIANTS[variant]

    def url(vendor: str, **given: str) -> str:
        return f"http://127.0.0.1:{port}/{vendor}" + "".join(f";{name}={quote(value)}" for name, value in given.items())

    settings = Settings(
        keys=dict.fromkeys(KEYS, "key"),
        urls={"rootly": url("rootly", **options, **faults), "incident_io": url("incident_io", **faults)},
        timeout_s=timeout_s,
        backoff_s=0.02,
        max_result_chars=limit,
        max_in_flight=IN_PARALLEL // len(VARIANTS),
        requests_per_minute=100_000,
    )
    desk = Desk(settings, clock=lambda: NOW)
    desk.tools = {name: _recorded(tool) for name, tool in desk.tools.items()}
    return desk


def resident_mb() -> float:
    """Memory in use, without what has been freed and not yet given back."""
    gc.collect()
    if sys.platform == "linux":
        ctypes.CDLL(None).malloc_trim(0)
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1024


def open_sockets() -> int:
    links = []
    for entry in Path("/proc/self/fd").iterdir():
        try:
            links.append(str(entry.readlink()))
        except OSError:  # It was the directory itself.
            continue
    return sum(link.startswith("socket:") for link in links)


async def soak(
    calls: int, seed: int, rate: float = 0.2, pool_size: int = 300, *, timeout_s: float = 6, say: bool = True
) -> Tally:
    """Ask *calls* questions, `IN_PARALLEL` at a time, each within *timeout_s*."""
    rng, tally = random.Random(seed), Tally()
    store = Store(SEED, NOW, 400)
    sockets = open_sockets()

    def point(name: str) -> None:
        if say:
            print(f"{name:>8} {tally.calls:7} calls {resident_mb():7.0f} MB {open_sockets() - sockets:4} connections", flush=True)

    with sandboxed() as port:
        async with AsyncExitStack() as stack:
            numbers = range(len(VARIANTS))
            clean = [await stack.enter_async_context(_desk(port, number, 60, {})) for number in numbers]
            faults = {"fault": "mix", "rate": str(rate), "seed": str(seed)}
            faulty = [await stack.enter_async_context(_desk(port, number, timeout_s, faults)) for number in numbers]
            pool = await questions(clean, store, rng, pool_size)
            left = iter(range(calls))

            async def worker() -> None:
                for _ in left:
                    question = rng.choice(pool)
                    result, wire = await ask(faulty[question.variant], question.tool, question.arguments)
                    try:
                        tally.outcomes[await judge(question, result, wire, clean[question.variant])] += 1
                    except Wrong as wrong:
                        tally.outcomes["wrong"] += 1
                        told = f"{VARIANTS[question.variant]} {question.tool} {json.dumps(question.arguments)}"
                        tally.wrong.append(f"{wrong}\n  {told}\n  {result.text[:1_500]}")
                    if tally.calls % max(1, calls // 8) == 0:
                        point("")

            point("start")
            async with anyio.create_task_group() as workers:
                for _ in range(IN_PARALLEL):
                    workers.start_soon(worker)
        point("closed")
    store.close()
    return tally


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=0.2)
    given = parser.parse_args()
    began = time.monotonic()
    tally = anyio.run(soak, given.calls, given.seed, given.rate)
    for text in tally.wrong[:10]:
        print(f"WRONG: {text}")
    print(f"{tally.calls} calls in {time.monotonic() - began:.0f} s, {given.rate:.0%} faults, seed {given.seed}")
    for name in ("right", "right in part"):
        print(f"  {tally.outcomes[name]:6} {name}{', and said so' if name != 'right' else ''}")
    for name in sorted(EXPECTED_ERRORS):
        print(f"  {tally.outcomes[name]:6} {name}")
    print(f"  {len(tally.wrong):6} wrong or silently incomplete")
    return 1 if tally.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
