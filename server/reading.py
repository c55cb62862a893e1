"""Reads variables of the environment, and collects problems and warnings.

The settings are read before anything else has loaded. So nothing slow is imported at the top, and
what only few settings need is imported in its function.
"""

import re
from collections.abc import Mapping

from server.instants import EXPECTED_INSTANT, parse_instant
from server.setting_names import NAMES

# Importing `typing` takes 2 of the 30 ms until a client has its first answer.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime

_TRUE, _FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off")
_QUOTES = "\"'`“”„‘’‚«»"
_PLACEHOLDERS = (
    r"\$\{.*\}",  # ${ROOTLY_API_TOKEN}, ${env:ROOTLY_API_TOKEN}, ${input:rootly}
    r"\$\(.*\)",
    r"\{\{.*\}\}",
    r"\{(env|file|input):.*\}",
)
"""Patterns of what a host replaces by a value, if it knows the name."""
_WHOLE_PLACEHOLDERS = (*_PLACEHOLDERS, r"\$(env:)?[A-Za-z_]\w*", r"%[A-Za-z_]\w*%")
_PLACEHOLDER_MARKS = frozenset("$%{")
"""Every placeholder has one of them.

They are looked for first, because compiling the patterns takes 0.5 ms.
"""
_MAX_KEY_FILE_BYTES = 16 * 1024
_HEADER_BEGINNINGS = ("bearer ", "bearer:", "authorization:", "token ")
_EXAMPLE_BEGINNINGS = ("your-", "your_", "your ", "<")
_ELLIPSES = ("…", "...")


def is_placeholder(value: str) -> bool:
    """Whether the whole *value* is a placeholder that the host did not replace."""
    if _PLACEHOLDER_MARKS.isdisjoint(value):
        return False
    return any(re.fullmatch(pattern, value) for pattern in _WHOLE_PLACEHOLDERS)


def _contains_placeholder(value: str) -> bool:
    if _PLACEHOLDER_MARKS.isdisjoint(value):
        return False
    return any(re.search(pattern, value) for pattern in _PLACEHOLDERS)


def _is_example(key: str) -> bool:
    """Whether *key* is only what examples have in place of a key."""
    if key.lower().startswith(_EXAMPLE_BEGINNINGS):
        return True
    return any(ellipsis in key for ellipsis in _ELLIPSES)


def read_start(path: str, size: int) -> bytes:
    """The first *size* bytes of a file. A device such as /dev/zero has no end.

    Raises:
        OSError, ValueError: it cannot be read.
    """
    # Importing pathlib takes 4 ms, and clients wait for the first answer.
    with open(path, "rb") as file:  # noqa: PTH123
        return file.read(size)


