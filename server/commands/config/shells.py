"""Quotes words for a shell."""

import re
import shlex


def quote(word: str, platform: str) -> str:
    """*word* for a POSIX shell; on Windows for PowerShell. *platform* is a `sys.platform`."""
    if platform != "win32":
        return shlex.quote(word)
    # Scripts in PowerShell do not get a bare `--`.
    if re.fullmatch(r"[\w.:\\/-]+", word) and word != "--":
        return word
    return "'" + word.replace("'", "''") + "'"
