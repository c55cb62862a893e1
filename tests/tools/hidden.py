"""Finds hidden characters in a text, without the code under test.

It uses Unicode's names, the joining types of `idna`, and the tables of `unicode_data`.
"""

import re
import unicodedata

import idna

from tests.tools.corpus import FLAGS_OF
from tools import unicode_data

_VISIBLE_FORMAT_CHARACTERS = {
    0x600,
    0x601,
    0x602,
    0x603,
    0x604,
    0x605,
    0x6DD,
    0x70F,
    0x890,
    0x891,
    0x8E2,
    0x110BD,
    0x110CD,
}
"""Unicode's Prepended_Concatenation_Mark: in the category of format characters, but visible."""
_BLANKS = {0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0, 0x16FE4, 0x1D159}
_WITHOUT_SPACES = (
    "THAI",
    "LAO",
    "KHMER",
    "MYANMAR",
    "TAI LE",
    "NEW TAI LUE",
    "TAI THAM",
    "TAI VIET",
    "AHOM",
)
"""How the names of characters begin, in scripts without spaces between words."""
_VIRAMA = 9
"""The Canonical_Combining_Class of a virama."""
_AROUND = 16
"""How many characters on each side of an invisible one can make it necessary."""


def hidden(text: str, allowed: str = "") -> list[str]:
    """The characters of *text* that are invisible and that no neighbour needs."""
    return [
        f"U+{ord(character):04X} at {at}"
        for at, character in enumerate(text)
        if _is_invisible(character) and character not in allowed and not _is_needed(text, at)
    ]


def _is_invisible(character: str) -> bool:
    code, category = ord(character), unicodedata.category(character)
    if category == "Cf":
        return code not in _VISIBLE_FORMAT_CHARACTERS
    if category in ("Cc", "Cs", "Zl", "Zp") or code in _BLANKS:
        return True
    if _is_noncharacter(code) or _is_ignorable_and_unassigned(code):
        return True
    return "VARIATION SELECTOR" in unicodedata.name(character, "")


def _is_noncharacter(code: int) -> bool:
    return code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF


def _is_ignorable_and_unassigned(code: int) -> bool:
    return 0xE0000 <= code <= 0xE0FFF or 0xFFF0 <= code <= 0xFFF8 or code == 0x2065


def _is_needed(text: str, at: int) -> bool:
    """Whether a neighbour needs the invisible character at this place."""
    before, after = text[max(0, at - 1) : at], text[at + 1 : at + 2]
    code, name, next_name = ord(text[at]), _name(before), _name(after)
    if code == 0x200B:
        return _is_between_words(before, after)
    if code == 0x200C:
        return _splits_letters(text[max(0, at - _AROUND) : at], text[at : at + _AROUND])
    if code == 0x200D:
        return _is_in_joined_emoji(text, at) or _shapes_a_letter(
            text[max(0, at - _AROUND) : at], after
        )
    if code in (0xFE0E, 0xFE0F):
        return _lists(unicode_data.EMOJI_VARIANTS, before) and (
            not before.isascii() or after == "\u20e3"
        )
    if 0xFE00 <= code <= 0xFE0D or 0x180B <= code <= 0x180D:
        listed = _lists(unicode_data.VARIANTS.get(text[at], ""), before)
        return listed or (code <= 0xFE02 and name.startswith("CJK UNIFIED IDEOGRAPH"))
    if 0xE0020 <= code <= 0xE007F:
        return any(flag in text[max(0, at - 6) : at + 7] for flag in FLAGS_OF.values())
    if code == 0x180E:
        return name.startswith("MONGOLIAN") and after in ("\u1820", "\u1821")
    if code == 0x115F:
        return next_name.startswith(("HANGUL JUNGSEONG", "HANGUL JONGSEONG"))
    if code == 0x16FE4:
        return name.startswith("KHITAN SMALL SCRIPT CHARACTER")
    if 0x13430 <= code <= 0x1343F:
        return "EGYPTIAN HIEROGLYPH" in name or "EGYPTIAN HIEROGLYPH" in next_name
    return False


def _name(character: str) -> str:
    return unicodedata.name(character, "") if character else ""


def _is_between_words(before: str, after: str) -> bool:
    is_script = _name(before).startswith(_WITHOUT_SPACES) or _name(after).startswith(
        _WITHOUT_SPACES
    )
    return (
        is_script
        and unicodedata.category(before or " ")[0] in "LMNP"
        and unicodedata.category(after or " ")[0] in "LNP"
    )


def _splits_letters(before: str, rest: str) -> bool:
    if idna.valid_contextj(_named(before) + rest[0] + _named(rest[1:]), len(before)):
        return True
    if before[-1:] in ("\u17c9", "\u17ca"):
        return "VOWEL SIGN" in _name(rest[1:2])
    # After a character that does not join, a non-joiner is allowed before an Arabic letter, as if
    # it stood after a letter that joins.
    letter = re.sub(r"[\u064b-\u065f\u0670]+$", "", before)[-1:]
    is_suffix = unicodedata.category(letter or " ") in ("Pe", "Pf") or letter.isalnum()
    joins_backwards = idna.valid_contextj("\u0628\u200c" + letter, 1) if letter else True
    return is_suffix and not joins_backwards and idna.valid_contextj("\u0628" + _named(rest), 1)


def _named(text: str) -> str:
    """*text* with a space for each character without a name, because `idna` refuses these."""
    return "".join(character if _name(character) else " " for character in text)


def _shapes_a_letter(before: str, after: str) -> bool:
    if (
        unicodedata.combining(before[-1:] or " ") == _VIRAMA
        or unicodedata.combining(after or " ") == _VIRAMA
    ):
        return True
    ends_word = unicodedata.category(after or " ")[0] not in "LMN"
    return ends_word and idna.valid_contextj(_named(before) + "\u200c\u0628", len(before))


def _is_in_joined_emoji(text: str, at: int) -> bool:
    matches = (_JOINED_EMOJI.match(text, start) for start in range(max(0, at - _AROUND), at))
    return any(match is not None and match.end() > at for match in matches)


def _lists(table: str, character: str) -> bool:
    """Whether a table of `unicode_data` lists a character."""
    if not character:
        return False
    for codes in table.split():
        first, _, last = codes.partition("-")
        if int(first, 16) <= ord(character) <= int(last or first, 16):
            return True
    return False


def _pattern_of(joined: str) -> str:
    style_or_tone = "[\ufe0f\U0001f3fb-\U0001f3ff]?"
    return "\u200d".join(chr(int(code, 16)) + style_or_tone for code in joined.split("+"))


_JOINED_EMOJI = re.compile(
    "|".join(map(_pattern_of, sorted(unicode_data.JOINED_EMOJI.split(), key=len, reverse=True)))
)
