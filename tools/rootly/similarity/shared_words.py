"""The words that a query shares with incidents, as people read them."""

from collections.abc import Iterable
from dataclasses import dataclass

from tools.rootly.similarity.terms import Term
from tools.text import clip

MAX_SHARED_WORDS = 8
"""The most words that a row shows. More would not say more, and cost tokens in every row."""
_MAX_CHARS = 60


@dataclass(frozen=True)
class Span:
    """The place of a word in a text, and how many incidents have it."""

    start: int
    end: int
    count: int


def spans(terms: Iterable[Term]) -> list[Span]:
    """The words to which *terms* belong.

    Where words overlap, they are one: an identifier and its part, or the pieces of a text without
    spaces.
    """
    merged: list[Span] = []
    for term in sorted(terms, key=lambda term: (term.word.start, -term.word.end)):
        span = Span(term.word.start, term.word.end, term.count)
        if merged and span.start < merged[-1].end:
            before = merged.pop()
            end, count = max(before.end, span.end), min(before.count, span.count)
            span = Span(before.start, end, count)
        merged.append(span)
    return merged


def shared_words(text: str, places: Iterable[Span]) -> list[str]:
    """The words at *places* of *text*, the rarest first."""
    rarest = sorted(places, key=lambda span: span.count)[:MAX_SHARED_WORDS]
    return [clip(text[span.start : span.end], _MAX_CHARS) for span in rarest]
