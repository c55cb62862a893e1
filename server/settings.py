"""The settings that all commands share, read from environment variables."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from server.misspelt_names import misspelt
from server.reading import Reading
from server.setting_names import EXTRA_VALUES as EXTRA_VALUES
from server.setting_names import KEY_FILES, PREFIX
from server.setting_names import KEYS as KEYS
from server.setting_names import URLS as URLS
from tools.catalogue import VENDORS
from tools.limits import Limits

# Importing `typing` takes 2 of the 30 ms until a client has its first answer.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime

_SANDBOX = f"{PREFIX}SANDBOX"
_LOG_LEVELS = ("debug", "info", "warning", "error", "critical")


class SettingsError(Exception):
    """The environment is wrong. The text has all problems, one per line."""


@dataclass(frozen=True)
class Settings:
    """The settings that all commands share.

    `keys` and `urls` are by vendor name, and `extra_values` are by variable. They have only what is
    set. The `repr` does not show keys. At `sandbox_now`, the clocks of the sandbox and of the
    server stand still. No variable sets `limits.backoff_s`, which only tests change.

    `problems` says what is wrong. If there is a problem, no tool may run: what the operator wants
    is not known. `warnings` says what counts as not set, and which names are misspelt. No problem
    and no warning quotes a value.
    """

    keys: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    urls: Mapping[str, str] = field(default_factory=dict[str, str])
    extra_values: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    sandbox: bool = False
    sandbox_now: "datetime | None" = None
    limits: Limits = Limits()
    log_level: str = "warning"
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @classmethod
    def read(
        cls,
        environ: Mapping[str, str],
        *,
        sandbox: bool | None = None,
        keep_problems: bool = False,
    ) -> "Settings":
        """Read the variables in *environ*. *sandbox* is the option of the command line, if any.

        If the option asks for the sandbox, variables with keys and URLs are ignored.

        Raises:
            SettingsError: lists every problem. With *keep_problems*, they are in the result.
        """
        reading = Reading(environ)
        keys: dict[str, str] = {}
        urls: dict[str, str] = {}
        if not sandbox:
            keys = _read_each(reading.secret, KEYS)
            urls = _read_each(reading.url, URLS)
            _check_urls(reading, urls)
        is_sandbox = reading.switch(_SANDBOX) if sandbox is None else sandbox
        if is_sandbox:
            _refuse_keys(reading, keys)
        elif keys:
            _check_network(reading, environ, _urls_in_use(keys, urls))
        else:
            _warn_of_empty_keys(reading, environ)
        _warn_of_misspelt_names(reading, environ)
        settings = cls(
            keys=keys,
            urls={} if is_sandbox else urls,
            extra_values=_extra_values(reading),
            sandbox=is_sandbox,
            sandbox_now=reading.instant(f"{_SANDBOX}_NOW"),
            limits=_limits(reading),
            log_level=reading.choice(f"{PREFIX}LOG_LEVEL", cls.log_level, _LOG_LEVELS),
            # These come last: reading all others has filled them.
            problems=tuple(reading.problems),
            warnings=tuple(reading.warnings),
        )
        if not keep_problems:
            settings.check()
        return settings

    def check(self) -> None:
        """Make sure that nothing is wrong.

        Raises:
            SettingsError: lists every problem.
        """
        if self.problems:
            raise SettingsError("\n".join(self.problems))


def _read_each(read: Callable[[str], str], variables: Mapping[str, str]) -> dict[str, str]:
    """The values that are set, by vendor name. *variables* are by vendor name, too."""
    values = {}
    for vendor, variable in variables.items():
        value = read(variable)
        if value:
            values[vendor] = value
    return values


def _check_urls(reading: Reading, urls: Mapping[str, str]) -> None:
    """Refuse URLs that end with a part of the paths of our requests, such as /v1."""
    for vendor in VENDORS:
        if vendor.name not in urls:
            continue
        resource = re.escape(vendor.probe_path.rpartition("/")[2])
        end = re.search(rf"/v[0-9]+(/({resource}|incidents))?$", urls[vendor.name])
        if end:
            reading.add_problem(
                f"{vendor.url_variable} ends with {end[0]}, which incident-desk adds by itself:"
                " remove that part."
            )


def _refuse_keys(reading: Reading, keys: Mapping[str, str]) -> None:
    if keys:
        names = " and ".join(KEYS[vendor] for vendor in keys)
        reading.add_problem(
            f"{_SANDBOX} is on, and there is a key in {names}. Made-up and live data do not mix:"
            f" unset either {_SANDBOX} or the keys."
        )


def _urls_in_use(keys: Mapping[str, str], urls: Mapping[str, str]) -> list[str]:
    return [urls.get(vendor.name, vendor.base_url) for vendor in VENDORS if vendor.name in keys]


def _check_network(reading: Reading, environ: Mapping[str, str], urls: Iterable[str]) -> None:
    from server import network_variables

    if not network_variables.are_set(environ):
        return
    for problem in network_variables.proxy_problems(environ):
        reading.add_problem(problem)
    if any(url.lower().startswith("https:") for url in urls):
        for problem in network_variables.certificate_problems(environ):
            reading.add_problem(problem)


def _warn_of_empty_keys(reading: Reading, environ: Mapping[str, str]) -> None:
    for variable in (*KEYS.values(), *KEY_FILES.values()):
        if variable in environ and not environ[variable].strip():
            reading.add_warning(f"{variable} is empty, so it counts as not set.")


def _warn_of_misspelt_names(reading: Reading, environ: Mapping[str, str]) -> None:
    for name, setting in misspelt(environ):
        hint = f"Did you mean {setting}?" if setting else "See docs/settings.md."
        reading.add_warning(f"{name} is not a setting, and has no effect. {hint}")


def _extra_values(reading: Reading) -> dict[str, tuple[str, ...]]:
    values = {}
    for variable in EXTRA_VALUES:
        words = reading.words(variable)
        if words:
            values[variable] = words
    return values


def _limits(reading: Reading) -> Limits:
    default = Limits()
    return Limits(
        timeout_s=reading.number("INCIDENT_DESK_TIMEOUT_S", default.timeout_s, 1, 3_600),
        summary_timeout_s=reading.number(
            "INCIDENT_DESK_SUMMARY_TIMEOUT_S", default.summary_timeout_s, 1, 3_600
        ),
        summary_max=reading.integer("INCIDENT_DESK_SUMMARY_MAX", default.summary_max, 100, 50_000),
        max_in_flight=reading.integer("INCIDENT_DESK_MAX_IN_FLIGHT", default.max_in_flight, 1, 256),
        requests_per_minute=reading.integer("INCIDENT_DESK_REQUESTS_PER_MINUTE", 0, 1, 100_000)
        or None,
        max_result_chars=reading.integer(
            "INCIDENT_DESK_MAX_RESULT_CHARS", default.max_result_chars, 10_000, 1_000_000
        ),
    )
