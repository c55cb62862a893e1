"""The processes of a run: Redis, the vendor, and the copies of the service, with accounts."""

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.request import urlopen

from benchmarks.load import started
from benchmarks.programs import vendor
from server.http.accounts.verifier import new_account

UNLIMITED = {
    "INCIDENT_DESK_HTTP_CALLS_PER_MINUTE": "1000000",
    "INCIDENT_DESK_HTTP_MAX_CALLS_PER_CALLER": "1000",
    "INCIDENT_DESK_HTTP_MAX_CALLS": "1000",
    "INCIDENT_DESK_HTTP_IDLE_TIMEOUT_S": "600",
}
"""Limits that are not measured here. A client has a connection to each copy, and uses it rarely."""


@dataclass(frozen=True)
class Arrival:
    """A request at the vendor. `at` is in seconds of the monotonic clock."""

    at: float
    key: str
    target: str


def recording_vendor(delay_s: float) -> AbstractContextManager[str]:
    """The URL of a vendor that records its requests."""
    return vendor("benchmarks.copies.vendor", "--delay", str(delay_s))


def arrivals(vendor_url: str, key: str) -> list[Arrival]:
    """The requests with this key so far, in their order."""
    with urlopen(f"{vendor_url}/arrivals") as answer:
        requests = [Arrival(*values) for values in json.load(answer)]
    return [request for request in requests if request.key == key]


class Redis:
    """A Redis on a unix socket that can be killed and started again, empty."""

    def __init__(self, folder: str) -> None:
        self._socket = Path(folder, "redis.sock")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self._socket}"

    def start(self) -> None:
        program = shutil.which("redis-server") or shutil.which("valkey-server")
        if not program:
            raise SystemExit("The benchmark needs redis-server or valkey-server on the PATH.")
        options = ["--port", "0", "--unixsocket", str(self._socket), "--save", ""]
        self._process = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL)
        while not self._socket.exists():
            time.sleep(0.01)

    def kill(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None
            self._socket.unlink(missing_ok=True)


@contextmanager
def running_redis() -> Iterator[Redis]:
    with tempfile.TemporaryDirectory() as folder:
        redis = Redis(folder)
        redis.start()
        try:
            yield redis
        finally:
            redis.kill()


@dataclass(frozen=True)
class Accounts:
    """The file with all accounts, and the token of each, by its name."""

    path: str
    tokens: Mapping[str, str]


@contextmanager
def accounts(names: Sequence[str], keys: Mapping[str, str] = {}) -> Iterator[Accounts]:
    """Accounts of these *names*. *keys* are the Rootly keys of those that have their own."""
    with tempfile.TemporaryDirectory() as folder:
        tokens = {}
        entries = []
        for name in names:
            tokens[name], entry = new_account(name, date(2999, 1, 1), [])
            entries.append(entry)
            if name in keys:
                Path(folder, name).write_text(keys[name], encoding="utf-8")
                entries.append(f'key_files = {{rootly = "{name}"}}\n')
        file = Path(folder, "accounts.toml")
        file.write_text("".join(entries), encoding="utf-8")
        yield Accounts(str(file), tokens)


@dataclass(frozen=True)
class Service:
    """Running copies that share one key of the vendor."""

    key: str
    ports: Sequence[int]


@contextmanager
def services(copies: Mapping[str, int], **environ: str) -> Iterator[list[Service]]:
    """Start all copies at the same time: for each key, so many as *copies* says.

    Each key has its own budget. *environ* are the variables that all copies have.
    """
    with ExitStack() as stack, ThreadPoolExecutor(os.cpu_count()) as pool:

        def start(key: str) -> int:
            variables = {
                **UNLIMITED,
                "ROOTLY_API_TOKEN": key,
                "INCIDENT_DESK_COPIES": str(copies[key]),
                **environ,
            }
            return stack.enter_context(started("server", "http", "--port", "0", **variables))

        keys = [key for key, number in copies.items() for _ in range(number)]
        ports = [*pool.map(start, keys)]
        for port in ports:
            wait_until_ready(port)
        yield [
            Service(key, [port for port, owner in zip(ports, keys, strict=True) if owner == key])
            for key in copies
        ]


def wait_until_ready(port: int) -> None:
    """Wait until the copy has a connection to the vendor. This costs one request."""
    urlopen(f"http://127.0.0.1:{port}/readyz").close()
