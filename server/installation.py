"""Where this installation comes from, and how to add an extra to it.

The name incident-desk in a package registry may belong to somebody else. So no command of ours
installs by name: it names the folder or the file that this installation was made from.
"""

import json
import os
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from server.commands.shells import join


def how_to_install(extra: str) -> str:
    """A sentence that says how to add *extra* to this installation."""
    source = _source()
    if source is None:
        return (
            "Install incident-desk again from the folder or wheel file that it came from, with"
            f" [{extra}] after its path."
        )
    return "Install it with: " + join([*_install_command(), f"{source}[{extra}]"])


def _source() -> Path | None:
    """The checkout or wheel file that was installed. None if it is not known or is gone."""
    try:
        source = _recorded_source(distribution("incident-desk"))
    except PackageNotFoundError:
        source = Path(__file__).parents[1]
    if source is None or source.is_file():
        return source
    return source if (source / "pyproject.toml").is_file() else None


def _recorded_source(installed: Distribution) -> Path | None:
    """What the installer recorded in `direct_url.json`: the origin, if it was not a registry."""
    record = installed.read_text("direct_url.json")
    if record is None:
        return None
    url = urlsplit(json.loads(record)["url"])
    return Path(url2pathname(url.path)) if url.scheme == "file" else None


def _install_command() -> list[str]:
    prefix = Path(sys.prefix)
    if (prefix / "pipx_metadata.json").exists():
        return ["pipx", "install", "--force"]
    if (prefix / "uv-receipt.toml").exists():
        return ["uv", "tool", "install", "--force"]
    # Environments of this project have no pip of their own.
    python = "py" if os.name == "nt" else "python3"
    return [python, "-m", "pip", "--python", sys.executable, "install"]
