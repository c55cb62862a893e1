"""Runs commands as a script does."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from server.__main__ import main

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "server")


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """The exit code of a command in this process, and what it prints to stdout and stderr."""
    code = main(arguments)
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def run_process(*arguments: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
    """Run a command in its own process to the end."""
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return subprocess.run([*COMMAND, *arguments], cwd=ROOT, timeout=60, check=False, **options)
