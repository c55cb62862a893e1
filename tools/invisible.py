"""Characters that nobody sees, and which of them stay.

A message to a model can be written in invisible characters, inside any title. So each of them is removed, unless Unicode
says that its neighbours need it: then it changes how they look, or where a line may end. One that stays can still carry a
bit, but only one that real text of that script carries too.

| character | stays |
|---|---|
| zero-width space | between two words of a script without spaces (Thai, Khmer), or between such a word and another |
| zero-width non-joiner | between two letters that would join; after a virama; before a suffix of a word in another script |
| zero-width joiner | in an emoji that Unicode recommends; beside a virama; after a word's last letter, if that would join |
| variation selector | after a character for which Unicode lists that selector |
| tag | in the flags of England, Scotland and Wales |
| Mongolian vowel separator, fillers, hieroglyph controls | beside the letters for which they were made |

Nothing else stays, and never two of a kind in a row. Three decisions:

- Selectors from U+E0100 on never stay. They choose among the registered shapes of one Chinese character, up to 32 of them, so
  that a title of such characters could hide 60 bytes. Without the selector, the same character is shown in its usual shape.
- Hieroglyph controls stay one by one, although there are 16. Unicode does not call them ignorable: where they are not
  supported, they are shown as boxes.
- Private-use characters are no concern here, since they are shown too, if only as boxes.

Sources: The Unicode Standard, chapters 9, 12, 13, 16 and 23; RFC 5892, appendix A (joiners); UTS #51 (emoji).
"""

import re
import unicodedata
from collections.abc import Callable
from functools import cache

from tools import unicode_data

# Controls except white space; blanks with a width; and everything of which Unicode says that it is ignored where it cannot be
# shown: the soft hyphen, joiners, selectors, fillers, tags, bidirectional controls. Then annotations, hieroglyph controls,
# surrogates and non-characters.
_INVISIBLE = (
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u2800\u3164\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\ud800-\udfff"
    "\U00013430-\U0001343f\U00016fe4\U0001bca0-\U0001bca3\U0001d159\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"
    + "".join(
        f"{chr(plane * 0x10000 + 0xFFFE)}{chr(plane * 0x10000 + 0xFFFF)}" for plane in range(1, 17)
    )
)
INVISIBLE = re.compile(f"[{_INVISIBLE}]")
"""Finds an invisible character, whether it stays or not."""

_JOINER = "\u200d"
_FLAGS = tuple(
    "\U0001f3f4" + "".join(chr(0xE0000 + ord(letter)) for letter in region) + "\U000e007f"
    for region in ("gbeng", "gbsct", "gbwls")
)
_STYLE_OR_TONE = "[\ufe0f\U0001f3fb-\U0001f3ff]"
_LOOK_BACK = 16
"""Characters before an invisible one in which a letter with all its marks is looked for."""


def without_invisible(text: str) -> str:
    """*text* without the invisible characters that its letters and emoji do not need."""
    kept: list[str] = []
    before = ""
    end = 0
    for match in _parts().finditer(text):
        plain = text[end : match.start()]
        end = match.end()
        before = (before + plain[-_LOOK_BACK:])[-_LOOK_BACK:]
        if match.lastgroup == "flag":
            part = match[0]
        elif match.lastgroup == "emoji":
            part = _emoji(match[0])
        else:
            part = _needed(match[0], before, text[end : end + 1])
        before += part
        kept += (plain, part)
    return "".join(kept) + text[end:]


@cache
def _parts() -> re.Pattern[str]:
    """Finds a flag with tags, emoji with joiners between them, or a run of invisible characters."""
    emoji = f"[{''.join(sorted({part for joined in _joined_emoji() for part in joined} - {_JOINER}))}]{_STYLE_OR_TONE}?"
    return re.compile(
        f"(?P<flag>{'|'.join(_FLAGS)})|(?P<emoji>{emoji}(?:{_JOINER}{emoji})+)|(?P<run>[{_INVISIBLE}]+)"
    )


def _emoji(text: str) -> str:
    """Emoji with joiners between them: the joiners stay where the whole is a known emoji."""
    if re.sub(_STYLE_OR_TONE, "", text) not in _joined_emoji():
        text = text.replace(_JOINER, "")
    styled = _variants()["\ufe0f"]
    return re.sub("(.)\ufe0f", lambda match: match[0] if match[1] in styled else match[1], text)


def _needed(run: str, before: str, after: str) -> str:
    """What stays of a run of invisible characters: a selector, then a joiner or a space."""
    run = "".join(filter(_MAY_STAY.__contains__, run))
    selector = run[:1] if _takes_selector(before[-1:], run[:1], after) else ""
    joiners = "".join(
        character for character in run[len(selector) :] if character not in _SELECTORS
    )
    return selector + _joiner(joiners, before, after)


def _joiner(run: str, before: str, after: str) -> str:
    """One joiner, also where it was repeated; nothing where different ones stand in a row, which no script needs."""
    if not run:
        return ""
    if run[0] in _HIEROGLYPH_CONTROLS:
        return _hieroglyph_controls(run, before, after)
    return run[0] if not run.strip(run[0]) and _RULES[run[0]](before, after) else ""


def _takes_selector(character: str, selector: str, after: str) -> bool:
    if character not in _variants().get(selector, ()):
        return False
    # A digit takes the styles of emoji only where it is on a keycap.
    return selector not in ("\ufe0e", "\ufe0f") or not character.isascii() or after == "\u20e3"


def _zero_width_space(before: str, after: str) -> bool:
    if not before or not after or _is_mark(after):
        return False
    without_spaces = _characters(unicode_data.WITHOUT_SPACES)
    if before[-1] in without_spaces:
        return after in without_spaces or after.isalnum()
    return after in without_spaces and _letter(before).isalnum()


