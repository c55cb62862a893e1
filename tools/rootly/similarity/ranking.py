"""Ranks incidents by the words that their texts share with another text."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from anyio import CapacityLimiter, from_thread, to_thread

from tools.rootly.similarity.folding import compatible
from tools.rootly.similarity.index import Index, open_index
from tools.rootly.similarity.shared_words import Span, shared_words, spans
from tools.rootly.similarity.terms import Term, Terms
from tools.rootly.similarity.words import indexed, words

# A hit shares at least two words, or a third of what the query says; and at least half of what the
# best hit shares. So what often happens is found, although its words are frequent, and a long
# question finds what its telling words find. These limits were chosen on public postmortems that
# two people had told: of ten rows they left two to five, and they lost no right first hit. Of short
# texts about other subjects, two of three had no hit.
_LEAST_WORDS = 2
_LEAST_PART = 1 / 3
_LEAST_PART_OF_BEST = 1 / 2

_MAX_CHARS = 2_000
"""The most characters of a summary that are compared. With more, no more first hits were right."""
_TEXTS_AT_ONCE = 100
"""After so many texts the thread looks whether its call was cancelled."""
THREADS = CapacityLimiter(2)
"""More threads would take turns with the event loop, and delay all other calls."""


@dataclass(frozen=True)
class Text:
    """The cleaned texts of an incident. Words to compare with incidents are a title."""

    title: str = ""
    summary: str = ""


@dataclass(frozen=True)
class Hit:
    """A similar incident: its key, and the words of the query that it has too, rarest first."""

    key: str
    shared_words: list[str]


@dataclass(frozen=True)
class Comparison:
    """How a query compares with incidents.

    * `hits`: the similar ones, best first.
    * `frequent_words`: the words of the query that most incidents have. They do not count.
    """

    hits: list[Hit]
    frequent_words: list[str]


async def require_index() -> None:
    """Fail before thousands of incidents are read, if they cannot be ranked.

    Raises:
        NotConfigured: this Python has no SQLite, or one without FTS5.
    """
    await to_thread.run_sync(_open_and_close_index, abandon_on_cancel=True)


def _open_and_close_index() -> None:
    with open_index():
        pass


async def rank(texts: Mapping[str, Text], query: Text, *, limit: int) -> Comparison:
    """Find the *limit* incidents that are most similar to *query*, best first.

    *texts* has the incidents by their keys, the newest first. Of incidents that match equally well,
    the newest comes first. The query's own incident must not be among them. The work is done in a
    thread.

    Raises:
        NotConfigured: this Python has no SQLite, or one without FTS5.
    """
    return await to_thread.run_sync(
        _rank, texts, query, limit, abandon_on_cancel=True, limiter=THREADS
    )


def _rank(texts: Mapping[str, Text], query: Text, limit: int) -> Comparison:
    text = compatible(f"{query.title}\n{query.summary}")
    with open_index() as index:
        index.add(_rows(texts))
        terms = Terms.of([*words(text)], index, len(texts))
        shared = _shared_terms(terms, index)
        similar = _similar(shared, terms)
        scores = index.scores(term.word.token for term in terms.known) if similar else {}
    keys = [*texts]
    numbers = _best_first(similar, scores)[:limit]
    hits = [Hit(keys[number], shared_words(text, similar[number])) for number in numbers]
    return Comparison(hits, shared_words(text, spans(terms.frequent)))


def _rows(texts: Mapping[str, Text]) -> Iterator[tuple[int, str, str]]:
    for number, text in enumerate(texts.values()):
        if number % _TEXTS_AT_ONCE == 0:
            from_thread.check_cancelled()
        yield number, indexed(text.title), indexed(text.summary[:_MAX_CHARS])


def _shared_terms(terms: Terms, index: Index) -> Mapping[int, list[Term]]:
    """The terms that each incident has; incidents without any are not there."""
    shared = defaultdict[int, list[Term]](list)
    for term in terms.known:
        for number in index.numbers(term.word.token):
            shared[number].append(term)
    return shared


def _similar(shared: Mapping[int, list[Term]], terms: Terms) -> Mapping[int, list[Span]]:
    """By their numbers, the shared words of the incidents that share enough."""
    weights = {number: sum(term.weight for term in has) for number, has in shared.items()}
    least = max(weights.values(), default=0) * _LEAST_PART_OF_BEST
    similar = {}
    for number, weight in weights.items():
        if weight < least:
            continue
        places = spans(shared[number])
        if len(places) >= _LEAST_WORDS or weight >= terms.weight * _LEAST_PART:
            similar[number] = places
    return similar


def _best_first(similar: Mapping[int, list[Span]], scores: Mapping[int, float]) -> list[int]:
    """The numbers of the similar incidents.

    bm25 alone puts two rare words of a long summary before a title with four words that are less
    rare, but all are about the query. So a hit with two words counts 2/3, with four words 4/5.
    """

    def place(number: int) -> tuple[float, int]:
        count = len(similar[number])
        return -scores[number] * count / (count + 1), number

    return sorted(similar, key=place)
