"""The environment, read once and checked, with messages that a person understands.

Nothing heavy is imported here, and what few need only where it is needed: the settings are known before the rest has loaded.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from tools.catalogue import TOOLS, VENDORS
from tools.limits import Limits

KEYS = {vendor.name: vendor.key_variable for vendor in VENDORS}
"""By the vendor's name, the variable with its key."""
URLS = {vendor.name: vendor.url_variable for vendor in VENDORS}
EXTRA_VALUES = [variable for entry in TOOLS for variable in entry.extra_values.values()]
"""The variables that add values to an argument's enum."""
_LOG_LEVELS = ("debug", "info", "warning", "error", "critical")
_TRUE, _FALSE = ("1", "true", "yes", "on"), ("", "0", "false", "no", "off")


class SettingsError(Exception):
    """What is wrong with the environment; every problem at once, one a line."""


@dataclass(frozen=True)
class Settings:
    """`keys` and `urls` are by vendor name, and have only what is set. Keys never appear in a `repr`.

    No variable sets `limits.backoff_s`: only tests change it.
    """

    keys: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    urls: Mapping[str, str] = field(default_factory=dict[str, str])
    extra_values: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    sandbox: bool = False
    limits: Limits = Limits()
    log_level: str = "warning"

    @classmethod
    def read(cls, environ: Mapping[str, str], *, sandbox: bool | None = None) -> "Settings":
        """Read *environ*. *sandbox* is the command line's word on it; when it says so, keys and URLs are ignored.

        Raises:
            SettingsError: with everything that is wrong.
        """
        reading = Reading(environ)
        on = reading.switch("INCIDENT_DESK_SANDBOX") if sandbox is None else sandbox
        live = not on or sandbox is None
        keys = {
            vendor: key for vendor, name in KEYS.items() if live and (key := reading.secret(name))
        }
        urls = {vendor: url for vendor, name in URLS.items() if live and (url := reading.url(name))}
        if on and keys:
            names = " and ".join(KEYS[vendor] for vendor in keys)
            reading.wrong(
                f"INCIDENT_DESK_SANDBOX is on, and {names} is set: made-up and live data do not mix. Unset one of them."
            )
        settings = cls(
            keys=keys,
            urls={} if on else urls,
            extra_values={
                variable: values for variable in EXTRA_VALUES if (values := reading.words(variable))
            },
            sandbox=on,
            limits=_limits(reading),
            log_level=reading.choice("INCIDENT_DESK_LOG_LEVEL", cls.log_level, _LOG_LEVELS),
        )
        if reading.problems:
            raise SettingsError("\n".join(reading.problems))
        return settings


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
    """Collects problems, so that a person mends all of them at once."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.problems: list[str] = []

    def wrong(self, problem: str) -> None:
        self.problems.append(problem)

    def text(self, name: str) -> str:
        return self._environ.get(name, "").strip()

    def secret(self, name: str) -> str:
        """The variable, or the content of the file that `…_FILE` names. The value itself is never told."""
        value, path = self.text(name), self.text(f"{name}_FILE")
        if value and path:
            self.wrong(f"{name} and {name}_FILE are both set: unset one of them.")
            return ""
        if path:
            from pathlib import Path

            try:
                value = Path(path).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                self.wrong(
                    f"{name}_FILE names a file that cannot be read ({type(error).__name__})."
                )
                return ""
            if not value:
                self.wrong(f"{name}_FILE names an empty file.")
        if value and not re.fullmatch(r"[\x21-\x7e]+", value):
            self.wrong(f"{name} has white space or characters that no key has: copy it again.")
            return ""
        if value.lower().startswith(("your-", "<")) or "…" in value:
            self.wrong(f"{name} still has the example's placeholder: put your key there.")
            return ""
        return value

    def url(self, name: str) -> str:
        value = self.text(name)
        if not value:
            return ""
        # Without urllib.parse, which would take a sixth of the time until a client has its first answer.
        parts = re.fullmatch(
            r"(https?)://([^\s/?#@:\[\]]+|\[[\da-f:.]+\])(?::(\d{1,5}))?(?:/[^\s?#]*)?",
            value.lower(),
        )
        scheme, host, port = parts.groups() if parts else ("", "", "")
        if not parts or int(port or 0) > 65_535:
            self.wrong(f"{name} is not a valid base URL: give one like https://api.example.com.")
        elif (
            scheme == "http"
            and host not in ("localhost", "[::1]")
            and not re.fullmatch(r"127(\.\d{1,3}){3}", host)
        ):
            self.wrong(
                f"{name} is not https. Plain http, which would show the key to the network, is for this machine only."
            )
        else:
            return value.rstrip("/")
        return ""

    def words(self, name: str) -> tuple[str, ...]:
        words = tuple(word.strip() for word in self.text(name).split(",") if word.strip())
        for word in words:
            if not re.fullmatch(r"[a-z][a-z0-9_]{0,63}", word):
                self.wrong(f"{name} takes names in snake_case, separated by commas.")
                return ()
        return words

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
