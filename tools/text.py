"""Makes untrusted text safe to show.

What a vendor stores was typed by people, perhaps by an attacker who could trigger an alert. Nothing
hidden in it may reach a model or a terminal. Ordinary text of any script stays as it is.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import wraps
from urllib.parse import unquote

from tools.invisible import INVISIBLE, without_invisible

TITLE = 200
"""The most characters of a title."""
TEXT = 500
"""The most characters of any other text in a view."""
LONG_TEXT = 4_000
"""The most characters of a text that was asked for by name."""

_MAX_IDENTIFIER = 500
_MAX_LINK = 2_000
_ONE_CHARACTER = 16
"""How many code points may look like one character, such as an emoji, and are kept together."""

_BLANK_BRAILLE = "\u2800"
_BREAKS = re.compile(r"[\t-\r\x1c-\x1f\x85\u2028\u2029]")

# Escape sequences of terminals (ECMA-48) with their contents: CSI, then OSC and other strings, then
# the shorter ones. Instead of the escape character and the next one, there can be one C1 character.
_TERMINAL = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x90\x98\x9c-\x9f]{0,4096}+(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]*[0-~]"
)

# Characters that belong to the one before them, although they are not marks: vowels and finals of
# old Hangul, joiners, skin tones, tags.
_EXTENDS = re.compile(
    "[\u1160-\u11ff\ud7b0-\ud7fb\u200c\u200d\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]"
)
_JOINERS = "\u115f\u200c\u200d"
_FLAG_LETTERS = "".join(chr(letter) for letter in range(0x1F1E6, 0x1F200))


def clean(text: str, limit: int, *, lines: bool = False) -> str:
    """*text* without anything hidden, with white space folded, cut at *limit* characters.

    With *lines*, line breaks are kept, and at most one empty line in a row.
    """
    if len(text) <= limit and _is_clean(text):
        return text
    fold = _folded_lines if lines else _folded
    # A text can have megabytes of hidden characters or white space: only a part of it is read.
    longest = 20 * limit + 1_000
    cleaned = fold(_without_hidden(text[:longest]))
    if len(cleaned) > limit or len(text) > longest:
        return cut(cleaned, limit)
    return cleaned


def _is_clean(text: str) -> bool:
    """Whether *text* is printable ASCII without white space to fold, as most texts are."""
    return text.isascii() and text.isprintable() and "  " not in text and text == text.strip()


def _without_hidden(text: str) -> str:
    if not INVISIBLE.search(text):
        return text
    # Braille text has a blank for a space. Elsewhere the blank only looks like a space.
    return visible(text.replace(_BLANK_BRAILLE, " "))


def _folded(text: str) -> str:
    return " ".join(text.split())


def _folded_lines(text: str) -> str:
    folded = "\n".join(map(_folded, text.splitlines()))
    return re.sub(r"\n{3,}", "\n\n", folded).strip("\n")


def clip(text: str, limit: int) -> str:
    """*text*, which is cut if it has more than *limit* characters."""
    return text if len(text) <= limit else cut(text, limit)


def cut(text: str, limit: int) -> str:
    """At most *limit* characters of *text*, the last of them an ellipsis.

    What is read as one character, such as an emoji or an accented letter, is not cut in two.
    """
    end = min(limit - 1, len(text))
    earliest = max(0, limit - _ONE_CHARACTER)
    while earliest < end < len(text) and _is_inside_character(text, end):
        end -= 1
    # A neighbour that an invisible character needs to stay may be cut off.
    return visible(text[:end]).rstrip() + "…"


def _is_inside_character(text: str, position: int) -> bool:
    """Whether the code points before and after *position* are read as one character."""
    before, after = text[:position], text[position]
    is_mark = unicodedata.category(after).startswith("M")
    if is_mark or _EXTENDS.match(after) or before[-1] in _JOINERS:
        return True
    # Two letters make a flag.
    flag_letters = len(before) - len(before.rstrip(_FLAG_LETTERS))
    return after in _FLAG_LETTERS and flag_letters % 2 == 1


def visible(text: str) -> str:
    """*text* without escape sequences and hidden characters; white space stays as it is."""
    return without_invisible(_TERMINAL.sub("", text))


def identifier(value: object) -> str | None:
    """An id, slug or key as it is, or None where it cannot be shown.

    Identifiers are sent back to the vendor, so they are never cleaned: a changed one would not be
    found. Numbers are accepted, because vendors have changed the type of ids before.
    """
    if isinstance(value, str):
        return value if _is_identifier(value) else None
    if type(value) is int and abs(value) < 10**40:
        return str(value)
    return None


def _is_identifier(text: str) -> bool:
    if not 0 < len(text) <= _MAX_IDENTIFIER or text.strip() != text:
        return False
    if text.isascii():
        return text.isprintable()
    return visible(text) == text and not _BREAKS.search(text)


def reads_text(read: Callable[[str], str | None]) -> Callable[[object], str | None]:
    """Let *read* take any value: for what is not a text, the result is None."""

    @wraps(read)
    def read_any(value: object) -> str | None:
        return read(value) if isinstance(value, str) else None

    return read_any


@reads_text
def title(text: str) -> str:
    """A title or a name, cleaned."""
    return clean(text, TITLE)


@reads_text
def person(text: str) -> str | None:
    """A person's name. Accounts without one have an e-mail address there, which is not shown."""
    if "@" in text:
        return None
    return clean(text, TITLE) or None


