"""The key of a vendor, and where it is kept."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Key:
    """The key of a vendor.

    * `title`: the vendor's name in texts.
    * `variable`: the environment variable with the key.
    * `file`: the file that the user keeps the key in; empty if there is none.
    * `has_value`: whether `variable` is set now.
    """

    title: str
    variable: str
    file: str = ""
    has_value: bool = False

    @property
    def is_set(self) -> bool:
        return self.has_value or bool(self.file)

    @property
    def default_file(self) -> str:
        """The file that we propose for hosts that cannot refer to `variable`."""
        if sys.platform == "win32":
            folder = Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming")
        else:
            folder = Path.home() / ".config"
        return str(folder / "incident-desk" / self.variable.lower())
