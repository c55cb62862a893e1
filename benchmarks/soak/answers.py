"""Reads rows and notes from an answer, whatever its tool and view."""

from typing import Any

from evals.question import rows as rows_of

__all__ = ["Wrong", "has_note", "notes_of", "rows_of"]


class Wrong(Exception):
    """An answer is wrong, or is incomplete without a note."""


def notes_of(answer: Any) -> list[str]:
    notes: list[str] = answer.get("notes", [])
    return notes


def has_note(answer: Any, *words: str) -> bool:
    """Whether a note has one of these words."""
    notes = "\n".join(notes_of(answer))
    return any(word in notes for word in words)
