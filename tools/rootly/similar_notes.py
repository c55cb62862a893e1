"""The notes that say why no incident is similar."""

from collections.abc import Iterator, Sized

from tools.rootly.similarity.folding import compatible
from tools.rootly.similarity.ranking import Comparison, Text
from tools.rootly.similarity.words import has_words


def notes_without_hits(
    comparison: Comparison, text: Text, others: Sized, *, is_alone: bool
) -> Iterator[str]:
    """Notes if no incident is similar to *text*, which was compared with *others*.

    *is_alone*: *text* is that of an incident, and only this one was read.
    """
    if comparison.hits:
        return
    if is_alone:
        yield "similar_to: there is no other incident to compare it with."
    elif others and not has_words(compatible(f"{text.title}\n{text.summary}")):
        yield "similar_to: this incident has no text that can be compared: describe it in words."
    elif others:
        reason = "None of them uses similar words"
        if comparison.frequent_words:
            words = ", ".join(comparison.frequent_words)
            reason = f"Most of them have these words, so they do not count: {words}"
        yield (
            f"Incidents compared: {len(others):,}. {reason}. Describe what happened in other words."
        )
