"""Command lines that a person can paste into a shell."""

import os
import re
import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

_NAME = "incident-desk"
_PACKAGES = ("incident_desk", "server")
"""What `python -m` can run."""


def command_line(*words: str) -> str:
    """The command line that runs this program with *words*, quoted for the shell of the system."""
    return quoted([*_program(), *words])


def quoted(words: Sequence[str]) -> str:
    """*words* as a command line: for POSIX shells, or on Windows for PowerShell and cmd."""
    if os.name == "nt":
        return " ".join(map(_quoted_for_windows, words))
    return shlex.join(words)


def _quoted_for_windows(word: str) -> str:
    # PowerShell makes several words of one with a comma. It also replaces $ inside double quotes,
    # as cmd replaces %: no quoting is right for both.
    if re.fullmatch(r"[\w=.:/\\-]+", word):
        return word
    escaped = word.replace('"', '\\"')
    return f'"{escaped}"'


def _program() -> list[str]:
    """How this program can be run again from the same folder: as it was run now."""
    typed = sys.argv[0]
    if Path(typed).stem == _NAME:
        on_path = shutil.which(_NAME)
        is_found = on_path is not None and Path(on_path).samefile(typed)
        return [_NAME] if is_found else [typed]
    package = getattr(sys.modules["__main__"].__spec__, "parent", None)
    if package in _PACKAGES:
        return [sys.executable, "-m", package]
    return [_NAME]
