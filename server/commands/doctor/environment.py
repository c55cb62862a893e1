"""Checks the environment variables."""

from collections.abc import Iterator, Mapping

from server.commands.doctor.finding import Finding, ok, problem, warning
from server.http.settings import HttpSettings
from server.network_variables import CERTIFICATES, PROXIES
from server.setting_names import COPIES_NAMES, HTTP_NAMES, KEYS, NAMES, REDIS_URL
from server.settings import Settings, SettingsError

_TOPIC = "Settings"
_OF_THE_NETWORK = {*PROXIES, *CERTIFICATES, "NO_PROXY"}
WITHOUT_EFFECT = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")


def check_environment(settings: Settings, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Which variables are set, and what is wrong with them. No value is in the findings."""
    names = sorted(name for name in environ if name in NAMES or name.upper() in _OF_THE_NETWORK)
    yield ok(_TOPIC, f"Set in this environment: {', '.join(names) or 'none'}.")
    for text in settings.problems:
        yield problem(_TOPIC, text)
    for text in settings.warnings:
        yield warning(_TOPIC, text)
    yield from _http_problems(environ)
    if settings.problems:
        return
    if settings.sandbox:
        yield ok(_TOPIC, "The sandbox takes the place of the vendors, and keys are not used.")
    elif not settings.keys:
        yield problem(
            _TOPIC,
            f"No key is set, so no tool can answer. A key goes into {' or '.join(KEYS.values())}.",
            "If a host has the key: run this command with the host's environment (see"
            " docs/troubleshooting.md).",
        )


def _http_problems(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Why `incident-desk http` would not start, if there are settings of it."""
    if not any(name in environ for name in (*HTTP_NAMES, *COPIES_NAMES, f"{REDIS_URL}_FILE")):
        return
    try:
        HttpSettings.read(environ)
    except SettingsError as error:
        for line in str(error).splitlines():
            yield problem(_TOPIC, f"incident-desk http does not start: {line}")


def certificate_advice(environ: Mapping[str, str], advice: str) -> str:
    """What to do about a certificate that is not trusted. *advice* is for a usual environment."""
    if environ.get("SSL_CERT_FILE"):
        return (
            "The file in SSL_CERT_FILE does not have the authority of this certificate. Add it"
            " there: Incident Desk trusts no other authorities than those in this file."
        )
    if environ.get("SSL_CERT_DIR"):
        return (
            "The folder in SSL_CERT_DIR does not have the authority of this certificate, or was not"
            " prepared with `openssl rehash`. A file in SSL_CERT_FILE needs no preparation."
        )
    return advice + _without_effect(environ)


def _without_effect(environ: Mapping[str, str]) -> str:
    """A hint if variables of other programs are set."""
    names = [name for name in WITHOUT_EFFECT if environ.get(name)]
    if not names:
        return ""
    verb = "is set, but has" if len(names) == 1 else "are set, but have"
    return (
        f" {' and '.join(names)} {verb} no effect here: put the path of that file into"
        " SSL_CERT_FILE."
    )
