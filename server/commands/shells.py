"""Quotes words for shells."""

import os
import re
import shlex
from collections.abc import Iterable

_HARMLESS_IN_BOTH = re.compile(r"[\w=.:/\\-]+")
_HARMLESS_IN_POWERSHELL = re.compile(r"[\w.:\\/-]+")


def join(words: Iterable[str]) -> str:
    """*words* as a command line: for POSIX shells, or on Windows for PowerShell and cmd."""
    if os.name == "nt":
        return " ".join(map(_quote_for_both, words))
    return shlex.join(words)


def quote(word: str, platform: str) -> str:
    """*word* for a POSIX shell; on Windows for PowerShell. *platform* is a `sys.platform`."""
    return _quote_for_powershell(word) if platform == "win32" else shlex.quote(word)


def _quote_for_both(word: str) -> str:
    # cmd has no single quotes. Inside double quotes, PowerShell replaces $ and cmd replaces %, so
    # no quoting is always right in both. PowerShell makes several words of one with a comma.
    if _HARMLESS_IN_BOTH.fullmatch(word):
        return word
    escaped = word.replace('"', '\\"')
    return f'"{escaped}"'


def _quote_for_powershell(word: str) -> str:
    # Scripts in PowerShell do not get a bare `--`.
    if _HARMLESS_IN_POWERSHELL.fullmatch(word) and word != "--":
        return word
    return "'" + word.replace("'", "''") + "'"
