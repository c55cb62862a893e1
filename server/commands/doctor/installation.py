"""Checks the installation: versions, and which command a host would start."""

import platform
import shutil
import sys
import sysconfig
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from server import __version__
from server.commands.doctor.finding import Finding, ok, warning
from tools.errors import NotConfigured
from tools.rootly.similarity.index import open_index

_TOPIC = "Installation"
_COMMAND = "incident-desk"
_PACKAGES = ("mcp", "httpx", "pydantic", "anyio")
_OPTIONAL_PACKAGES = ("uvicorn", "prometheus-client", "uvloop", "redis", "opentelemetry-sdk")


def check_installation() -> Iterator[Finding]:
    packages = [*_versions(_PACKAGES), *_versions(_OPTIONAL_PACKAGES)]
    yield ok(
        _TOPIC,
        f"incident-desk {__version__}, Python {platform.python_version()} on {sys.platform}"
        f" ({platform.machine()}), {', '.join(packages)}.",
    )
    yield _full_text_search()
    yield _command_on_path()


def _versions(packages: tuple[str, ...]) -> Iterator[str]:
    for package in packages:
        try:
            yield f"{package} {version(package)}"
        except PackageNotFoundError:
            continue


def _full_text_search() -> Finding:
    try:
        with open_index():
            # A Python without SQLite cannot import it.
            from sqlite3 import sqlite_version
    except NotConfigured as error:
        return warning(_TOPIC, str(error))
    return ok(_TOPIC, f"SQLite {sqlite_version} has full text search (FTS5) for similar_to.")


def _command_on_path() -> Finding:
    ours = Path(sysconfig.get_path("scripts"))
    path = shutil.which(_COMMAND)
    if path is None:
        return warning(
            _TOPIC,
            f"The command {_COMMAND} is not on PATH.",
            f"Give hosts its full path: {_without_home(ours / _COMMAND)}",
        )
    if Path(path).resolve().parent == ours.resolve():
        return ok(_TOPIC, f"The command {_COMMAND} on PATH is this installation.")
    return warning(
        _TOPIC,
        f"The command {_COMMAND} on PATH is another installation: {_without_home(Path(path))}",
        f"To use this one, give hosts its full path: {_without_home(ours / _COMMAND)}",
    )


def _without_home(path: Path) -> str:
    """*path*, in which ~ takes the place of the home folder: its name is that of a person."""
    try:
        return str("~" / path.relative_to(Path.home()))
    except (ValueError, RuntimeError):
        return str(path)
