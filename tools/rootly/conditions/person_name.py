"""A person's name as people compare it: in any case, with or without accents, in any script."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches
from functools import cached_property
from typing import Self

_APOSTROPHES = dict.fromkeys(map(ord, "'`\u00b4\u02b9\u02bb\u02bc\u02bd\u2018\u2019\u201b\u2032"))
"""Characters that people write as an apostrophe. O'Brien is also written OBrien."""
_LETTERS = {
    "ø": "o",
    "ł": "l",
    "đ": "d",
    "ð": "d",
    "ħ": "h",
    "ŧ": "t",
    "ı": "i",
    "æ": "ae",
    "œ": "oe",
    "þ": "th",
}
"""Letters that Unicode does not decompose into a plain letter and a mark."""
_PLAIN_LETTERS = str.maketrans(_LETTERS)

_POINTS = range(10, 37)
"""The combining classes of Hebrew and Arabic points, which are usually left out."""
_ACCENTS_FROM = 200
"""The lowest combining class of an accent. Below it are the vowels and tones of other scripts."""
_STROKE = 1
"""The combining class of a stroke through a letter."""

_CLOSE = 0.75
_MOST_WORDS = 8
"""How many words of a name are compared for similarity. It takes microseconds for each."""


@dataclass(frozen=True)
class PersonName:
    """The words of a name, in lower case and without accents, in the order of the name."""

    words: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """The name in *text*. Whatever is not a letter, a mark or a digit separates words."""
        return cls(tuple("".join(_plain(text)).split()))

    @cached_property
    def letters(self) -> str:
        """The name without spaces: in some scripts it has none, and Jean-Luc has other forms."""
        return "".join(self.words)

    def fits(self, other: "PersonName") -> bool:
        """Whether this is the *other* name, or whole words of it, in any order."""
        return {*self.words} <= {*other.words} or self.letters == other.letters

    def is_close_to(self, other: "PersonName") -> bool:
        """Whether each word of this name is similar to a word of *other*."""
        others = other.words[:_MOST_WORDS]
        return all(_is_similar(word, others) for word in self.words[:_MOST_WORDS])

    def similarity(self, other: "PersonName") -> float:
        """From 0, for nothing alike, to 1, for the same letters."""
        return SequenceMatcher(None, self.letters, other.letters).ratio()


def _is_similar(word: str, others: tuple[str, ...]) -> bool:
    """Whether *word* is an end of one of the *others*, or spelt in nearly the same way."""
    # Two swapped letters make a short word too different for a close match.
    if any(_is_end(word, other) or sorted(word) == sorted(other) for other in others):
        return True
    return bool(get_close_matches(word, others, n=1, cutoff=_CLOSE))


def _is_end(word: str, other: str) -> bool:
    """Whether *other* begins or ends with *word*. An initial is only a beginning."""
    return other.startswith(word) or (len(word) > 1 and other.endswith(word))


def _plain(text: str) -> Iterator[str]:
    """The characters of *text* that are compared, and a space for each that separates words."""
    # Decomposing turns some apostrophes into a space and an accent, and other characters into
    # apostrophes. It also turns some letters into capital ones, and changing the case composes.
    composed = unicodedata.normalize("NFC", text).translate(_APOSTROPHES)
    lower_case = unicodedata.normalize("NFKD", composed).translate(_APOSTROPHES).casefold()
    for character in unicodedata.normalize("NFKD", lower_case).translate(_PLAIN_LETTERS):
        kind = unicodedata.category(character)
        if kind == "Cf" or _is_accent(character):
            continue
        yield character if kind[0] in "LMN" else " "


def _is_accent(character: str) -> bool:
    """Whether *character* is a mark that people also leave out."""
    combining = unicodedata.combining(character)
    return combining in _POINTS or combining == _STROKE or combining >= _ACCENTS_FROM
