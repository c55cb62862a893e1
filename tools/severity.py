"""How bad a severity is, by its name. Organisations name their severities themselves.

The board has the same rules in TypeScript. board/cases/severity.json holds both to the same cases.
"""

import re
from collections.abc import Sequence

_NUMBER = re.compile(r"[^\W\d_]*[-_ ]?([0-9]{1,2})(?![^\W_])")
"""A number of at most two digits, perhaps after a word: sev1, P2, severity_3, 0."""
_WORD = re.compile(r"[^\W\d_]+")
_LEVELS: Sequence[Sequence[str]] = (
    ("critical", "crit", "blocker", "emergency", "highest"),
    ("high", "major", "urgent"),
    ("medium", "moderate"),
    ("low", "minor"),
    ("info", "informational", "cosmetic", "trivial"),
)
"""The words that organisations use for their severities, the worst first."""
_RANKS = {word: rank for rank, words in enumerate(_LEVELS) for word in words}
UNKNOWN_RANK = 100
_MISSING = 101


def severity_rank(severity: str | None) -> int:
    """The rank of a severity: 0 is the worst. An unknown name comes after all known ones."""
    if severity is None:
        return _MISSING
    number = _NUMBER.match(severity)
    if number:
        return int(number[1])
    word = _WORD.match(severity)
    return _RANKS.get(word[0].lower(), UNKNOWN_RANK) if word else UNKNOWN_RANK
