"""Drives hosts of MCP servers against a model of our own: drive.py PROGRAMS FOLDER

PROGRAMS is the folder in which install.py put the hosts, and FOLDER gets their homes. It runs in a
network namespace of its own (see run), so no host reaches anything but this machine.
"""

import sys
import time
from pathlib import Path

import loopback
from cases import unlisted
from fault import Fault
from hosts import HOSTS
from servers import service, vendors
from verify import Surroundings, verify


def main(programs: Path, folder: Path) -> int:
    """Verify every host that is installed. The exit code is 1 if any has a fault."""
    loopback.start()
    faults = 0
    with vendors() as variables, service(folder) as http:
        surroundings = Surroundings(programs, folder, variables, http, unlisted())
        for host in HOSTS:
            if not (programs / host.command / "installed").exists():
                continue
            start = time.monotonic()
            try:
                outcome = f"ok: {host.title} {host.version}: {verify(host, surroundings)}"
            except Fault as fault:
                outcome = f"FAULT: {host.title} {host.version}: {fault}"
                faults += 1
            print(f"{outcome} ({time.monotonic() - start:.0f} s)", flush=True)
    return min(faults, 1)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
