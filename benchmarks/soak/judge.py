"""Judges an answer under faults."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.soak.answers import Wrong, has_note, notes_of, rows_of
from benchmarks.soak.attachments import each_once, judge_attachments
from benchmarks.soak.differences import changes, facts, get, included_relations, leaves
from benchmarks.soak.question import Question
from benchmarks.soak.recording import Wire, ask
from server.dispatcher import Dispatcher, Result

EXPECTED_ERRORS = {"unavailable", "timeout", "rate_limited", "unexpected_response"}


async def judge(question: Question, result: Result, wire: Wire, clean: Dispatcher) -> str:
    """The outcome: `right`, `right in part`, or the code of an error.

    *wire* has the bytes that the vendor sent for the answer. *clean* makes calls without faults.

    Raises:
        Wrong: the answer is wrong, or incomplete without a note.
    """
    answer = json.loads(result.text)
    if result.is_error:
        return _judge_error(question, answer["error"]["code"], wire)
    if not question.matched:
        # There are no bytes to compare: the last response may belong to the search for a hint.
        _judge_empty(answer)
        return "right"
    sent = wire.document()
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
    if _essence(answer) == _essence(question.answer):
        return "right"
    return "right in part"


def _judge_empty(answer: Any) -> None:
    if rows_of(answer) or answer.get("total"):
        raise Wrong("rows, but nothing matches")


def _essence(answer: Any) -> Any:
    """The parts that must not differ between answers with and without faults."""
    return rows_of(answer), answer.get("next")


def _judge_error(question: Question, code: str, wire: Wire) -> str:
    if code not in EXPECTED_ERRORS:
        raise Wrong(f"the error {code}")
    if code != "unexpected_response" or not question.matched:
        return code
    is_whole = wire.status == 200 and len(wire.body) < Wire.MOST
    if is_whole and wire.document() == question.document:
        raise Wrong("an error about a right answer")
    return code


@dataclass(frozen=True)
class _Rows:
    """The rows of a page without faults, and those that were sent under faults."""

    true: Sequence[Any]
    sent: Sequence[Any]

    @property
    def number(self) -> int:
        """The number of rows that are in both."""
        return min(len(self.true), len(self.sent))

    def altered(self, attribute: str) -> set[int]:
        """The places of the rows in which a fault changed the attribute."""
        places = set()
        for place, (true, sent) in enumerate(zip(self.true, self.sent, strict=False)):
            if get(sent, "attributes", attribute) != get(true, "attributes", attribute):
                places.add(place)
        return places


async def _judge_incidents(question: Question, answer: Any, sent: Any, clean: Dispatcher) -> None:
    page = _Rows(question.document["data"], each_once(sent["data"], answer))
    if len(page.sent) != len(page.true) and not _may_be_shorter(question, answer):
        raise Wrong(f"{len(page.sent)} rows were sent instead of {len(page.true)}: reason unknown")
    # The tool skips rows of the previous page by their number. If a fault changed the number, they
    # are repeated.
    without_number = page.altered("sequential_id")
    first = question.first_place
    repeated = len([place for place in without_number if place < first])
    places = sorted({*range(first, page.number), *without_number})
    rows = rows_of(answer)
    if len(rows) > len(places) and page.number == len(page.sent):
        raise Wrong("more rows than were sent")
    if "total" not in answer and "total" in question.answer and not repeated:
        raise Wrong("no total")
    _judge_rows(question, answer, zip(rows, places, strict=False), {**sent, "data": page.sent})
    ambiguous = without_number | page.altered(question.sort_key)
    end = question.start + len(rows) - repeated
    await _judge_next(question, answer, end, repeated + len(ambiguous), clean)


def _may_be_shorter(question: Question, answer: Any) -> bool:
    """A page that is too long is requested again with fewer rows, depending on its length."""
    is_cut = has_note(answer, "rows fit here") or has_note(question.answer, "rows fit here")
    return is_cut and question.sort_key != "created_at"


def _judge_rows(
    question: Question, answer: Any, rows: Iterable[tuple[Any, int]], sent: Any
) -> None:
    """Compare each field of each row. *rows* are pairs of a row and its place in the document."""
    if has_note(answer, "are cut") or has_note(question.answer, "are cut"):
        return
    true_rows = dict(enumerate(rows_of(question.answer), start=question.first_place))
    for row, place in rows:
        if place not in true_rows:
            continue
        for name in question.columns:
            value, expected = row.get(name), true_rows[place].get(name)
            if value != expected:
                problem = f"{name} is {value!r} instead of {expected!r}"
                is_less = leaves(value) < leaves(expected)
                difference = _difference(question, name, place, sent)
                _judge_difference(name, answer, difference, problem, is_less=is_less)


def _difference(question: Question, name: str, place: int, sent: Any) -> set[str]:
    """How faults changed one field of the row at this place in the document."""
    include = included_relations(question.arguments)
    true_facts = facts(name, include, question.document["data"][place], question.document)
    sent_facts = facts(name, include, sent["data"][place], sent)
    return changes(true_facts, sent_facts)


def _judge_difference(
    name: str, answer: Any, difference: set[str], problem: str, *, is_less: bool
) -> None:
    if not difference:
        raise Wrong(problem)
    if not difference.isdisjoint({"null", "emptied"}):
        return
    is_less |= "missing" in difference
    if is_less and not has_note(answer, name):
        raise Wrong(f"{problem}, and no note")


async def _judge_next(
    question: Question, answer: Any, end: int, ambiguous: int, clean: Dispatcher
) -> None:
    """Whether `next` continues the list at *end*.

    Up to *ambiguous* rows may be repeated, because a fault changed the values that identify them.
    """
    if "next" not in answer:
        if end < len(question.matched) and not _says_more_follows(answer):
            raise Wrong("next is missing")
        return
    true_end = question.start + len(rows_of(question.answer))
    if answer["next"] == question.answer.get("next") and end == true_end:
        return
    ids = await _ids_of_next(question, answer["next"], clean)
    places = [question.matched.index(id_) for id_ in ids if id_ in question.matched]
    is_lost = not places and end < len(question.matched)
    if is_lost or len(places) < len(ids) or not _continues(places, end, ambiguous):
        raise Wrong(f"next leads to {places[:10]} instead of {end}")


def _says_more_follows(answer: Any) -> bool:
    return any(note.startswith("More incidents follow") for note in notes_of(answer))


def _continues(places: Sequence[int], end: int, ambiguous: int) -> bool:
    """Whether the places from *end* on have no gaps, and at most *ambiguous* others come again."""
    new = [place for place in places if place >= end]
    repeated = len(places) - len(new)
    return repeated <= ambiguous and new == list(range(end, end + len(new)))


async def _ids_of_next(
    question: Question, following: Mapping[str, Any], clean: Dispatcher
) -> list[str]:
    """The ids on the next page, which is requested without faults."""
    arguments = {**question.arguments, **following, "fields": ["id"]}
    arguments.pop("view", None)
    arguments.pop("include", None)
    result, _ = await ask(clean, question.tool, arguments)
    if result.is_error:
        raise Wrong(f"next leads to {result.text}")
    return [row["id"] for row in json.loads(result.text)["incidents"]]
