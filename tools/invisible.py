"""Removes characters that nobody sees, except where the text next to them needs them.

A message to a model can be written in invisible characters inside any title. So each of them is
removed, unless Unicode says that its neighbours need it: it changes how they look, or where a line
may end. Where such a character may stay, its presence can still encode one bit, as it can in any
real text of that script.

| character | stays |
|---|---|
| zero-width space | beside words of scripts without spaces (Thai, Khmer) |
| zero-width non-joiner | between letters that would join; after a virama; before some suffixes |
| zero-width joiner | in emoji that Unicode recommends; beside a virama; at some words' ends |
| variation selector | after a character for which Unicode lists that selector |
| tag | in the flags of England, Scotland and Wales |
| Mongolian vowel separator, fillers | beside the letters for which they were made |
| hieroglyph format control | between hieroglyphs |

Nothing else stays, and never two of a kind in a row. Three decisions:

- Selectors from U+E0100 on never stay. They choose among up to 32 registered shapes of a Chinese
  character, so a title of such characters could hide 60 bytes. Without a selector the same
  character is shown in its usual shape.
- Hieroglyph format controls stay one by one, although there are 16. Unicode does not call them
  ignorable: where they are not supported, they are shown as boxes.
- Private-use characters stay, because they are shown as well, if only as boxes.

Sources: The Unicode Standard, chapters 9, 12, 13, 16 and 23
(https://www.unicode.org/versions/latest/); UTS #51 for emoji
(https://www.unicode.org/reports/tr51/); RFC 5892, appendix A, for joiners. The tables in
`unicode_data.py` are from the Unicode Character Database (https://www.unicode.org/reports/tr44/).
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable
from functools import cache

from tools import unicode_data

_LAST_OF_EACH_PLANE = "".join(
    chr(plane * 0x10000 + 0xFFFE) + chr(plane * 0x10000 + 0xFFFF) for plane in range(17)
)
# All of Default_Ignorable_Code_Point (DerivedCoreProperties.txt), and others that nobody sees.
_INVISIBLE = (
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"  # control characters, except white space
    "\u00ad"  # soft hyphen
    "\u034f"  # combining grapheme joiner
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # direction of text
    "\u115f\u1160\u3164\uffa0"  # Hangul fillers
    "\u17b4\u17b5"  # Khmer inherent vowels
    "\u180b-\u180d\u180f\ufe00-\ufe0f"  # variation selectors
    "\u180e"  # Mongolian vowel separator
    "\u200b-\u200d"  # zero-width space, non-joiner and joiner
    "\u2060-\u2065\u206a-\u206f"  # word joiner, operators of formulas, deprecated controls
    "\u2800"  # blank of Braille
    "\ufeff"  # byte order mark
    "\ufff0-\ufffb"  # reserved, and annotations between lines
    "\ufdd0-\ufdef"  # not characters
    "\ud800-\udfff"  # surrogates
    "\U00013430-\U0001343f"  # hieroglyph format controls
    "\U00016fe4"  # Khitan filler
    "\U0001bca0-\U0001bca3"  # shorthand format controls
    "\U0001d159\U0001d173-\U0001d17a"  # musical notation
    "\U000e0000-\U000e0fff"  # tags, more variation selectors, reserved
) + _LAST_OF_EACH_PLANE
INVISIBLE = re.compile(f"[{_INVISIBLE}]")
"""Finds an invisible character, whether it stays or not."""

_ZERO_WIDTH_SPACE = "\u200b"
_NON_JOINER = "\u200c"
_JOINER = "\u200d"
_HANGUL_FILLER = "\u115f"
_VOWEL_SEPARATOR = "\u180e"
_KHITAN_FILLER = "\U00016fe4"
_TEXT_STYLE = "\ufe0e"
_EMOJI_STYLE = "\ufe0f"
_KEYCAP = "\u20e3"
_SELECTORS = {*map(chr, range(0xFE00, 0xFE10)), "\u180b", "\u180c", "\u180d"}
_HIEROGLYPH_CONTROLS = {chr(code) for code in range(0x13430, 0x13440)}
_HIEROGLYPH = re.compile("[\U00013000-\U0001342f\U00013440-\U000143ff]")
_ARRANGEMENTS = "\U00013430-\U00013436\U00013439-\U0001343b"
_GROUP_BEGINS = "\U00013437\U0001343c\U0001343e"
_GROUP_ENDS = "\U00013438\U0001343d\U0001343f"
_KHMER_SHIFTERS = ("\u17c9", "\u17ca")
_KHMER_VOWELS = tuple(map(chr, range(0x17B6, 0x17C6)))
_FLAGS = tuple(
    "\U0001f3f4" + "".join(chr(0xE0000 + ord(letter)) for letter in region) + "\U000e007f"
    for region in ("gbeng", "gbsct", "gbwls")
)
_CLOSING = ("Pe", "Pf")
"""Unicode's categories of brackets and quotation marks that close."""
_STYLE_OR_TONE = f"[{_EMOJI_STYLE}\U0001f3fb-\U0001f3ff]"
_LOOK_BACK = 16
"""How many characters before an invisible one are searched for a letter, which may have marks."""


