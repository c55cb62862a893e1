"""The names of all settings. `Reading` refuses all others, and the documentation lists these."""

from collections.abc import Mapping

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
        "SERVICE_KEYS",
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
        "DRAIN_S",
        "STOP_TIMEOUT_S",
        "BOARD",
        "BOARD_SECRET",
        "BOARD_SESSION_S",
    )
)
"""The settings of `incident-desk http`: the table in docs/service.md."""

REDIS_URL = f"{PREFIX}REDIS_URL"
COPIES = f"{PREFIX}COPIES"
FRESH_S = f"{PREFIX}FRESH_S"
COPIES_NAMES = (REDIS_URL, COPIES, FRESH_S)
"""The settings of many copies of `incident-desk http`: the table in docs/copies.md."""

TOKEN = f"{PREFIX}TOKEN"
"""The token of an account of `incident-desk http`. Only hosts read it; see docs/hosts."""

NAMES = frozenset(
    (
        *SHARED_NAMES,
        *KEY_FILES.values(),
        *HTTP_NAMES,
        *COPIES_NAMES,
        f"{HTTP_PREFIX}BOARD_SECRET_FILE",
        f"{REDIS_URL}_FILE",
        TOKEN,
    )
)


def is_set(setting: str, environ: Mapping[str, str]) -> bool:
    """Whether *setting* has a value in *environ*, also if a file has it."""
    variable = setting.removesuffix("_FILE")
    return any(environ.get(name, "").strip() for name in (variable, f"{variable}_FILE"))
