"""Drives hosts against a model of our own: drive.py PROGRAMS FOLDER

PROGRAMS is the folder in which install.py put the hosts, and FOLDER gets their homes. It runs in a
network namespace of its own (see run), so no host reaches anything but this machine.
"""

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import loopback
from cases import unlisted
from fault import Fault
from host import Host
from hosts import HOSTS
from install import is_installed
from servers import service, vendors
from verify import Surroundings, verify

_AT_ONCE = 2


def main(programs: Path, folder: Path) -> int:
    """Verify every host that is installed. The exit code is 1 if any has a fault."""
    loopback.start()
    hosts = [host for host in HOSTS if is_installed(programs / host.command)]
    are_right = True
    with vendors() as variables, service(folder) as http, ThreadPoolExecutor(_AT_ONCE) as pool:
        surroundings = Surroundings(programs, folder, variables, http, unlisted())
        outcomes = [pool.submit(_outcome, host, surroundings) for host in hosts]
        for outcome in outcomes:
            line, is_right = outcome.result()
            are_right &= is_right
            print(line, flush=True)
    return 0 if are_right else 1


def _outcome(host: Host, surroundings: Surroundings) -> tuple[str, bool]:
    """The line to print about a host, and whether it is right."""
    name = f"{host.title} {host.version}"
    start = time.monotonic()
    try:
        summary = verify(host, surroundings)
    except Fault as fault:
        return f"FAULT: {name}: {fault}", False
    return f"ok: {name}: {summary} ({time.monotonic() - start:.0f} s)", True


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
