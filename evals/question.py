"""What an eval is: a question as a responder asks it, the calls that answer it, and where the right answer comes from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.store import Store

Answer = Mapping[str, Any]
"""A call's result, parsed."""
Call = tuple[str, Mapping[str, Any]]
"""A tool and its arguments."""
Later = Callable[[Sequence[Answer]], Call]
"""A call that takes values from the answers before it."""


@dataclass(frozen=True)
class Walk:
    """One list, paged through from the start, 25 rows at a time, until a row is seen that `until` accepts, or to its end."""

    call: Call
    until: Callable[[Mapping[str, Any]], bool] | None = None


@dataclass(frozen=True)
class Question:
    """`answer` reads the value off the results of `calls`; `truth` has it from the sandbox's data, by SQL.

    `plain` is what a client would have to page through that has only the vendors' first references: their filters, page
    after page of 25 compact rows. None where such a client cannot answer at all.
    """

    text: str
    calls: Sequence[Call | Later]
    answer: Callable[[Sequence[Answer]], Any]
    truth: Callable[[Store], Any]
    plain: Sequence[Walk] | None


def incidents(**arguments: Any) -> Call:
    return "list_incidents", arguments


def attachments(**arguments: Any) -> Call:
    return "list_attachments", arguments


def call_of(call: Call | Later, answers: Sequence[Answer]) -> Call:
    return call(answers) if callable(call) else call


def rows(answer: Answer) -> list[Mapping[str, Any]]:
    """The rows of an answer, whichever way they are shown; without what is null in a table."""
    if "columns" not in answer:
        found: list[Mapping[str, Any]] = answer.get("incidents", answer.get("attachments"))
        return found
    named = [dict(zip(answer["columns"], row, strict=True)) for row in answer["rows"]]
    return [{name: value for name, value in row.items() if value is not None} for row in named]


def column(name: str, place: int = -1) -> Callable[[Sequence[Answer]], list[Any]]:
    """Reads one field of every row, of the last answer or another."""
    return lambda answers: [row.get(name) for row in rows(answers[place])]


def pairs(key: str, value: str, place: int = -1) -> Callable[[Sequence[Answer]], dict[Any, Any]]:
    return lambda answers: {row.get(key): row.get(value) for row in rows(answers[place])}


def total(answers: Sequence[Answer]) -> Any:
    return answers[-1]["total"]


def at_once(_: Mapping[str, Any]) -> bool:
    """For a walk whose first page has the answer."""
    return True


def is_number(*numbers: int) -> Callable[[Mapping[str, Any]], bool]:
    return lambda row: row.get("sequential_id") in numbers


def all_of(*arguments: Mapping[str, Any]) -> list[Walk]:
    """Lists of incidents that are paged through to their ends."""
    return [Walk(("list_incidents", given)) for given in arguments]


def following(first: Call) -> Later:
    """The same call, continued where the answer before it ended."""

    def later(answers: Sequence[Answer]) -> Call:
        tool, arguments = first
        return tool, {**arguments, **answers[-1]["next"]}

    return later
