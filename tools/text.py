"""Untrusted text, made safe to show.

Whatever a vendor stores was typed by somebody, or by an attacker who could trigger an alert. Nothing invisible may travel
from there to a model or a terminal, while ordinary text of any script stays as it is. So the rules look at the neighbours:
a joiner stays where a script or an emoji needs it, a variation selector only behind a character that takes one.
"""

import re
import unicodedata
from collections.abc import Callable
from urllib.parse import urlsplit

TITLE = 200
"""Characters of a title that are shown."""
TEXT = 500
"""Characters of any other text in a view."""
LONG_TEXT = 4_000
"""Characters of a text that was asked for by name."""


def clean(text: str, limit: int, *, lines: bool = False) -> str:
    """*text* without anything hidden, white space folded, cut at *limit* characters with an ellipsis.

    With *lines*, line breaks are kept (at most one empty line in a row).
    """
    # Of megabytes of hidden characters or white space, nobody needs more read.
    is_longer = len(text) > 20 * limit + 1_000
    text = text[: 20 * limit + 1_000]
    if text.isascii() and text.isprintable():
        if "  " not in text and len(text) <= limit and text[:1] != " " and text[-1:] != " ":
            return text
    elif _SUSPECT.search(text):
        text = visible(text)
    if lines:
        text = re.sub(r"\n{3,}", "\n\n", "\n".join(" ".join(line.split()) for line in text.splitlines())).strip("\n")
    else:
        text = " ".join(text.split())
    return text if len(text) <= limit and not is_longer else cut(text, limit)


def cut(text: str, limit: int) -> str:
    """The first *limit* characters at most, the last of them an ellipsis; no emoji or accented letter is torn apart."""
    end = min(limit - 1, len(text))
    while max(0, limit - 16) < end < len(text) and _tears(text, end):
        end -= 1
    # What stood between two neighbours may have lost one of them.
    return visible(text[:end]).rstrip() + "…"


def _tears(text: str, at: int) -> bool:
    """Whether a cut at *at* is in the middle of what is read as one character."""
    before, after = text[:at], text[at]
    if unicodedata.category(after).startswith("M") or _EXTENDS.match(after) or before[-1] in _JOINERS:
        return True
    # Two letters make a flag.
    return after in _FLAG_LETTERS and (at - len(before.rstrip(_FLAG_LETTERS))) % 2 == 1


def visible(text: str) -> str:
    """*text* without terminal sequences and hidden characters; white space is left alone."""
    return _HIDDEN.sub(_keep_if_needed, _TERMINAL.sub("", text))


def identifier(value: object) -> str | None:
    """An id, slug or key as it is, or None where it cannot be shown: these are never cleaned, since they are used again.

    Numbers are accepted, since vendors have changed the type of ids before. White space around one would be refused when it is
    used again.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) < 10**40 else None
    if not isinstance(value, str) or not value or len(value) > 500:
        return None
    if value.isascii():
        return value if value.isprintable() and value.strip() == value else None
    return value if visible(value) == value and value.strip() == value and not _BREAKS.search(value) else None


def link(value: object) -> str | None:
    """A http or https URL as it is, or None: other schemes, hidden characters and embedded credentials are not shown."""
    if not isinstance(value, str) or len(value) > 2_000 or re.search(r"[\s\"<>\\^`{|}]", value) or visible(value) != value:
        return None
    try:
        parts = urlsplit(value)
        host = parts.hostname
    except ValueError:
        return None
    return value if parts.scheme.lower() in ("http", "https") and host and "@" not in parts.netloc else None


def title(value: object) -> str | None:
    """A title or a name, cleaned; None for what is no text."""
    return clean(value, TITLE) if isinstance(value, str) else None


def person(value: object) -> str | None:
    """A person's name. Accounts without one carry the e-mail address in its place, which is not shown."""
    return clean(value, TITLE) or None if isinstance(value, str) and "@" not in value else None


_BREAKS = re.compile(r"[\t-\r\x1c-\x1f\x85\u2028\u2029]")

# CSI and OSC sequences with what they carry, then the shorter escapes. Their C1 forms too.
_TERMINAL = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x90\x98\x9c-\x9f]{0,4096}+(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]*[0-~]"
)

# Controls but for white space; the soft hyphen; invisible marks, joiners, selectors, fillers and tags; bidirectional controls;
# annotations; surrogates and non-characters.
_HIDDEN_CLASS = (
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\ud800-\udfff"
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    + "".join(f"{chr(plane * 0x10000 + 0xFFFE)}{chr(plane * 0x10000 + 0xFFFF)}" for plane in range(1, 17))
)
_HIDDEN = re.compile(f"[{_HIDDEN_CLASS}]")
_SUSPECT = re.compile(f"[\x1b\x9b{_HIDDEN_CLASS}]")

