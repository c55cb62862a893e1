"""Installs the hosts from npm, side by side: install.py PROGRAMS

PROGRAMS gets a folder for each host, named after its command, and one for Node. The file
`installed` in a folder says that the installation is complete. A host that cannot be installed is
skipped, and its name is printed.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from hosts import HOSTS, NODE

_TIMEOUT_S = 360
_NPM = ("npm", "install", "--no-audit", "--no-fund", "--no-progress", "--loglevel=error")


def main(programs: Path) -> None:
    deadline = time.monotonic() + _TIMEOUT_S
    node = _start(NODE, programs / "node", has_script=False)
    processes = {}
    for host in HOSTS:
        folder = programs / host.command
        if not folder.exists():
            processes[host] = _start(host.package, folder, has_script=host.has_install_script)
    has_node = _ends_well(node, deadline)
    for host, process in processes.items():
        folder = programs / host.command
        if _ends_well(process, deadline) and has_node:
            (folder / "installed").touch()
        else:
            log = (folder / "log").read_text(encoding="utf-8", errors="replace")
            print(f"skipped: {host.title}, which cannot be installed. {log[-1_000:]}")


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
    main(Path(sys.argv[1]))
