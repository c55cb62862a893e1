"""Scripts that put no spaces between words. Their texts are compared by short pieces.

| script | pieces |
|---|---|
| Chinese characters | pairs, because most Chinese and Japanese words have two |
| one Chinese character alone | with the hiragana after it, as in Japanese verbs |
| katakana | threes, and pairs |
| Thai, Lao, Khmer, Burmese | threes |

Other hiragana are left out: they are particles and endings, which nearly every Japanese text has.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import count

MAX_CHARACTERS = 400
"""The most characters in these scripts that are compared of a text.

Each is a piece, and so as much work as a word: 2,000 characters of 5,000 texts took 5 s. 400
characters of Chinese say as much as 200 words of English.
"""
_HAN = "\u3005\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_HIRAGANA = "\u3041-\u309f"
_KATAKANA = "\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
_SOUTH_EAST_ASIAN = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\ua9e0-\ua9ff\uaa60-\uaa7f"


@cache
def _part() -> re.Pattern[str]:
    """Finds a part of a text in these scripts. To compile it takes a millisecond, so it waits."""
    return re.compile(f"[{_HAN}{_HIRAGANA}{_KATAKANA}{_SOUTH_EAST_ASIAN}]+")


@cache
def _run() -> re.Pattern[str]:
    """Finds a run, in such a part."""
    return re.compile(
        f"(?P<han>[{_HAN}]{{2,}}|[{_HAN}][{_HIRAGANA}])"
        f"|(?P<katakana>[{_KATAKANA}]{{2,}})"
        f"|(?P<asian>[{_SOUTH_EAST_ASIAN}]{{3,}})"
    )


@dataclass(frozen=True)
class Run:
    """Characters of one script without a space between them.

    * `start`: its place in the text.
    * `size`: the characters of each of its pieces.
    * `share`: the part of a word that a piece is, roughly.
    """

    text: str
    start: int
    size: int
    share: float
    is_katakana: bool = False

    def pieces(self) -> Iterator[tuple[str, int]]:
        """The overlapping pieces, and the place of each in the text."""
        return zip(_pieces(self.text, self.size), count(self.start))


def cut(text: str) -> str:
    """The beginning of *text*, with at most MAX_CHARACTERS in these scripts."""
    left = MAX_CHARACTERS
    for match in parts(text):
        left -= len(match[0])
        if left < 0:
            return text[: match.end() + left]
    return text


def parts(text: str) -> Iterator[re.Match[str]]:
    """The parts of *text* in these scripts."""
    return iter(()) if text.isascii() else _part().finditer(text)


def runs(part: str) -> Iterator[Run]:
    """The runs of a part. Katakana of more than two characters have pieces of three."""
    for match in _run().finditer(part):
        run = match[0]
        if match.lastgroup == "han":
            yield Run(run, match.start(), size=2, share=1 / 2)
        elif match.lastgroup == "katakana":
            # Words of other languages are written in katakana, so the run is a word.
            size = min(len(run), 3)
            share = 1 / (len(run) - size + 1)
            yield Run(run, match.start(), size, share, is_katakana=True)
        else:
            yield Run(run, match.start(), size=3, share=1 / 4)


def in_pieces(text: str) -> str:
    """*text* with its parts in these scripts replaced by their pieces, for the index."""
    return _part().sub(_spaced_pieces, text)


def _spaced_pieces(part: re.Match[str]) -> str:
    pieces: list[str] = []
    for run in runs(part[0]):
        pieces += _pieces(run.text, run.size)
        if run.is_katakana and run.size > 2:
            # A query can have a word of two katakana, of which a longer one is made.
            pieces += _pieces(run.text, 2)
    return f" {' '.join(pieces)} "


def _pieces(text: str, size: int) -> Iterator[str]:
    """The overlapping pieces of *text*, each with *size* characters."""
    columns = [text[first:] for first in range(size)]
    return map("".join, zip(*columns, strict=False))
