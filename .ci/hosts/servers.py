"""The vendors, and a service over HTTP: processes of our own, with made-up data."""

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from root import ROOT

_COMMAND = [sys.executable, "-m", "server"]
_NOW = "2026-11-22T02:00:00Z"  # the same data in every run, so that answers have the same length


@dataclass(frozen=True)
class Service:
    """A service over HTTP, and the token of its only account."""

    url: str
    token: str


@contextmanager
def vendors() -> Iterator[dict[str, str]]:
    """Serve the sandbox until the block ends; gives the variables that point a server there."""
    command = [*_COMMAND, "sandbox", "--port", "0", "--now", _NOW]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        text = _read_until("curl", process.stdout)
        yield dict(re.findall(r"(\w+_API_URL)=(\S+)", text))
        process.terminate()


@contextmanager
def service(folder: Path) -> Iterator[Service]:
    """Serve MCP over HTTP until the block ends. *folder* gets the file of the accounts."""
    accounts = folder / "accounts.toml"
    made = subprocess.run(  # noqa: S603
        [*_COMMAND, "account", "ada"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    accounts.write_text(made.stdout, encoding="utf-8")
    [token] = re.findall(r"idesk_\S+", made.stderr)
    with subprocess.Popen(  # noqa: S603
        [*_COMMAND, "http", "--sandbox", "--port", "0"],
        cwd=ROOT,
        env={**os.environ, "INCIDENT_DESK_HTTP_ACCOUNTS_FILE": str(accounts)},
        stdout=subprocess.DEVNULL,  # the audit log, which would fill a pipe
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        text = _read_until("serving MCP at", process.stderr)
        [url] = re.findall(r"serving MCP at (\S+)", text)
        yield Service(url, token)
        process.terminate()


def _read_until(word: str, lines: Iterable[str] | None) -> str:
    text = ""
    for line in lines or ():
        text += line
        if word in line:
            return text
    raise RuntimeError(f"a server of ours did not start:\n{text}")
