"""Command lines of this program that a person can paste into a shell."""

import shutil
import sys
from pathlib import Path

from server.commands.shells import join

_NAME = "incident-desk"
_PACKAGES = ("incident_desk", "server")
"""What `python -m` can run."""


def command_line(*words: str) -> str:
    """The command line that runs this program with *words*, quoted for the shell of the system."""
    return join([*_program(), *words])


def _program() -> list[str]:
    """How this program can be run again from the same folder: as it was run now."""
    typed = sys.argv[0]
    if Path(typed).stem == _NAME:
        on_path = shutil.which(_NAME)
        is_same = on_path is not None and Path(on_path).samefile(typed)
        return [_NAME] if is_same else [typed]
    package = getattr(sys.modules["__main__"].__spec__, "parent", None)
    if package in _PACKAGES:
        return [sys.executable, "-m", package]
    return [_NAME]
