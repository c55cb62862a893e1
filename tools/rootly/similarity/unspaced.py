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

_HAN = "\u3005\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_HIRAGANA = "\u3041-\u309f"
_KATAKANA = "\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
_SOUTH_EAST_ASIAN = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\ua9e0-\ua9ff\uaa60-\uaa7f"

UNSPACED = re.compile(f"[{_HAN}{_HIRAGANA}{_KATAKANA}{_SOUTH_EAST_ASIAN}]+")
"""Finds a text in these scripts."""
_RUN = re.compile(
    f"(?P<han>[{_HAN}]{{2,}}|[{_HAN}][{_HIRAGANA}])"
    f"|(?P<katakana>[{_KATAKANA}]{{2,}})"
    f"|(?P<asian>[{_SOUTH_EAST_ASIAN}]{{3,}})"
)


@dataclass(frozen=True)
class Run:
    """Characters of one script without a space between them, and the length of their pieces."""

    text: str
    start: int
    size: int

    def pieces(self) -> Iterator[tuple[str, int]]:
        """The overlapping pieces, and where each begins in the whole text."""
        for offset in range(len(self.text) - self.size + 1):
            yield self.text[offset : offset + self.size], self.start + offset


def runs(text: str) -> Iterator[Run]:
    """The runs of *text*. Katakana of more than two characters have pieces of three."""
    for match in _RUN.finditer(text):
        size = 2 if match["han"] else min(3, len(match[0]))
        yield Run(match[0], match.start(), size)


def indexed(text: str) -> str:
    """The pieces of *text*, with spaces between them, as the index has them."""
    pieces: list[str] = []
    for run in runs(text):
        pieces += [piece for piece, _ in run.pieces()]
        if run.size == 3 and _KATAKANA_ONLY.match(run.text):
            # A query may be a word of two katakana, of which a longer one is made.
            pieces += [piece for piece, _ in Run(run.text, 0, 2).pieces()]
    return " ".join(pieces)


_KATAKANA_ONLY = re.compile(f"[{_KATAKANA}]")
