"""The names of all settings. `Reading` reads no other variables, and the documentation lists these.

A misspelt name is found by comparing it with them.
"""

import re
from collections.abc import Iterator, Mapping

from tools.catalogue import TOOLS, VENDORS

KEYS = {vendor.name: vendor.key_variable for vendor in VENDORS}
"""The variable with a vendor's key, by the vendor's name."""
URLS = {vendor.name: vendor.url_variable for vendor in VENDORS}
"""The variable with a vendor's base URL, by the vendor's name."""
EXTRA_VALUES = [variable for entry in TOOLS for variable in entry.extra_values.values()]
"""The variables that add values to the enum of an argument."""
KEY_FILES = {vendor: f"{variable}_FILE" for vendor, variable in KEYS.items()}
"""The variable with the path of a file that has a vendor's key, by the vendor's name."""

PREFIX = "INCIDENT_DESK_"
HTTP_PREFIX = f"{PREFIX}HTTP_"

SHARED_NAMES = (
    *KEYS.values(),
    *URLS.values(),
    *EXTRA_VALUES,
    f"{PREFIX}SANDBOX",
    f"{PREFIX}SANDBOX_NOW",
    f"{PREFIX}TIMEOUT_S",
    f"{PREFIX}MAX_RESULT_CHARS",
    f"{PREFIX}SUMMARY_TIMEOUT_S",
    f"{PREFIX}SUMMARY_MAX",
    f"{PREFIX}MAX_IN_FLIGHT",
    f"{PREFIX}REQUESTS_PER_MINUTE",
    f"{PREFIX}LOG_LEVEL",
)
"""The settings that all commands share: the table in docs/settings.md."""

HTTP_NAMES = tuple(
    f"{HTTP_PREFIX}{name}"
    for name in (
        "HOST",
        "PORT",
        "SOCKET",
        "WORKERS",
        "ALLOWED_HOSTS",
        "ALLOWED_ORIGINS",
        "ACCOUNTS_FILE",
        "OAUTH_ISSUER",
        "OAUTH_RESOURCE",
        "OAUTH_JWKS_URL",
        "OAUTH_SCOPES",
        "OAUTH_TOKEN_TYPES",
        "MAX_CONNECTIONS",
        "MAX_CALLS",
        "MAX_CALLS_PER_CALLER",
        "CALLS_PER_MINUTE",
        "MAX_BODY_BYTES",
        "MAX_HEAD_BYTES",
        "HEAD_TIMEOUT_S",
        "BODY_TIMEOUT_S",
        "SEND_TIMEOUT_S",
        "IDLE_TIMEOUT_S",
        "STOP_TIMEOUT_S",
    )
)
"""The settings of `incident-desk http`: the table in docs/service.md."""

TOKEN = f"{PREFIX}TOKEN"
"""The token of an account of `incident-desk http`. Only hosts read it; see docs/hosts."""

NAMES = frozenset((*SHARED_NAMES, *KEY_FILES.values(), *HTTP_NAMES, TOKEN))

_BEGINNINGS = tuple({name[:3] for name in NAMES})
"""A misspelt name is searched for only among variables that begin like a setting."""
_MAX_MISSPELT = 5
_CLOSE = 0.85
_SERVICE_HOST = f"{PREFIX}SERVICE_HOST"
"""Kubernetes sets this in all containers beside a service that is called incident-desk."""
_SERVICE = rf"{PREFIX}(SERVICE|PORT)(_\w+)?"
"""The variables that Kubernetes sets for such a service."""
_KEY = r"(API|ACCESS|AUTH|BEARER)*(TOKEN|KEY|SECRET)(?P<file>FILE)?"
_URL = r"(API|BASE)*(URL|URI|HOST|ENDPOINT)"


def misspelt(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The variables that look like settings and are not, with the nearest setting.

    The nearest setting is empty if none is close. At most 5 variables are found. Other programs may
    have variables of the vendors, too, so such a variable is only found if the nearest setting is
    not set.
    """
    count = 0
    for name in environ:
        if name in NAMES or not name.upper().startswith(_BEGINNINGS):
            continue
        # The name will be a part of messages.
        if not re.fullmatch(r"\w{1,80}", name, re.ASCII):
            continue
        if _SERVICE_HOST in environ and re.fullmatch(_SERVICE, name):
            continue
        setting = nearest(name)
        is_ours = name.upper().startswith(PREFIX)
        if is_ours or (setting and not _is_set(setting, environ)):
            yield name, setting
            count += 1
        if count == _MAX_MISSPELT:
            return


def nearest(name: str) -> str:
    """The setting that is probably meant by *name*. Empty if none is close."""
    # This takes 2 ms to import, and most environments have no misspelt name.
    from difflib import get_close_matches

    name = name.upper()
    settings = sorted(NAMES - {TOKEN})
    close = get_close_matches(name, settings, 1, _CLOSE)
    return _vendor_setting(name.removeprefix(PREFIX)) or "".join(close)


def _vendor_setting(name: str) -> str:
    """The setting of a vendor whose name and purpose are in *name*, as in ROOTLY_TOKEN."""
    letters = name.replace("_", "")
    for vendor in VENDORS:
        stem = vendor.name.upper().replace("_", "")
        if not letters.startswith(stem):
            continue
        purpose = letters.removeprefix(stem)
        if key := re.fullmatch(_KEY, purpose):
            return KEY_FILES[vendor.name] if key["file"] else vendor.key_variable
        if re.fullmatch(_URL, purpose):
            return vendor.url_variable
    return ""


def _is_set(setting: str, environ: Mapping[str, str]) -> bool:
    key = setting.removesuffix("_FILE")
    return any(environ.get(name, "").strip() for name in (key, f"{key}_FILE"))
