"""The installed command. It imports our packages, whatever else has the same names.

`server`, `tools` and `sandbox` are common names: a `PYTHONPATH`, a working directory or another
distribution may have packages called the same. So a wheel installs them inside this package, where
they overwrite nothing, and `main` puts the folder that holds them first on `sys.path`. Nothing
but our packages is in that folder, so that no other import changes. Worker processes inherit
`sys.path`, which an import hook would not give them.
"""

import os
import sys


def main() -> int:
    """Run the command line; the result is the exit code."""
    sys.path.insert(0, _folder_of_packages())
    from server.__main__ import main

    return main()


def _folder_of_packages() -> str:
    """This folder, in a wheel; the one above it, in a checkout."""
    here = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - pathlib starts slower
    is_wheel = os.path.isdir(os.path.join(here, "server"))  # noqa: PTH112, PTH118
    return here if is_wheel else os.path.dirname(here)  # noqa: PTH120
