"""An eval: a question of a responder, the calls that answer it, and the right answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evals.truth import FIGURES
from sandbox.store import Store

Answer = Mapping[str, Any]
"""The result of a call, parsed."""
Call = tuple[str, Mapping[str, Any]]
"""A tool and its arguments."""
Later = Callable[[Sequence[Answer]], Call]
"""A call that depends on the answers so far."""

NUMBERS: Mapping[str, Any] = {"fields": ["sequential_id"], "view": "table", "page_size": 100}
"""Arguments for a list of nothing but the incidents' numbers."""
FULL: Mapping[str, Any] = {"view": "full"}
"""Arguments of a client that needs more than compact rows have, such as all times."""


@dataclass(frozen=True)
class Walk:
    """A list that is read page by page, 25 rows each.

    `until`: The reading stops after the page with the first row that this accepts. None: at the end
    of the list.
    """

    call: Call
    until: Callable[[Mapping[str, Any]], bool] | None = None

    def ends_in(self, rows: Sequence[Mapping[str, Any]]) -> bool:
        """Whether the page with these rows is the last one to read."""
        return self.until is not None and any(map(self.until, rows))


@dataclass(frozen=True)
class Question:
    """A question of a responder, with its right answer."""

    text: str
    calls: Sequence[Call | Later]
    answer: Callable[[Sequence[Answer]], Any]
    """Reads the value from the results of `calls`."""
    truth: Callable[[Store], Any]
    """Reads the same value from the sandbox's data, by SQL."""
    plain: Sequence[Walk] | None
    """The pages that a client needs if it knows only the filters of the vendors' first references.

    None if such a client cannot answer the question.
    """


def incidents(**arguments: Any) -> Call:
    return "list_incidents", arguments


def attachments(**arguments: Any) -> Call:
    return "list_attachments", arguments


def call_of(call: Call | Later, answers: Sequence[Answer]) -> Call:
    """The call, after these answers."""
    if callable(call):
        return call(answers)
    return call


def rows(answer: Answer) -> list[Mapping[str, Any]]:
    """The rows of an answer, in any view. Nulls of a table are left out."""
    if "columns" not in answer:
        plain_rows: list[Mapping[str, Any]] = answer.get("incidents", answer.get("attachments"))
        return plain_rows
    return [_table_row(answer["columns"], cells) for cells in answer["rows"]]


def _table_row(columns: Sequence[str], cells: Sequence[Any]) -> Mapping[str, Any]:
    named = zip(columns, cells, strict=True)
    return {name: cell for name, cell in named if cell is not None}


def groups(answer: Answer, by: Sequence[str]) -> dict[tuple[Any, ...], list[Any]]:
    """The figures of each group, in the form of `truth.groups`.

    A measure of which no incident has a value has no column.
    """
    figures = {}
    for row in rows(answer):
        key = tuple(row.get(name) for name in by)
        figures[key] = [row.get(name) for name in FIGURES]
    return figures


def column(name: str, place: int = -1) -> Callable[[Sequence[Answer]], list[Any]]:
    """Reads one field of all rows, in the last answer or another."""
    return lambda answers: [row.get(name) for row in rows(answers[place])]


def pairs(key: str, value: str, place: int = -1) -> Callable[[Sequence[Answer]], dict[Any, Any]]:
    """Reads two fields of all rows, as keys and values."""
    return lambda answers: {row.get(key): row.get(value) for row in rows(answers[place])}


def facts(*names: str) -> Callable[[Sequence[Answer]], dict[int, tuple[Any, ...]]]:
    """Reads fields of all rows in the last answer, by the incidents' numbers."""

    def read(answers: Sequence[Answer]) -> dict[int, tuple[Any, ...]]:
        facts = {}
        for row in rows(answers[-1]):
            facts[row["sequential_id"]] = tuple(row.get(name) for name in names)
        return facts

    return read


def only_row(answers: Sequence[Answer]) -> list[Any]:
    """Reads all fields of the only row in the last answer."""
    [row] = rows(answers[-1])
    return list(row.values())


def total(answers: Sequence[Answer]) -> Any:
    return answers[-1]["total"]


def at_once(_: Mapping[str, Any]) -> bool:
    """Ends a walk after its first page."""
    return True


def is_number(*numbers: int) -> Callable[[Mapping[str, Any]], bool]:
    return lambda row: row.get("sequential_id") in numbers


def all_of(*arguments: Mapping[str, Any]) -> list[Walk]:
    """Walks to the end of the lists of incidents with these arguments."""
    return [Walk(("list_incidents", filters)) for filters in arguments]


def following(first: Call) -> Later:
    """The same call for the next page after the last answer."""

    def later(answers: Sequence[Answer]) -> Call:
        tool, arguments = first
        return tool, {**arguments, **answers[-1]["next"]}

    return later
