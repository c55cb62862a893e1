"""The words that a query shares with an incident, as people read them."""

from collections.abc import Iterable

from tools.rootly.similarity.terms import Term
from tools.text import cut

MAX_SHARED_WORDS = 8
"""The most words that a row shows. More would not say more, and cost tokens in every row."""
_MAX_CHARS = 60


def shared_words(text: str, terms: Iterable[Term]) -> list[str]:
    """The words of *text* to which *terms* belong, in its spelling, the rarest first.

    Where words overlap, they are one: an identifier and its part, or the pieces of a text without
    spaces.
    """
    spans: list[tuple[int, int, int]] = []
    for term in sorted(terms, key=lambda term: (term.word.start, -term.word.end)):
        start, end, count = term.word.start, term.word.end, term.count
        if spans and start < spans[-1][1]:
            start, previous_end, previous_count = spans.pop()
            end = max(end, previous_end)
            count = min(count, previous_count)
        spans.append((start, end, count))
    spans.sort(key=lambda span: span[2])
    return [_short(text[start:end]) for start, end, _ in spans[:MAX_SHARED_WORDS]]


def _short(word: str) -> str:
    return word if len(word) <= _MAX_CHARS else cut(word, _MAX_CHARS)
