"""Reads rows and notes from an answer, whatever its tool and view."""

from typing import Any


class Wrong(Exception):
    """An answer is wrong, or is incomplete without a note."""


def rows_of(answer: Any) -> list[dict[str, Any]]:
    """The rows as objects. A table's nulls are left out, as in the other views."""
    if "columns" in answer:
        return [_table_row(answer["columns"], cells) for cells in answer["rows"]]
    rows: list[dict[str, Any]] = answer.get("incidents", answer.get("attachments"))
    return rows


def _table_row(columns: list[str], cells: list[Any]) -> dict[str, Any]:
    named = zip(columns, cells, strict=True)
    return {name: cell for name, cell in named if cell is not None}


def notes_of(answer: Any) -> list[str]:
    notes: list[str] = answer.get("notes", [])
    return notes


def has_note(answer: Any, *words: str) -> bool:
    """Whether a note has one of these words."""
    notes = "\n".join(notes_of(answer))
    return any(word in notes for word in words)
