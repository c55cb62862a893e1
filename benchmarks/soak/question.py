"""A question of the soak, with its answer without faults, and how answers are read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from benchmarks.soak.differences import brought_by
from benchmarks.soak.setting import Setting
from tools.rootly.fields import COMPACT, FIELDS


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
