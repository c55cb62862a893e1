"""What an answer under faults is worth."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from benchmarks.soak.attachments import each_once, judge_attachments
from benchmarks.soak.differences import brought_by, facts, get, kinds, leaves
from benchmarks.soak.question import Question, Wrong, notes_of, rows_of
from benchmarks.soak.recording import Wire, ask
from server.dispatcher import Dispatcher, Result

EXPECTED_ERRORS = {"unavailable", "timeout", "rate_limited", "unexpected_response"}


async def judge(question: Question, result: Result, wire: Wire, clean: Dispatcher) -> str:
    """The outcome: right, in part, or the code of an error.

    Raises:
        Wrong: it is none of these.
    """
    answer, sent = json.loads(result.text), wire.document()
    if result.is_error:
        return _judge_error(question, answer["error"]["code"], wire)
    if not question.matched:  # The last response may be one to the search for the reason.
        if rows_of(answer) or answer.get("total"):
            raise Wrong("an answer to what nothing matches")
        return "right"
    if wire.status != 200 or not isinstance(sent, dict):
        raise Wrong(f"an answer from status {wire.status}")
    if answer.get("total") not in (question.answer.get("total"), None):
        raise Wrong(f"total {answer.get('total')}")
    if not all(rows_of(answer)):
        raise Wrong("an empty row")
    if question.tool == "list_incidents":
        await _judge_incidents(question, answer, sent, clean)
    else:
        judge_attachments(question, answer, sent)
    same = rows_of(answer) == rows_of(question.answer) and answer.get(
        "next"
    ) == question.answer.get("next")
    return "right" if same else "right in part"


def _judge_error(question: Question, code: str, wire: Wire) -> str:
    if code not in EXPECTED_ERRORS:
        raise Wrong(f"the error {code}")
    is_whole = wire.status == 200 and len(wire.body) < Wire.MOST
    if (
        code == "unexpected_response"
        and question.matched
        and is_whole
        and wire.document() == question.document
    ):
        raise Wrong("an error about a right answer")
    return code


async def _judge_incidents(question: Question, answer: Any, sent: Any, clean: Dispatcher) -> None:
    true, raw = question.document["data"], each_once(sent["data"], answer)
    is_cut = any(
        "rows fit here" in note for told in (answer, question.answer) for note in notes_of(told)
    )
    if len(raw) != len(true) and not (is_cut and question.sort_key != "created_at"):
        raise Wrong(f"{len(raw)} rows were sent instead of {len(true)}: the soak does not know why")
    # A page that does not fit is asked for again, smaller: how much follows from its length.
    count = min(len(true), len(raw))

    def is_changed(place: int, name: str) -> bool:
        return bool(get(raw[place], "attributes", name) != get(true[place], "attributes", name))

    # Rows of the page before are left out by their numbers, and come again where a fault has changed those.
    first = question.first_place
    places = [
        place for place in range(count) if place >= first or is_changed(place, "sequential_id")
    ]
    again = sum(place < first for place in places)
    rows = rows_of(answer)
    if len(rows) > len(places) and count == len(raw):
        raise Wrong("more rows than were sent")
    if "total" not in answer and "total" in question.answer and not again:
        raise Wrong("no total")
    _judge_rows(question, answer, zip(rows, places, strict=False), {**sent, "data": raw})
    untold = sum(
        is_changed(place, "sequential_id") or is_changed(place, question.sort_key)
        for place in range(count)
    )
    await _judge_next(question, answer, question.start + len(rows) - again, again + untold, clean)


def _judge_rows(
    question: Question, answer: Any, rows: Iterable[tuple[Any, int]], sent: Any
) -> None:
    """Each field of each row, which comes with its place in the document, against that of the true answer."""
    true_rows, include = rows_of(question.answer), brought_by(question.arguments)
    if any("are cut" in note for told in (answer, question.answer) for note in notes_of(told)):
        return
    for row, place in rows:
        if not 0 <= place - question.first_place < len(true_rows):
            continue
        true_row = true_rows[place - question.first_place]
        for name in question.columns:
            true_facts, sent_facts = (
                facts(name, include, one["data"][place], one) for one in (question.document, sent)
            )
            _judge_value(
                name, answer, row.get(name), true_row.get(name), kinds(true_facts, sent_facts)
            )


def _judge_value(name: str, answer: Any, told: Any, expected: Any, changes: set[str]) -> None:
    if told == expected:
        return
    if not changes:
        raise Wrong(f"{name} is {told!r} instead of {expected!r}")
    if "null" in changes or "emptied" in changes:
        return
    if "missing" in changes or leaves(told) < leaves(expected):
        _noted(answer, name, f"{name}: {told!r} instead of {expected!r}")


async def _judge_next(
    question: Question, answer: Any, end: int, untold: int, clean: Dispatcher
) -> None:
    """Whether the list goes on after *end*. Rows that are not to be told apart may come again, but none is lost."""
    if "next" not in answer:
        if end < len(question.matched) and not any(
            note.startswith("More incidents follow") for note in notes_of(answer)
        ):
            raise Wrong("next is missing")
        return
    if answer["next"] == question.answer.get("next") and end == question.start + len(
        rows_of(question.answer)
    ):
        return
    arguments = {**question.arguments, **answer["next"], "fields": ["id"]}
    result, _ = await ask(
        clean, question.tool, {k: v for k, v in arguments.items() if k not in ("view", "include")}
    )
    if result.is_error:
        raise Wrong(f"next leads to {result.text}")
    ids = [row["id"] for row in json.loads(result.text)["incidents"]]
    places = [question.matched.index(id_) for id_ in ids if id_ in question.matched]
    new = [place for place in places if place >= end]
    repeated = len(places) - len(new)
    leads_on = new or repeated or end == len(question.matched)
    if (
        len(places) < len(ids)
        or repeated > untold
        or new != [*range(end, end + len(new))]
        or not leads_on
    ):
        raise Wrong(f"next leads to {places[:10]} instead of {end}")


def _noted(answer: Mapping[str, Any], word: str, what: str) -> None:
    if not any(word in note for note in notes_of(answer)):
        raise Wrong(f"{what}, and no note")
