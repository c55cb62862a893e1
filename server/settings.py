"""Settings: the environment, read once and checked, with messages that a person understands.

The settings are read before anything else has loaded. So nothing heavy is imported here, and
what few settings need is imported where it is needed.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from tools.catalogue import TOOLS, VENDORS
from tools.limits import Limits

KEYS = {vendor.name: vendor.key_variable for vendor in VENDORS}
"""For each vendor's name, the variable with its key."""
URLS = {vendor.name: vendor.url_variable for vendor in VENDORS}
"""For each vendor's name, the variable with its base URL."""
EXTRA_VALUES = [variable for entry in TOOLS for variable in entry.extra_values.values()]
"""The variables that add values to the enum of an argument."""
_LOG_LEVELS = ("debug", "info", "warning", "error", "critical")
_TRUE, _FALSE = ("1", "true", "yes", "on"), ("", "0", "false", "no", "off")


class SettingsError(Exception):
    """What is wrong with the environment: all problems, one on each line."""


@dataclass(frozen=True)
class Settings:
    """`keys` and `urls` are by vendor name. They have only what is set, and no `repr` shows keys.

    `extra_values` are by variable. No variable sets `limits.backoff_s`: only tests change it.
    """

    keys: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    urls: Mapping[str, str] = field(default_factory=dict[str, str])
    extra_values: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    sandbox: bool = False
    limits: Limits = Limits()
    log_level: str = "warning"

    @classmethod
    def read(cls, environ: Mapping[str, str], *, sandbox: bool | None = None) -> "Settings":
        """Read *environ*. *sandbox* is what the command line says, if it says something.

        Where it asks for the sandbox, keys and URLs in the environment are ignored.

        Raises:
            SettingsError: with everything that is wrong.
        """
        reading = Reading(environ)
        is_sandbox = reading.switch("INCIDENT_DESK_SANDBOX") if sandbox is None else sandbox
        keys, urls = ({}, {}) if sandbox else (_keys(reading), _urls(reading))
        if is_sandbox and keys:
            names = " and ".join(KEYS[vendor] for vendor in keys)
            reading.wrong(
                f"INCIDENT_DESK_SANDBOX is on, and {names} is set: made-up and live data do not"
                " mix. Unset one of them."
            )
        settings = cls(
            keys=keys,
            urls={} if is_sandbox else urls,
            extra_values=_extra_values(reading),
            sandbox=is_sandbox,
            limits=_limits(reading),
            log_level=reading.choice("INCIDENT_DESK_LOG_LEVEL", cls.log_level, _LOG_LEVELS),
        )
        if reading.problems:
            raise SettingsError("\n".join(reading.problems))
        return settings


def _keys(reading: "Reading") -> dict[str, str]:
    keys = {vendor: reading.secret(variable) for vendor, variable in KEYS.items()}
    return {vendor: key for vendor, key in keys.items() if key}


def _urls(reading: "Reading") -> dict[str, str]:
    urls = {vendor: reading.url(variable) for vendor, variable in URLS.items()}
    return {vendor: url for vendor, url in urls.items() if url}


def _extra_values(reading: "Reading") -> dict[str, tuple[str, ...]]:
    values = {variable: reading.words(variable) for variable in EXTRA_VALUES}
    return {variable: words for variable, words in values.items() if words}


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
    """Reads variables, and collects what is wrong so that a person can fix it all at once."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.problems: list[str] = []

    def wrong(self, problem: str) -> None:
        self.problems.append(problem)

    def text(self, name: str) -> str:
        return self._environ.get(name, "").strip()

    def secret(self, name: str) -> str:
        """The variable, or the content of the file that `…_FILE` names. Never in a message."""
        value, path = self.text(name), self.text(f"{name}_FILE")
        if value and path:
            self.wrong(f"{name} and {name}_FILE are both set: unset one of them.")
            return ""
        if path:
            value = self._content(f"{name}_FILE", path)
        if value and not re.fullmatch(r"[\x21-\x7e]+", value):
            self.wrong(f"{name} has white space or characters that no key has: copy it again.")
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
                f"{name} is not https. Plain http, which would show the key to the network,"
                " is for this machine only."
            )
            return ""
        return value.rstrip("/")

    def words(self, name: str) -> tuple[str, ...]:
        words = [word.strip() for word in self.text(name).split(",")]
        words = [word for word in words if word]
        if all(re.fullmatch(r"[a-z][a-z0-9_]{0,63}", word) for word in words):
            return tuple(words)
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


def _scheme_and_host(url: str) -> tuple[str, str]:
    """Both in lower case; both empty if *url* is not a valid base URL."""
    # It takes 2 ms to import, and most servers start without a URL to check.
    from urllib.parse import urlsplit

    # Parts that a base URL does not have. `urlsplit` removes some white space by itself.
    if re.search(r"[\s?#]", url):
        return "", ""
    try:
        parts = urlsplit(url)
        _ = parts.port  # Raises where it is not a number up to 65,535.
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
