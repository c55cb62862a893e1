"""The loopback interface of a new network namespace, which begins switched off."""

import fcntl
import socket
import struct
from pathlib import Path

_SIOCGIFFLAGS = 0x8913
_SIOCSIFFLAGS = 0x8914
_UP = 1
_REQUEST = "16sh14x"  # struct ifreq of Linux: a name, and flags


def start() -> None:
    """Switch it on.

    Raises:
        RuntimeError: there is a way to other machines, so this is not a namespace of our own.
    """
    if len(Path("/proc/net/route").read_text(encoding="ascii").splitlines()) > 1:
        raise RuntimeError("hosts must run where no network is: see .ci/hosts/run")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack(_REQUEST, b"lo", 0)
        _, flags = struct.unpack(_REQUEST, fcntl.ioctl(control, _SIOCGIFFLAGS, request))
        fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack(_REQUEST, b"lo", flags | _UP))
