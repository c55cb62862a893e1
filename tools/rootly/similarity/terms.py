"""The terms of a query: its words, and how much each of them says about an incident."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log
from typing import Self

from tools.rootly.similarity.index import Index
from tools.rootly.similarity.words import Word

MAX_TERMS = 32
"""The most terms that are compared. A long summary has hundreds of words, and most by chance.

On public postmortems, 32 terms of long summaries brought more right first hits than 16 or all.
"""
SMALL_SET = 50
"""In a smaller set of incidents, words are weighed as if there were this many.

Otherwise a word that two of three incidents have would say nothing.
"""


@dataclass(frozen=True)
class Term:
    """A word of the query, in all its forms.

    * `word`: its first place in the query.
    * `uses`: how often the query has it.
    * `count`: how many incidents have it.
    * `weight`: how much it says; 1 for a word that no incident has.
    """

    word: Word
    uses: int
    count: int
    weight: float


@dataclass(frozen=True)
class Terms:
    """The terms of a query that say most.

    * `known`: those that any incident has.
    * `frequent`: those that most incidents have. They say nothing, and do not count.
    * `weight`: of all of them together. A word that no incident has counts half: perhaps the same
      thing has another name there.
    """

    known: Sequence[Term]
    frequent: Sequence[Term]
    weight: float

    @classmethod
    def of(cls, words: Sequence[Word], index: Index, size: int) -> Self:
        """Choose the terms among *words*. The *index* has *size* incidents."""
        most = max(size, SMALL_SET) / 2
        terms = _terms(words, index, size)
        frequent = [term for term in terms if term.count > most]
        telling = [term for term in terms if term.count <= most]
        telling.sort(key=lambda term: term.uses * term.weight, reverse=True)
        known = [term for term in telling if term.count][:MAX_TERMS]
        unknown = [term for term in telling[:MAX_TERMS] if not term.count]
        return cls(known, frequent, _sum(known) + _sum(unknown) / 2)


def _sum(terms: Iterable[Term]) -> float:
    return sum(term.weight for term in terms)


def _terms(words: Sequence[Word], index: Index, size: int) -> list[Term]:
    stems = index.stems(dict.fromkeys(word.token for word in words))
    uses = Counter(stems[word.token] for word in words)
    terms: dict[str, Term] = {}
    for word in words:
        stem = stems[word.token]
        if stem not in terms:
            count = index.count(stem)
            weight = word.share * _rarity(count, size)
            terms[stem] = Term(word, uses[stem], count, weight)
    return [*terms.values()]


def _rarity(count: int, size: int) -> float:
    """From 1 for a word that no incident has, down to 0 for one that all have.

    It is the weight of a word in bm25 (the logarithm of how unlikely it is), relative to the
    greatest one.
    """
    size = max(size, SMALL_SET)
    return log(1 + (size - count + 0.5) / (count + 0.5)) / log(2 * size + 2)
