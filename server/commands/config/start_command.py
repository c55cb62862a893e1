"""The command that starts this installation, from any folder."""

import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path


def start_command() -> tuple[Sequence[str], Mapping[str, str]]:
    """The command line that starts the server, and the environment variables that it needs.

    Hosts start servers in folders of their own and often without the shell's PATH, so every path
    is absolute. Symbolic links stay: pipx and uv keep them valid when they upgrade.
    """
    script = shutil.which(sys.argv[0])
    if script and Path(script).stem == "incident-desk":
        return [str(Path(script).absolute())], {}
    module = [sys.executable, "-m", "incident_desk"]
    folder = Path(__file__).absolute().parents[3]
    is_wheel = (folder / "__init__.py").exists()
    # Whether the interpreter finds a checkout by itself depends on how it was installed.
    return module, {} if is_wheel else {"PYTHONPATH": str(folder)}