def _zero_width_non_joiner(before: str, after: str) -> bool:
    if before[-1:] in _characters(unicode_data.VIRAMAS):
        return True
    if before[-1:] in _KHMER_SHIFTERS:
        return after in _KHMER_VOWELS
    if after not in _characters(unicode_data.JOINS_PREVIOUS):
        return False
    # A suffix of a foreign word or of a number ("API\u200c\u0647\u0627") joins to nothing, but it is spelled with a non-joiner
    # all the same. After a letter that joins only to the one before it, nothing changes.
    letter = _letter(before)
    joins_to_nothing = letter not in _characters(unicode_data.JOINS_PREVIOUS) and _ends_word(letter)
    return letter in _characters(unicode_data.JOINS_NEXT) or joins_to_nothing


def _zero_width_joiner(before: str, after: str) -> bool:
    viramas = _characters(unicode_data.VIRAMAS)
    if before[-1:] in viramas:
        return True
    if after in viramas:
        return before[-1:].isalpha()
    # At a word's end the joiner gives a letter the shape that it has inside a word, as in the abbreviation of the Hijra.
    is_end = not after or not (after.isalnum() or _is_mark(after))
    return is_end and _letter(before) in _characters(unicode_data.JOINS_NEXT)


def _vowel_separator(before: str, after: str) -> bool:
    return "\u1820" <= _letter(before) <= "\u18aa" and after in ("\u1820", "\u1821")


def _hangul_filler(before: str, after: str) -> bool:
    # It stands for the missing first consonant of an old syllable.
    return "\u1161" <= after <= "\u11ff" and not "\u1100" <= before[-1:] <= "\u115e"


def _khitan_filler(before: str, after: str) -> bool:
    return "\U00018b00" <= before[-1:] <= "\U00018cff"


def _hieroglyph_controls(run: str, before: str, after: str) -> str:
    """Between two signs: the end of a group, how the signs are arranged, the beginning of a group."""
    if not re.fullmatch(f"[{_GROUP_ENDS}]?[{_ARRANGEMENTS}]?[{_GROUP_BEGINS}]?", run):
        return ""
    if run[0] not in _GROUP_BEGINS and not _is_hieroglyph(before[-1:]):
        return ""
    return run if run[-1] in _GROUP_ENDS or _is_hieroglyph(after) else ""


def _letter(before: str) -> str:
    """The last character that is no mark, or an empty string."""
    return next((character for character in reversed(before) if not _is_mark(character)), "")


def _is_mark(character: str) -> bool:
    return unicodedata.category(character).startswith("M")


def _ends_word(character: str) -> bool:
    return character.isalnum() or (
        character != "" and unicodedata.category(character) in ("Pe", "Pf")
    )


def _is_hieroglyph(character: str) -> bool:
    return "\U00013000" <= character <= "\U0001342f" or "\U00013440" <= character <= "\U000143ff"


@cache
def _characters(ranges: str) -> frozenset[str]:
    """The characters of a table in `unicode_data.py`."""
    found: set[str] = set()
    for codes in ranges.split():
        first, _, last = codes.partition("-")
        found.update(map(chr, range(int(first, 16), int(last or first, 16) + 1)))
    return frozenset(found)


@cache
def _variants() -> dict[str, frozenset[str]]:
    """The characters after which each variation selector stands."""
    variants = {selector: _characters(ranges) for selector, ranges in unicode_data.VARIANTS.items()}
    for selector, characters in _chinese_variants().items():
        variants[selector] |= characters
    styled = _characters(unicode_data.EMOJI_VARIANTS)
    return variants | {"\ufe0e": styled, "\ufe0f": styled}


def _chinese_variants() -> dict[str, set[str]]:
    """The Chinese characters with a variant that is also encoded by itself, for compatibility.

    Of the variants of one character, Unicode gives the first one selector 1, the second one selector 2, and so on.
    """
    variants: dict[str, set[str]] = {}
    seen: dict[str, int] = {}
    for code in (*range(0xF900, 0xFB00), *range(0x2F800, 0x2FA20)):
        usual = unicodedata.normalize("NFC", chr(code))
        if usual != chr(code) and len(usual) == 1:
            number = seen.setdefault(usual, 0)
            seen[usual] += 1
            variants.setdefault(chr(0xFE00 + number), set()).add(usual)
    return variants


@cache
def _joined_emoji() -> frozenset[str]:
    """The emoji that consist of others, with joiners between them, without skin tones and selectors."""
    return frozenset(
        _JOINER.join(chr(int(code, 16)) for code in joined.split("+"))
        for joined in unicode_data.JOINED_EMOJI.split()
    )


_KHMER_SHIFTERS = ("\u17c9", "\u17ca")
_KHMER_VOWELS = tuple(map(chr, range(0x17B6, 0x17C6)))
_ARRANGEMENTS = "\U00013430-\U00013436\U00013439-\U0001343b"
_GROUP_BEGINS = "\U00013437\U0001343c\U0001343e"
_GROUP_ENDS = "\U00013438\U0001343d\U0001343f"
_HIEROGLYPH_CONTROLS = {chr(code) for code in range(0x13430, 0x13440)}

_RULES: dict[str, Callable[[str, str], bool]] = {
    "\u115f": _hangul_filler,
    "\u180e": _vowel_separator,
    "\u200b": _zero_width_space,
    "\u200c": _zero_width_non_joiner,
    "\u200d": _zero_width_joiner,
    "\U00016fe4": _khitan_filler,
}
_SELECTORS = {*map(chr, range(0xFE00, 0xFE10)), "\u180b", "\u180c", "\u180d"}
_MAY_STAY = _SELECTORS | _HIEROGLYPH_CONTROLS | _RULES.keys()
