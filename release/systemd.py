"""The files beside the systemd unit: one for each vendor, which hands over its key."""

from release.keys import KEYS, Key

FOLDER = "deploy/systemd/incident-desk.service.d"


def drop_ins() -> dict[str, str]:
    """The text of each file, by its path in the repository."""
    return {f"{FOLDER}/{key.name}.conf": _drop_in(key) for key in KEYS}


def _drop_in(key: Key) -> str:
    return (
        "[Service]\n"
        f"LoadCredential={key.name}:/etc/incident-desk/{key.name}\n"
        f"Environment={key.variable}_FILE=%d/{key.name}\n"
    )
