"""The generated files of deploy/systemd: a unit for several copies, and files for secrets."""

from release.keys import KEYS
from release.project import ROOT
from server.setting_names import HTTP_PREFIX, REDIS_URL

FOLDER = "deploy/systemd"
UNIT = f"{FOLDER}/incident-desk.service"
TEMPLATE = f"{FOLDER}/incident-desk@.service"
_SECRETS = {
    "board": f"{HTTP_PREFIX}BOARD_SECRET",
    "redis": REDIS_URL,
    **{key.name: key.variable for key in KEYS},
}
"""The variable of each secret, by the name of its file in /etc/incident-desk."""
_CHANGES = {
    "# incident-desk http as a system service. How to install it: docs/service.md.": (
        "# One of several copies, on the port after the @: incident-desk@8001. See docs/service.md."
    ),
    "incident-desk.service.d": "incident-desk@.service.d",
    "questions about incidents\n": "questions about incidents, on port %i\n",
    "incident-desk http\n": (
        "incident-desk http --port %i\n"
        "# How long a stopping copy still accepts calls, until the proxy has noticed.\n"
        f"Environment={HTTP_PREFIX}DRAIN_S=5\n"
    ),
}
"""What is different in the unit for several copies."""


def systemd_files() -> dict[str, str]:
    """The text of each file, by its path in the repository."""
    files = {TEMPLATE: _template()}
    for unit in (UNIT, TEMPLATE):
        for name, variable in _SECRETS.items():
            files[f"{unit}.d/{name}.conf"] = _drop_in(name, variable)
    return files


def _template() -> str:
    text = (ROOT / UNIT).read_text(encoding="utf-8")
    for old, new in _CHANGES.items():
        if old not in text:
            raise ValueError(f"{UNIT} does not have {old!r}")
        text = text.replace(old, new)
    return text


def _drop_in(name: str, variable: str) -> str:
    """A file that hands a secret over to the service."""
    return (
        "[Service]\n"
        f"LoadCredential={name}:/etc/incident-desk/{name}\n"
        f"Environment={variable}_FILE=%d/{name}\n"
    )
