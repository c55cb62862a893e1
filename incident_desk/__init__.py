"""The installed command. It always imports our own packages.

`server`, `tools` and `sandbox` are common names. A `PYTHONPATH`, a working directory or another
distribution may have packages with the same names. So a wheel installs ours inside this package,
where they overwrite nothing. `main` puts their folder first on `sys.path`. Only our packages are in
that folder, so no other import changes. Worker processes get the same `sys.path`; they would not
get an import hook.
"""

import os
import sys

_INTERRUPTED = 130
"""The exit code of a program that Ctrl-C has ended."""


def main() -> int:
    """Run the command line; the result is the exit code."""
    sys.path.insert(0, _folder_of_packages())
    try:
        from server.__main__ import main as run

        return run()
    except KeyboardInterrupt:
        # Ctrl-C while modules are imported. After that, each command handles it.
        return _INTERRUPTED


def _folder_of_packages() -> str:
    """In a wheel, the folder of this file; in a checkout, the folder above it."""
    # pathlib would make the start slower.
    here = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120
    is_wheel = os.path.isdir(os.path.join(here, "server"))  # noqa: PTH112, PTH118
    return here if is_wheel else os.path.dirname(here)  # noqa: PTH120