class Reading:
    """Reads settings, and collects all problems, so that a person can correct them together.

    A placeholder that the host did not replace counts as not set, with a warning. Without
    *allows_placeholders* it is a problem. Messages never quote a value.
    """

    def __init__(self, environ: Mapping[str, str], *, allows_placeholders: bool = True) -> None:
        self._environ = environ
        self._allows_placeholders = allows_placeholders
        self.problems: list[str] = []
        self.warnings: list[str] = []

    def add_problem(self, problem: str) -> None:
        if problem not in self.problems:
            self.problems.append(problem)

    def add_warning(self, warning: str) -> None:
        if warning not in self.warnings:
            self.warnings.append(warning)

    def text(self, name: str) -> str:
        """The value of the variable. Empty if it is not set, or if it has an obvious mistake."""
        if name not in NAMES:
            raise KeyError(f"{name} is missing in server.setting_names")
        return self._without_mistake(name, self._environ.get(name, "").strip())

    def _without_mistake(self, subject: str, value: str) -> str:
        """*value*, or an empty text if it is a placeholder, contains one, or is in quotes.

        Messages begin with *subject*.
        """
        if not value:
            return ""
        if value[0] in _QUOTES or value[-1] in _QUOTES:
            self.add_problem(f"{subject} has quotation marks around its value: remove them.")
            return ""
        if is_placeholder(value) and self._allows_placeholders:
            self.add_warning(
                f"{subject} has a placeholder that was not replaced, so it counts as not set. Put"
                " the value itself there, or define what the placeholder names where the host sees"
                " it."
            )
            return ""
        if is_placeholder(value) or _contains_placeholder(value):
            self.add_problem(
                f"{subject} has a placeholder that was not replaced: put the value there."
            )
            return ""
        return value

    def secret(self, name: str) -> str:
        """The variable, or the content of the file that `…_FILE` names."""
        value, path = self.text(name), self.text(f"{name}_FILE")
        if value and path:
            self.add_problem(f"{name} and {name}_FILE are both set: unset one of them.")
            return ""
        if not path:
            return self._key(name, value)
        return self.secret_file(f"{name}_FILE", path)

    def secret_file(self, name: str, path: str) -> str:
        """The secret in the file at *path*, which *name* names. Empty if it has none."""
        subject = f"{name} names a file that"
        content = self._content(subject, path)
        return self._key(subject, self._without_mistake(subject, content))

    def _key(self, subject: str, value: str) -> str:
        """*value*, or an empty text if it cannot be a key. Messages begin with *subject*."""
        if not value:
            return ""
        if _is_example(value) and not self._allows_placeholders:
            self.add_problem(f"{subject} still has the example's placeholder: put the key there.")
            return ""
        if _is_example(value):
            self.add_warning(
                f"{subject} still has the example's placeholder, so it counts as not set. Put your"
                " key there, or remove the variable."
            )
            return ""
        if value.lower().startswith(_HEADER_BEGINNINGS):
            self.add_problem(
                f'{subject} begins like a header, such as "Bearer …": give only the key.'
            )
            return ""
        if not re.fullmatch(r"[\x21-\x7e]+", value):
            self.add_problem(
                f"{subject} has white space or characters that keys never have: copy it again."
            )
            return ""
        return value

    def _content(self, subject: str, path: str) -> str:
        try:
            content = read_start(path, _MAX_KEY_FILE_BYTES + 1)
            # Some editors of Windows begin a file with a byte order mark.
            text = content.decode("utf-8-sig").strip()
        except (OSError, ValueError) as error:
            self.add_problem(
                f"{subject} cannot be read ({type(error).__name__}): check the path, and who may"
                " read the file."
            )
            return ""
        if len(content) > _MAX_KEY_FILE_BYTES:
            self.add_problem(f"{subject} is too long for a key: give a file with only the key.")
            return ""
        if not text:
            self.add_problem(f"{subject} is empty: put the key into it.")
        return text

    def url(self, name: str) -> str:
        value = self.text(name)
        if not value:
            return ""
        scheme, host = _scheme_and_host(value)
        if not host:
            self.add_problem(
                f"{name} is not a valid base URL: give one like https://api.example.com."
            )
            return ""
        if scheme == "http" and not is_loopback(host):
            self.add_problem(
                f"{name} is not https. Plain http is only for this machine, because it would show"
                " the key to the network."
            )
            return ""
        return value.rstrip("/")

    def words(self, name: str) -> tuple[str, ...]:
        words = split_words(self.text(name))
        if all(re.fullmatch(r"[a-z][a-z0-9_]{0,63}", word) for word in words):
            return words
        self.add_problem(f"{name} takes names in snake_case, separated by commas.")
        return ()

    def number(self, name: str, default: float, low: float, high: float) -> float:
        value = self.text(name)
        if not value:
            return default
        try:
            number = float(value)
        except ValueError:
            number = float("nan")
        if not low <= number <= high:
            self.add_problem(f"{name} takes a number from {low:,.10g} to {high:,.10g}.")
            return default
        return number

    def integer(self, name: str, default: int, low: int, high: int) -> int:
        number = float(self.number(name, default, low, high))
        if number.is_integer():
            return int(number)
        self.add_problem(f"{name} takes a whole number.")
        return default

    def instant(self, name: str) -> "datetime | None":
        value = self.text(name)
        if not value:
            return None
        try:
            return parse_instant(value)
        except ValueError:
            self.add_problem(f"{name} {EXPECTED_INSTANT}.")
            return None

    def choice(self, name: str, default: str, choices: tuple[str, ...]) -> str:
        value = self.text(name).lower() or default
        if value not in choices:
            self.add_problem(f"{name} takes one of {', '.join(choices)}.")
            return default
        return value

    def switch(self, name: str, *, default: bool = False) -> bool:
        value = self.text(name).lower()
        if not value:
            return default
        if value not in (*_TRUE, *_FALSE):
            self.add_problem(f"{name} takes 1 or 0.")
        return value in _TRUE


def split_words(text: str) -> tuple[str, ...]:
    """The words of *text*, separated by commas, without the white space around them."""
    words = [word.strip() for word in text.split(",")]
    return tuple(word for word in words if word)


def _scheme_and_host(url: str) -> tuple[str, str]:
    """The scheme and host in lower case; both empty if *url* is not a valid base URL."""
    # This takes 2 ms to import, and most servers start without a URL to check.
    from urllib.parse import urlsplit

    # A base URL has no query and no fragment. `urlsplit` would remove some white space by itself.
    if re.search(r"[\s?#]", url):
        return "", ""
    try:
        parts = urlsplit(url)
        _ = parts.port  # Raises ValueError if it is not a number up to 65,535.
    except ValueError:
        return "", ""
    if parts.scheme not in ("http", "https") or "@" in parts.netloc:
        return "", ""
    return parts.scheme, parts.hostname or ""


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach *host*."""
    from ipaddress import ip_address

    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
