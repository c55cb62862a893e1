"""A result as rows and other members, which each output format shows in its own way."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from server.dispatcher import Result

Members = Mapping[str, Any]
Row = Members


@dataclass(frozen=True)
class Page:
    """The rows of a result, and what it has beside them.

    * `rows`: the rows as objects.
    * `rows_key`: the name of the rows in the result; empty for an error.
    * `columns`: the members that rows can have, in their order; empty if they are not known.
    * `shared`: members that all rows have in common. A result has them once, under the name of an
      argument.
    * `others`: all members except the rows and `next`; for an error, the whole error.
    * `next`: arguments to continue with; empty at the end.
    * `text`: the whole result as compact JSON.
    """

    text: str
    rows: Sequence[Row] = ()
    rows_key: str = ""
    columns: Sequence[str] = ()
    shared: Members = field(default_factory=dict)
    others: Members = field(default_factory=dict)
    next: Members = field(default_factory=dict)

    @property
    def is_error(self) -> bool:
        return not self.rows_key

    @classmethod
    def of(cls, result: Result, arguments: Collection[str]) -> Self:
        """The page in *result*. *arguments* are the names of the tool's arguments."""
        answer = result.structured
        if answer is None:
            return cls(result.text, others=json.loads(result.text))
        columns = answer.get("columns", ())
        rows_and_next = {result.rows_key, "columns", "next"}
        return cls(
            text=result.text,
            rows=[_as_object(row, columns) for row in answer[result.rows_key]],
            rows_key=result.rows_key,
            columns=columns or result.columns,
            shared=_shared(answer, arguments),
            others={name: value for name, value in answer.items() if name not in rows_and_next},
            next=answer.get("next", {}),
        )

    def whole_rows(self) -> list[Row]:
        """The rows with the members that all of them share."""
        return [{**self.shared, **row} for row in self.rows]

    def whole_columns(self) -> list[str]:
        """The names of the members of whole rows; empty if they are not known."""
        if not self.columns:
            return []
        return [*dict.fromkeys((*self.shared, *self.columns))]


def _shared(answer: Members, arguments: Collection[str]) -> Members:
    """The members that all rows have in common. An object says something of the whole answer."""
    shared = {name: value for name, value in answer.items() if name in arguments}
    return {name: value for name, value in shared.items() if not isinstance(value, dict)}


def _as_object(row: Any, columns: Sequence[str]) -> Row:
    if isinstance(row, dict):
        return row
    # A row that was too long may have lost its last cells.
    return dict(zip(columns, row, strict=False))


def columns_of(rows: Sequence[Row], known: Sequence[str] = ()) -> list[str]:
    """The columns in which any of *rows* has something, in the order of the *known* ones.

    Columns that are not known come first: they name rows that have nothing in the known columns.
    """
    names = dict.fromkeys(name for row in rows for name in row if row[name] is not None)
    unknown = [name for name in names if name not in known]
    return [*unknown, *(name for name in known if name in names)]
