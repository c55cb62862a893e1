"""Untrusted text, made safe to show.

Whatever a vendor stores was typed by somebody, or by an attacker who could trigger an alert. Nothing hidden may travel from
there to a model or a terminal, while ordinary text of any script stays as it is.
"""

import re
import unicodedata
from functools import lru_cache
from urllib.parse import unquote

from tools.invisible import INVISIBLE, without_invisible

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
    if _is_clean(text) and len(text) <= limit:
        return text
    # Nobody needs more of megabytes of hidden characters or white space.
    is_longer = len(text) > 20 * limit + 1_000
    text = text[: 20 * limit + 1_000]
    if INVISIBLE.search(text):
        # Braille text has a blank for a space. Elsewhere the blank only looks like one.
        text = visible(text.replace("\u2800", " "))
    if lines:
        text = re.sub(
            r"\n{3,}", "\n\n", "\n".join(" ".join(line.split()) for line in text.splitlines())
        ).strip("\n")
    else:
        text = " ".join(text.split())
    return text if len(text) <= limit and not is_longer else cut(text, limit)


def _is_clean(text: str) -> bool:
    """Whether *text* is plain ASCII without white space to fold, as most texts are."""
    return text.isascii() and text.isprintable() and "  " not in text and text == text.strip()


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
    if (
        unicodedata.category(after).startswith("M")
        or _EXTENDS.match(after)
        or before[-1] in _JOINERS
    ):
        return True
    # Two letters make a flag.
    return after in _FLAG_LETTERS and (at - len(before.rstrip(_FLAG_LETTERS))) % 2 == 1


def visible(text: str) -> str:
    """*text* without terminal sequences and hidden characters; white space is left alone."""
    return without_invisible(_TERMINAL.sub("", text))


def identifier(value: object) -> str | None:
    """An id, slug or key as it is, or None where it cannot be shown: these are never cleaned, since they are used again.

    Numbers are accepted, since vendors have changed the type of ids before. White space around one would be refused when it is
    used again.
    """
    if isinstance(value, str):
        return _identifier(value) if 0 < len(value) <= 500 else None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) < 10**40 else None
    return None


@lru_cache(maxsize=2_048)
def _identifier(text: str) -> str | None:
    # The same few slugs and types stand in each row of a page.
    if text.isascii():
        return text if text.isprintable() and text.strip() == text else None
    return (
        text
        if visible(text) == text and text.strip() == text and not _BREAKS.search(text)
        else None
    )


_MEETING = re.compile(
    r"meet\.google\.com/|([\w-]+\.)*zoom(gov)?\.(us|com)/(j|my|s|w|wc)/|([\w-]+\.)*teams\.(microsoft|live)\.(com|us)/.*meet"
    r"|([\w-]+\.)*webex\.com/(meet|join|.*/j\.php)|whereby\.com/|meet\.jit\.si/|([\w-]+\.)*bluejeans\.com/\d"
    r"|([\w-]+\.)*(gotomeeting|goto)\.com/",
    re.ASCII | re.IGNORECASE,
)
"""Host and path of links to join a meeting with."""


def link(value: object) -> str | None:
    """A http or https URL as it is, or None.

    Other schemes, hidden characters, embedded credentials and links to join a meeting with are not shown.
    """
    if not isinstance(value, str) or len(value) > 2_000 or not (parts := _LINK.fullmatch(value)):
        return None
    if not value.isascii() and (
        visible(value) != value or _DELIMITER.search(unicodedata.normalize("NFKC", parts["host"]))
    ):
        return None
    return None if _MEETING.match(_plain(parts["host"], parts["path"])) else value


def _plain(host: str, path: str) -> str:
    """A host and a path in the one of their spellings that rules are written for."""
    host = unicodedata.normalize("NFKC", host).replace("\u3002", ".").rstrip(".")
    return f"{host}{_SLASHES.sub('/', unquote(path))}"


_SLASHES = re.compile("/+")


_LINK = re.compile(
    r"https?://(?P<host>[^][/?#@:\s\"<>\\^`{|}\x00-\x1f\x7f]+|\[[\da-f:.]+\])(:\d{0,5})?(?P<path>([/?#][^\s\"<>\\^`{|}\x00-\x1f\x7f]*)?)",
    re.IGNORECASE,
)
"""A http or https URL without credentials."""
_DELIMITER = re.compile("[/?#@:]")
"""What ends a host: other characters may be taken for one of these."""


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

# What belongs to the character before it and is no mark: vowels and finals of old Hangul, joiners, skin tones, tags.
_EXTENDS = re.compile(
    "[\u1160-\u11ff\ud7b0-\ud7fb\u200c\u200d\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]"
)
_JOINERS = "\u115f\u200c\u200d"
_FLAG_LETTERS = "".join(chr(letter) for letter in range(0x1F1E6, 0x1F200))