_EMOJI_CLASS = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u25fe\u2600-\u27bf\u2934\u2935\u2b05-\u2b55\u3030"
    "\u303d\u3297\u3299\U0001f000-\U0001faff"
)
_EMOJI = re.compile(f"[{_EMOJI_CLASS}]")
_EMOJI_END = re.compile(f"[{_EMOJI_CLASS}][\ufe0f\U0001f3fb-\U0001f3ff]?$")
_HAN = re.compile("[\u2e80-\u2fdf\u3005\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0002fffd\U00030000-\U0003fffd]")
# Characters with a standardised variant (Unicode's StandardizedVariants.txt) behind which the first three selectors stand.
_VARIANT = re.compile("[\u0030\u1000-\u109f\u2205-\u2aff\u3001\u3002\uff01-\uff61\ua856-\ua860\uaa60-\uaa7f]")
_MONGOLIAN = re.compile("[\u1820-\u18aa]")
_HIEROGLYPH = re.compile("[\U00013000-\U0001342f\U00013440-\U00013455]")
# Letters and marks of the scripts whose spelling uses joiners: Arabic, Syriac, N'Ko, those of India, Sinhala, Tibetan, Myanmar,
# Khmer, Mongolian, and the smaller Brahmic ones.
_JOINING = re.compile(
    "[\u0620-\u065f\u066e-\u06d3\u06d5-\u06ff\u0710-\u074f\u0750-\u07bf\u07ca-\u07fa\u0840-\u085b\u0860-\u08ff\u0900-\u0963\u0970-\u0df4"
    "\u0f40-\u0fbc\u1000-\u109f\u1780-\u17b3\u17b6-\u17d3\u1820-\u18aa\u1900-\u1c4f\u1cd0-\u1cff\ua800-\ua82c"
    "\ua840-\ua8ff\uaa00-\uaaff\uabc0-\uabed\ufb50-\ufdcf\ufdf0-\ufdff\ufe70-\ufefc\U00010a00-\U00011fff]"
)
_VIRAMA = re.compile(
    "[\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca\u1039\u17d2\u1b44\u1baa\ua8c4\uaaf6\U00011046\U000110b9\U00011133\U000111c0]"
)
_SUBDIVISION_FLAGS = tuple(
    "".join(chr(0xE0000 + ord(letter)) for letter in region) + "\U000e007f" for region in ("gbeng", "gbsct", "gbwls")
)
# What belongs to the character before it and is no mark: vowels and finals of old Hangul, joiners, skin tones, tags.
_EXTENDS = re.compile("[\u1160-\u11ff\ud7b0-\ud7fb\u200c\u200d\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]")
_JOINERS = "\u115f\u200c\u200d"
_FLAG_LETTERS = "".join(chr(letter) for letter in range(0x1F1E6, 0x1F200))


def _joiner(before: str, after: str) -> bool:
    if not _JOINING.match(before[-1:]):
        return False
    # Between two letters; behind a virama, which a joiner shapes even at a word's end; or behind the lone heh that Arabic
    # abbreviates the Hijra with.
    return bool(_JOINING.match(after)) or bool(_VIRAMA.match(before[-1:])) or before[-1:] == "\u0647"


def _zero_width_joiner(before: str, after: str) -> bool:
    return (bool(_EMOJI_END.search(before)) and bool(_EMOJI.match(after))) or _joiner(before, after)


def _emoji_selector(before: str, after: str) -> bool:
    if before[-1:] in tuple("0123456789#*"):
        return after.startswith("\u20e3")
    return bool(_EMOJI.match(before[-1:]))


def _first_selectors(before: str, after: str) -> bool:
    return bool(_HAN.match(before[-1:]) or _VARIANT.match(before[-1:]))


def _han_selector(before: str, after: str) -> bool:
    return bool(_HAN.match(before[-1:]))


def _mongolian(before: str, after: str) -> bool:
    return bool(_MONGOLIAN.match(before[-1:]))


def _hieroglyphic(before: str, after: str) -> bool:
    return bool(_HIEROGLYPH.match(before[-1:]) or _HIEROGLYPH.match(after))


def _hangul_filler(before: str, after: str) -> bool:
    # A filler stands for a missing part of an old syllable, beside the part that is there.
    return bool(re.match("[\u1160-\u11ff]", after[:1])) and after[:1] != "\u1160"


_NEEDED: dict[str, Callable[[str, str], bool]] = {
    "\u200c": _joiner,
    "\u200d": _zero_width_joiner,
    "\ufe0e": _emoji_selector,
    "\ufe0f": _emoji_selector,
    "\u115f": _hangul_filler,
    **dict.fromkeys("\ufe00\ufe01\ufe02", _first_selectors),
    **dict.fromkeys("\u180b\u180c\u180d\u180e\u180f", _mongolian),
    **{chr(control): _hieroglyphic for control in range(0x13430, 0x13440)},
    **{chr(selector): _han_selector for selector in range(0xE0100, 0xE01F0)},
}


def _keep_if_needed(match: re.Match[str]) -> str:
    """What stays of one hidden character, given its neighbours in the original text."""
    character, text, start = match[0], match.string, match.start()
    if "\U000e0020" <= character <= "\U000e007f":
        return character if _in_subdivision_flag(text, start) else ""
    needed = _NEEDED.get(character)
    if needed is None:
        return ""
    return character if needed(text[max(0, start - 2) : start], text[start + 1 : start + 2]) else ""


def _in_subdivision_flag(text: str, at: int) -> bool:
    flag = text.rfind("\U0001f3f4", max(0, at - 6), at)
    return flag >= 0 and text.startswith(_SUBDIVISION_FLAGS, flag + 1)
