"""The words of a text, in the form in which they are compared.

An identifier is compared as a whole and in its parts: `us-east-1` is also `useast1`, so that
`failover` and `fail-over` are the same word. Plurals and tenses of English are found later, by the
index.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from tools.rootly.similarity import unspaced
from tools.rootly.similarity.folding import compatible, fold, separated
from tools.rootly.similarity.stop_words import STOP_WORDS

_IDENTIFIER = re.compile(r"[^\s-]+(?:-+[^\s-]+)*")
_PART = re.compile(r"[^-]+")
# The places between the words of OOMKilled or PagerDuty. The plural of an acronym has none.
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]{2})")


@dataclass(frozen=True)
class Word:
    """A word of a text.

    * `token`: the form in which words are compared.
    * `start`, `end`: its place in the text.
    * `share`: the part of a whole word that it is; less than 1 for a piece.
    """

    token: str
    start: int
    end: int
    share: float = 1


def has_words(text: str) -> bool:
    """Whether *text* has a word that can be compared."""
    return next(words(compatible(text)), None) is not None


def words(text: str) -> Iterator[Word]:
    """The words of *text*, which is `compatible`, without those that say too little.

    An identifier comes before its parts.
    """
    for match in _IDENTIFIER.finditer(separated(text)):
        for word in _identifier(match[0], match.start()):
            if _says_something(word.token):
                yield word


def _says_something(token: str) -> bool:
    """Whether *token* is not a stop word, a single letter, or a number below 100."""
    if len(token) < 2 or token in STOP_WORDS:
        return False
    return len(token) > 2 or not token.isdigit()


def _identifier(text: str, start: int) -> Iterator[Word]:
    """The words of an identifier with hyphens, or of a single word."""
    whole = text.replace("-", "")
    is_compound = "-" in text and not whole.isdigit()
    if is_compound and not any(unspaced.parts(text)):
        yield Word(fold(whole), start, start + len(text))
    for part in _PART.finditer(text):
        yield from _part(part[0], start + part.start())


def _part(text: str, start: int) -> Iterator[Word]:
    """The words of a text without spaces and hyphens, which can mix scripts."""
    end = 0
    for match in unspaced.parts(text):
        yield from _spaced(text[end : match.start()], start + end)
        end = match.end()
        for run in unspaced.runs(match[0]):
            for piece, offset in run.pieces():
                place = start + match.start() + offset
                yield Word(fold(piece), place, place + len(piece), run.share)
    yield from _spaced(text[end:], start + end)


def _spaced(text: str, start: int) -> Iterator[Word]:
    """A word, and its parts if it is in camel case."""
    yield Word(fold(text), start, start + len(text))
    humps = [0, *(hump.start() for hump in _HUMP.finditer(text)), len(text)]
    if len(humps) == 2:
        return
    for first, last in pairwise(humps):
        yield Word(fold(text[first:last]), start + first, start + last)


def indexed(text: str) -> str:
    """*text* as the index has it: in words that `words` finds again."""
    plain = separated(unspaced.cut(compatible(text)))
    extra = [*_extra(plain)]
    if not plain.isascii():
        plain = fold(unspaced.in_pieces(plain))
    return " ".join([plain, *map(fold, extra)])


def _extra(plain: str) -> Iterator[str]:
    """What the index has beside the words between spaces and hyphens.

    Thousands of texts are indexed while someone waits, so most words are passed over quickly.
    """
    for identifier in plain.split():
        if "-" in identifier:
            yield identifier.replace("-", "")
        if not identifier.islower() and _HUMP.search(identifier):
            yield from _HUMP.split(identifier)