def without_invisible(text: str) -> str:
    """*text* without the invisible characters that its letters and emoji do not need."""
    kept: list[str] = []
    before = ""
    end = 0
    for match in _parts().finditer(text):
        plain = text[end : match.start()]
        end = match.end()
        before = (before + plain[-_LOOK_BACK:])[-_LOOK_BACK:]
        part = _needed_part(match, before)
        before += part
        kept += (plain, part)
    return "".join(kept) + text[end:]


def _needed_part(match: re.Match[str], before: str) -> str:
    """The part of a match of `_parts` that stays; *before* is the text before it."""
    if match.lastgroup == "flag":
        return match[0]
    if match.lastgroup == "emoji":
        return _emoji(match[0])
    after = match.string[match.end() : match.end() + 1]
    return _needed(match[0], before, after)


@cache
def _parts() -> re.Pattern[str]:
    """Finds a flag with tags, emoji with joiners between them, or a run of invisible characters."""
    characters = set("".join(_joined_emoji())) - {_JOINER}
    emoji = f"[{''.join(sorted(characters))}]{_STYLE_OR_TONE}?"
    return re.compile(
        f"(?P<flag>{'|'.join(_FLAGS)})"
        f"|(?P<emoji>{emoji}(?:{_JOINER}{emoji})+)"
        f"|(?P<run>[{_INVISIBLE}]+)"
    )


def _emoji(text: str) -> str:
    """Emoji with joiners between them: the joiners stay where the whole is a known emoji."""
    if re.sub(_STYLE_OR_TONE, "", text) not in _joined_emoji():
        text = text.replace(_JOINER, "")
    return re.sub(f"(.){_EMOJI_STYLE}", _needed_style, text)


def _needed_style(match: re.Match[str]) -> str:
    """An emoji with a selector: the selector stays where Unicode lists it for that emoji."""
    emoji = match[1]
    return match[0] if emoji in _variants()[_EMOJI_STYLE] else emoji


def _needed(run: str, before: str, after: str) -> str:
    """The part of a *run* of invisible characters that stays: a selector, then one other.

    *before* is the text before the run; *after* is the character after it, empty at the end.
    """
    run = "".join(filter(_MAY_STAY.__contains__, run))
    selector = run[:1] if _takes_selector(before[-1:], run[:1], after) else ""
    others = "".join(filter(_is_not_selector, run[len(selector) :]))
    return selector + _needed_once(others, before, after)


def _is_not_selector(character: str) -> bool:
    return character not in _SELECTORS


def _needed_once(run: str, before: str, after: str) -> str:
    """A repeated character stays once. Of different ones none stays: no script needs two in a row.

    Hieroglyph format controls are an exception.
    """
    if not run:
        return ""
    character = run[0]
    if character in _HIEROGLYPH_CONTROLS:
        return _hieroglyph_controls(run, before, after)
    is_repeated = not run.strip(character)
    return character if is_repeated and _RULES[character](before, after) else ""


def _takes_selector(character: str, selector: str, after: str) -> bool:
    """Whether Unicode lists *selector* for *character*."""
    if character not in _variants().get(selector, ()):
        return False
    if selector in (_TEXT_STYLE, _EMOJI_STYLE) and character.isascii():
        # A digit only takes a style on a keycap.
        return after == _KEYCAP
    return True


def _hieroglyph_controls(run: str, before: str, after: str) -> str:
    """Between two signs: the end of a group, their arrangement, the beginning of a group."""
    is_ordered = re.fullmatch(f"[{_GROUP_ENDS}]?[{_ARRANGEMENTS}]?[{_GROUP_BEGINS}]?", run)
    may_follow = run[0] in _GROUP_BEGINS or _is_hieroglyph(before[-1:])
    may_precede = run[-1] in _GROUP_ENDS or _is_hieroglyph(after)
    if is_ordered and may_follow and may_precede:
        return run
    return ""


# Each rule says whether one character stays between `before`, the text up to it, and `after`, the
# next character. Both are empty at the ends of a text.


def _keeps_zero_width_space(before: str, after: str) -> bool:
    """It says where a line may end, in scripts that put no spaces between words."""
    if not before or not after or _is_mark(after):
        return False
    without_spaces = _characters(unicode_data.WITHOUT_SPACES)
    if before[-1] in without_spaces:
        return after in without_spaces or after.isalnum()
    return after in without_spaces and _letter(before).isalnum()


