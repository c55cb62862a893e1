"""Reduces texts to the characters that count when words are compared."""

import re
import unicodedata

# Marks that writers often leave out: accents, Hebrew and Arabic vowels, and the Arabic tatweel.
_ACCENTS = re.compile("[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u0640\u064b-\u065f\u0670]")
_HYPHENS = "-_.\u2010\u2011"
_DOTLESS_I = "\u0131"
_COMPOSED_VOWELS = {"\u0e4d\u0e32": "\u0e33", "\u0ecd\u0eb2": "\u0eb3"}
"""A vowel of Thai and one of Lao that NFKC takes apart, and that nobody writes in two parts."""
_MOST_CHARACTERS = 20_000
"""The most characters that are remembered. All of Unicode would take 100 MB."""


class _Separators(dict[int, str]):
    """A table for `str.translate`: letters, marks and digits stay, and all others separate.

    What joins the parts of an identifier becomes a hyphen, and everything else a space.
    """

    def __missing__(self, code: int) -> str:
        character = chr(code)
        separator = "-" if character in _HYPHENS else " "
        is_part_of_word = unicodedata.category(character)[0] in "LMN"
        replacement = character if is_part_of_word else separator
        if len(self) < _MOST_CHARACTERS:
            self[code] = replacement
        return replacement


_SEPARATORS = _Separators()


def separated(text: str) -> str:
    """*text* with a hyphen or a space for each character that is not part of a word."""
    return text.translate(_SEPARATORS)


def compatible(text: str) -> str:
    """*text* with one spelling for characters that mean the same, such as full-width letters."""
    if text.isascii():
        return text
    compatible = unicodedata.normalize("NFKC", text)
    for parts, vowel in _COMPOSED_VOWELS.items():
        compatible = compatible.replace(parts, vowel)
    return compatible


def fold(text: str) -> str:
    """*text* in lower case and without accents."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text).casefold().replace(_DOTLESS_I, "i")
    return unicodedata.normalize("NFC", _ACCENTS.sub("", decomposed))
