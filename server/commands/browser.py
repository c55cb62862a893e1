"""Opens the browser of the person at this machine, if there is one."""

import os
import sys
import threading
import webbrowser
from collections.abc import Mapping

_DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY")


def can_open_browser(environ: Mapping[str, str] = os.environ, platform: str = sys.platform) -> bool:
    """Whether a browser would open in front of the person who reads the terminal.

    `BROWSER` is what the person has chosen, or an editor that is connected to this machine. Without
    a display there are only text browsers. They run no scripts, and would take over the terminal.
    """
    if environ.get("BROWSER"):
        return True
    if is_remote(environ):
        return False
    return platform in ("darwin", "win32") or any(environ.get(name) for name in _DISPLAYS)


def is_remote(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether the person is at another machine, connected by SSH."""
    return bool(environ.get("SSH_CONNECTION"))


def open_browser(address: str) -> None:
    """Open *address*, without waiting: some browsers return only when their window is closed."""
    threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