def _keeps_non_joiner(before: str, after: str) -> bool:
    """It keeps two letters from joining that would join without it."""
    if before[-1:] in _characters(unicode_data.VIRAMAS):
        return True
    if before[-1:] in _KHMER_SHIFTERS:
        return after in _KHMER_VOWELS
    if after not in _characters(unicode_data.JOINS_PREVIOUS):
        return False
    letter = _letter(before)
    if letter in _characters(unicode_data.JOINS_NEXT):
        return True
    # After a foreign word or a number, a suffix has nothing to join to, but is spelled with a
    # non-joiner all the same ("API\u200c\u0647\u0627"). After a letter that only joins to the
    # letter before it, a non-joiner changes nothing.
    return letter not in _characters(unicode_data.JOINS_PREVIOUS) and _ends_word(letter)


def _keeps_joiner(before: str, after: str) -> bool:
    """It gives a letter the shape that the letter has where it joins to another."""
    viramas = _characters(unicode_data.VIRAMAS)
    if before[-1:] in viramas:
        return True
    if after in viramas:
        return before[-1:].isalpha()
    # At a word's end the letter gets its shape inside words, as in the abbreviation of the Hijra.
    is_end = not after or not (after.isalnum() or _is_mark(after))
    return is_end and _letter(before) in _characters(unicode_data.JOINS_NEXT)


def _keeps_vowel_separator(before: str, after: str) -> bool:
    """It stands between a Mongolian letter and a final a or e."""
    return "\u1820" <= _letter(before) <= "\u18aa" and after in ("\u1820", "\u1821")


def _keeps_hangul_filler(before: str, after: str) -> bool:
    """It stands for the missing first consonant of an old syllable."""
    return "\u1161" <= after <= "\u11ff" and not "\u1100" <= before[-1:] <= "\u115e"


def _keeps_khitan_filler(before: str, after: str) -> bool:
    """It follows a character of the Khitan small script."""
    return "\U00018b00" <= before[-1:] <= "\U00018cff"


_RULES: dict[str, Callable[[str, str], bool]] = {
    _ZERO_WIDTH_SPACE: _keeps_zero_width_space,
    _NON_JOINER: _keeps_non_joiner,
    _JOINER: _keeps_joiner,
    _VOWEL_SEPARATOR: _keeps_vowel_separator,
    _HANGUL_FILLER: _keeps_hangul_filler,
    _KHITAN_FILLER: _keeps_khitan_filler,
}
_MAY_STAY = _SELECTORS | _HIEROGLYPH_CONTROLS | _RULES.keys()


def _letter(before: str) -> str:
    """The last character that is not a mark, or an empty string."""
    for character in reversed(before):
        if not _is_mark(character):
            return character
    return ""


def _is_mark(character: str) -> bool:
    return unicodedata.category(character).startswith("M")


def _ends_word(character: str) -> bool:
    """Whether *character* is a letter, a digit, or a bracket or quotation mark that closes."""
    if not character:
        return False
    return character.isalnum() or unicodedata.category(character) in _CLOSING


def _is_hieroglyph(character: str) -> bool:
    return _HIEROGLYPH.match(character) is not None


@cache
def _characters(ranges: str) -> frozenset[str]:
    """The characters of a table in `unicode_data.py`."""
    characters: set[str] = set()
    for codes in ranges.split():
        first, _, last = codes.partition("-")
        characters.update(map(chr, range(int(first, 16), int(last or first, 16) + 1)))
    return frozenset(characters)


@cache
def _variants() -> dict[str, frozenset[str]]:
    """The characters for which Unicode lists each variation selector."""
    variants: dict[str, frozenset[str]] = {}
    for selector, ranges in unicode_data.VARIANTS.items():
        variants[selector] = _characters(ranges)
    for selector, characters in _chinese_variants().items():
        variants[selector] |= characters
    styled = _characters(unicode_data.EMOJI_VARIANTS)
    return variants | {_TEXT_STYLE: styled, _EMOJI_STYLE: styled}


def _chinese_variants() -> dict[str, set[str]]:
    """The Chinese characters with a variant that is also encoded by itself, for compatibility.

    Of the variants of one character, Unicode gives the first selector 1, the second selector 2, and
    so on.
    """
    variants = defaultdict[str, set[str]](set)
    count = Counter[str]()
    for code in (*range(0xF900, 0xFB00), *range(0x2F800, 0x2FA20)):
        usual = unicodedata.normalize("NFC", chr(code))
        if usual != chr(code) and len(usual) == 1:
            selector = chr(0xFE00 + count[usual])
            count[usual] += 1
            variants[selector].add(usual)
    return variants


@cache
def _joined_emoji() -> frozenset[str]:
    """The emoji that joiners make of others, without skin tones and selectors."""
    return frozenset(map(_joined, unicode_data.JOINED_EMOJI.split()))


def _joined(codes: str) -> str:
    return _JOINER.join(chr(int(code, 16)) for code in codes.split("+"))
