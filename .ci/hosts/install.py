"""Installs hosts from npm, side by side: install.py PROGRAMS [COMMAND…]

Each COMMAND is that of a host; by default, all hosts are installed. PROGRAMS gets a folder for each
host, named after its command, and one for Node. The file `installed` in a folder says that the
installation is complete. What has a folder already is not installed again. A host that cannot be
installed is skipped, and its name is printed.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Collection
from pathlib import Path

from hosts import HOSTS, NODE

_TIMEOUT_S = 360
_NPM = ("npm", "install", "--no-audit", "--no-fund", "--no-progress", "--loglevel=error")


def main(programs: Path, commands: Collection[str]) -> None:
    deadline = time.monotonic() + _TIMEOUT_S
    node_folder = programs / "node"
    node = None if node_folder.exists() else _start(NODE, node_folder, has_script=False)
    processes = {}
    for host in HOSTS:
        folder = programs / host.command
        if host.command in commands and not folder.exists():
            processes[host] = _start(host.package, folder, has_script=host.has_install_script)
    if node and _ends_well(node, deadline):
        _mark(node_folder)
    has_node = is_installed(node_folder)
    for host, process in processes.items():
        folder = programs / host.command
        if _ends_well(process, deadline) and has_node:
            _mark(folder)
        else:
            log = (folder / "log").read_text(encoding="utf-8", errors="replace")
            print(f"skipped: {host.title}, which cannot be installed. {log[-1_000:]}")


def is_installed(folder: Path) -> bool:
    return (folder / "installed").exists()


def _mark(folder: Path) -> None:
    """Say that the installation in *folder* is complete."""
    (folder / "installed").touch()


def _start(package: str, folder: Path, *, has_script: bool) -> subprocess.Popen[bytes]:
    folder.mkdir()
    (folder / "package.json").write_text('{"private": true}', encoding="utf-8")
    scripts = () if has_script else ("--ignore-scripts",)
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(  # noqa: S603
            [*_NPM, *scripts, package],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _ends_well(process: subprocess.Popen[bytes], deadline: float) -> bool:
    """Whether the process succeeds before the deadline. Otherwise it is killed."""
    try:
        return process.wait(timeout=max(0, deadline - time.monotonic())) == 0
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return False


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:] or [host.command for host in HOSTS])
