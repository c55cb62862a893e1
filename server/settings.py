"""The settings, read from environment variables. Error messages name every wrong variable.

The settings are read before anything else has loaded. So nothing slow is imported at the top, and
what only few settings need is imported in its function.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tools.catalogue import TOOLS, VENDORS
from tools.limits import Limits

# Importing `typing` takes 2 of the 30 ms until a client has its first answer.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime

KEYS = {vendor.name: vendor.key_variable for vendor in VENDORS}
"""The variable with a vendor's key, by the vendor's name."""
URLS = {vendor.name: vendor.url_variable for vendor in VENDORS}
"""The variable with a vendor's base URL, by the vendor's name."""
EXTRA_VALUES = [variable for entry in TOOLS for variable in entry.extra_values.values()]
"""The variables that add values to the enum of an argument."""
_LOG_LEVELS = ("debug", "info", "warning", "error", "critical")
_TRUE, _FALSE = ("1", "true", "yes", "on"), ("", "0", "false", "no", "off")


class SettingsError(Exception):
    """The environment is wrong. The text has all problems, one per line."""


@dataclass(frozen=True)
class Settings:
    """The settings that all commands share.

    `keys` and `urls` are by vendor name, and `extra_values` are by variable. They have only what is
    set. The `repr` does not show keys. At `sandbox_now`, the clocks of the sandbox and of the
    server stand still. No variable sets `limits.backoff_s`, which only tests change.
    """

    keys: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    urls: Mapping[str, str] = field(default_factory=dict[str, str])
    extra_values: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    sandbox: bool = False
    sandbox_now: "datetime | None" = None
    limits: Limits = Limits()
    log_level: str = "warning"

    @classmethod
    def read(cls, environ: Mapping[str, str], *, sandbox: bool | None = None) -> "Settings":
        """Read the variables in *environ*. *sandbox* is the option of the command line, if any.

        If the option asks for the sandbox, variables with keys and URLs are ignored.

        Raises:
            SettingsError: lists every problem.
        """
        reading = Reading(environ)
        keys: dict[str, str] = {}
        urls: dict[str, str] = {}
        if not sandbox:
            keys = _read_each(reading.secret, KEYS)
            urls = _read_each(reading.url, URLS)
        is_sandbox = reading.switch("INCIDENT_DESK_SANDBOX") if sandbox is None else sandbox
        if is_sandbox and keys:
            names = " and ".join(KEYS[vendor] for vendor in keys)
            reading.wrong(
                f"INCIDENT_DESK_SANDBOX is on, and {names} is set. Made-up and live data do not"
                " mix: unset one of them."
            )
        settings = cls(
            keys=keys,
            urls={} if is_sandbox else urls,
            extra_values=_extra_values(reading),
            sandbox=is_sandbox,
            sandbox_now=reading.instant("INCIDENT_DESK_SANDBOX_NOW"),
            limits=_limits(reading),
            log_level=reading.choice("INCIDENT_DESK_LOG_LEVEL", cls.log_level, _LOG_LEVELS),
        )
        if reading.problems:
            raise SettingsError("\n".join(reading.problems))
        return settings


def _read_each(read: Callable[[str], str], variables: Mapping[str, str]) -> dict[str, str]:
    """The values that are set, by vendor name. *variables* are by vendor name, too."""
    values = {}
    for vendor, variable in variables.items():
        value = read(variable)
        if value:
            values[vendor] = value
    return values


def _extra_values(reading: "Reading") -> dict[str, tuple[str, ...]]:
    values = {}
    for variable in EXTRA_VALUES:
        words = reading.words(variable)
        if words:
            values[variable] = words
    return values


def _limits(reading: "Reading") -> Limits:
    default = Limits()
    return Limits(
        timeout_s=reading.number("INCIDENT_DESK_TIMEOUT_S", default.timeout_s, 1, 3_600),
        summary_timeout_s=reading.number(
            "INCIDENT_DESK_SUMMARY_TIMEOUT_S", default.summary_timeout_s, 1, 3_600
        ),
        summary_max=reading.whole("INCIDENT_DESK_SUMMARY_MAX", default.summary_max, 100, 50_000),
        max_in_flight=reading.whole("INCIDENT_DESK_MAX_IN_FLIGHT", default.max_in_flight, 1, 256),
        requests_per_minute=reading.whole("INCIDENT_DESK_REQUESTS_PER_MINUTE", 0, 1, 100_000)
        or None,
        max_result_chars=reading.whole(
            "INCIDENT_DESK_MAX_RESULT_CHARS", default.max_result_chars, 10_000, 1_000_000
        ),
    )


class Reading:
    """Reads variables, and collects all problems, so that a person can fix them together."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.problems: list[str] = []

    def wrong(self, problem: str) -> None:
        self.problems.append(problem)

    def text(self, name: str) -> str:
        return self._environ.get(name, "").strip()

    def secret(self, name: str) -> str:
        """The variable, or the content of the file that `…_FILE` names. No problem quotes it."""
        value, path = self.text(name), self.text(f"{name}_FILE")
        if value and path:
            self.wrong(f"{name} and {name}_FILE are both set: unset one of them.")
            return ""
        if path:
            value = self._content(f"{name}_FILE", path)
        if value and not re.fullmatch(r"[\x21-\x7e]+", value):
            self.wrong(f"{name} has white space or characters that keys never have: copy it again.")
            return ""
        if value.lower().startswith(("your-", "<")) or "…" in value:
            self.wrong(f"{name} still has the example's placeholder: put your key there.")
            return ""
        return value

    def _content(self, name: str, path: str) -> str:
        from pathlib import Path

        try:
            content = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            self.wrong(f"{name} names a file that cannot be read ({type(error).__name__}).")
            return ""
        if not content:
            self.wrong(f"{name} names an empty file.")
        return content

    def url(self, name: str) -> str:
        value = self.text(name)
        if not value:
            return ""
        scheme, host = _scheme_and_host(value)
        if not host:
            self.wrong(f"{name} is not a valid base URL: give one like https://api.example.com.")
            return ""
        if scheme == "http" and not _is_loopback(host):
            self.wrong(
                f"{name} is not https. Plain http is only for this machine, because it would show"
                " the key to the network."
            )
            return ""
        return value.rstrip("/")

    def words(self, name: str) -> tuple[str, ...]:
        words = split_words(self.text(name))
        if all(re.fullmatch(r"[a-z][a-z0-9_]{0,63}", word) for word in words):
            return words
        self.wrong(f"{name} takes names in snake_case, separated by commas.")
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
            self.wrong(f"{name} takes a number from {low:,.10g} to {high:,.10g}.")
            return default
        return number

    def whole(self, name: str, default: int, low: int, high: int) -> int:
        return int(self.number(name, default, low, high))

    def instant(self, name: str) -> "datetime | None":
        value = self.text(name)
        if not value:
            return None
        from datetime import UTC, datetime

        try:
            instant = datetime.fromisoformat(value)
        except ValueError:
            self.wrong(f"{name} takes an instant such as 2026-11-22T02:00:00Z.")
            return None
        return instant if instant.tzinfo else instant.replace(tzinfo=UTC)

    def choice(self, name: str, default: str, choices: tuple[str, ...]) -> str:
        value = self.text(name).lower() or default
        if value not in choices:
            self.wrong(f"{name} takes one of {', '.join(choices)}.")
            return default
        return value

    def switch(self, name: str) -> bool:
        value = self.text(name).lower()
        if value not in (*_TRUE, *_FALSE):
            self.wrong(f"{name} takes 1 or 0.")
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


def _is_loopback(host: str) -> bool:
    from ipaddress import ip_address

    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
