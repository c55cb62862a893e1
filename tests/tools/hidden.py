"""What is hidden in a text, told from Unicode's own data: another judgement than that of the code under test."""

import unicodedata
from collections.abc import Iterator

from tests.tools.corpus import FLAGS_OF

_SHOWN_FORMAT_CHARACTERS = {0x600, 0x601, 0x602, 0x603, 0x604, 0x605, 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD}
"""Unicode's Prepended_Concatenation_Mark: of the format category, but with a shape."""
_FILLERS = {0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0}
_NOT_JOINED = {
    "LATIN", "FULLWIDTH", "GREEK", "COPTIC", "CYRILLIC", "HEBREW", "ARMENIAN", "GEORGIAN", "ETHIOPIC", "CHEROKEE", "THAI", "LAO",
    "CJK", "HANGUL", "HALFWIDTH", "HIRAGANA", "KATAKANA", "BOPOMOFO", "YI", "RUNIC", "OGHAM", "DIGIT", "CANADIAN", "OL", "LISU",
}  # fmt: skip
"""Scripts whose spelling has no joiners, as the first word of their characters' names."""
_VARIED = ("MYANMAR", "PHAGS-PA", "FULLWIDTH", "HALFWIDTH", "IDEOGRAPHIC")
"""Where else than in Chinese characters Unicode's first variation selectors make a difference, as their names begin."""


def hidden(text: str, allowed: str = "") -> list[str]:
    """The characters of *text* that show nothing and that no neighbour needs."""
    return [f"U+{ord(text[at]):04X} at {at}" for at in _places(text) if text[at] not in allowed and not _needed(text, at)]


def _places(text: str) -> Iterator[int]:
    for at, character in enumerate(text):
        code, category = ord(character), unicodedata.category(character)
        if (
            category in ("Cc", "Cs")
            or (category == "Cf" and code not in _SHOWN_FORMAT_CHARACTERS)
            or (category == "Zl" or category == "Zp")
            or (code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF)
            or (0xE0000 <= code <= 0xE0FFF or 0xFFF0 <= code <= 0xFFF8 or code == 0x2065)
            or "VARIATION SELECTOR" in unicodedata.name(character, "")
            or code in _FILLERS
        ):
            yield at


def _needed(text: str, at: int) -> bool:
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    code, name, next_name = ord(text[at]), unicodedata.name(before, "") if before else "", unicodedata.name(after or " ", "")
    if code == 0x200D and (_is_pictorial(before) or before == "\ufe0f") and _is_pictorial(after):
        return True
    if code in (0x200C, 0x200D):
        return before != "" and unicodedata.category(before)[0] in "LMN" and name.split(" ")[0] not in _NOT_JOINED
    if code in (0xFE0E, 0xFE0F):
        return _is_pictorial(before) or (after == "\u20e3" and before in "0123456789#*")
    if 0xFE00 <= code <= 0xFE02:
        return _is_han(name) or before == "0" or name.startswith(_VARIED) or 0x2205 <= ord(before or " ") <= 0x2AFF
    if 0xE0100 <= code <= 0xE01EF:
        return _is_han(name)
    if 0xE0020 <= code <= 0xE007F:
        return any(flag in text[max(0, at - 6) : at + 7] for flag in FLAGS_OF.values())
    if 0x180B <= code <= 0x180F:
        return name.startswith("MONGOLIAN")
    if code == 0x115F:
        return next_name.startswith(("HANGUL JUNGSEONG", "HANGUL JONGSEONG"))
    if 0x13430 <= code <= 0x1343F:
        return "EGYPTIAN HIEROGLYPH" in name or "EGYPTIAN HIEROGLYPH" in next_name or 0x13440 <= ord(before or " ") <= 0x13455
    return False


def _is_pictorial(character: str) -> bool:
    if not character:
        return False
    is_symbol = unicodedata.category(character) in ("So", "Sk", "Sm") or 0x1F000 <= ord(character) <= 0x1FAFF
    return is_symbol or character in "\u203c\u2049\u2139\u3030\u303d"


def _is_han(name: str) -> bool:
    return name.startswith(("CJK", "KANGXI", "IDEOGRAPHIC"))