_MEETINGS = {
    r"meet\.google\.com": "/",
    r"whereby\.com": "/",
    r"meet\.jit\.si": "/",
}
"""Hosts of meetings, and the beginnings of paths that join one."""
_MEETINGS_OF_SUBDOMAINS = {
    r"zoom(gov)?\.(us|com)": "/(j|my|s|w|wc)/",
    r"teams\.(microsoft|live)\.(com|us)": "/.*meet",
    r"webex\.com": r"/(meet|join|.*/j\.php)",
    r"bluejeans\.com": r"/\d",
    r"(gotomeeting|goto)\.com": "/",
}
"""The same for hosts that may have subdomains."""


def _any_of(meetings: Mapping[str, str]) -> str:
    return "|".join(host + path for host, path in meetings.items())


_MEETING = re.compile(
    rf"{_any_of(_MEETINGS)}|([\w-]+\.)*({_any_of(_MEETINGS_OF_SUBDOMAINS)})",
    re.ASCII | re.IGNORECASE,
)

_NOT_IN_URL = r"\s\"<>\\^`{|}\x00-\x1f\x7f"
_LINK = re.compile(
    rf"https?://(?P<host>[^][/?#@:{_NOT_IN_URL}]+|\[[\da-f:.]+\])(:\d{{0,5}})?"
    rf"(?P<path>([/?#][^{_NOT_IN_URL}]*)?)",
    re.IGNORECASE,
)
"""An http or https URL without credentials (RFC 3986)."""
_DELIMITER = re.compile("[/?#@:]")
"""What ends a host. NFKC turns some other characters into these."""
_SLASHES = re.compile("//+")


@reads_text
def link(url: str) -> str | None:
    """An http or https URL as it is, or None.

    Not shown: other schemes, hidden characters, embedded credentials, links to join a meeting.
    """
    if len(url) > _MAX_LINK:
        return None
    parts = _LINK.fullmatch(url)
    if parts is None:
        return None
    host = unicodedata.normalize("NFKC", parts["host"])
    if _is_deceptive(url, host) or _joins_meeting(host, parts["path"]):
        return None
    return url


def _is_deceptive(url: str, host: str) -> bool:
    """Whether *url* hides something, or leads elsewhere than it seems to."""
    if url.isascii():
        return False
    return visible(url) != url or _DELIMITER.search(host) is not None


def _joins_meeting(host: str, path: str) -> bool:
    # The rules for meetings are written for one spelling of hosts and paths.
    plain_host = host.replace("\u3002", ".").rstrip(".")
    plain_path = _SLASHES.sub("/", unquote(path))
    return _MEETING.match(plain_host + plain_path) is not None
