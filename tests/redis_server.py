"""A real Redis or Valkey server on loopback, to which a test can do what happens to servers."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import redis

from tests.authority import Authority
from tests.tcp_server import closed_port

VALKEY_VARIABLE = "VALKEY_SERVER"
"""The variable with the path of a Valkey server that is not on the PATH."""


def programs() -> dict[str, str]:
    """The servers that this machine has: the path of the program, by name."""
    paths = {
        "redis": shutil.which("redis-server"),
        "valkey": os.environ.get(VALKEY_VARIABLE) or shutil.which("valkey-server"),
    }
    return {name: path for name, path in paths.items() if path}


def start(command: Sequence[str]) -> subprocess.Popen[str]:
    """A server that accepts connections. Its first lines have been read from its stdout."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    log = ""
    while "Ready to accept connections" not in log:
        line = process.stdout.readline()
        assert line, log
        log += line
    return process


class RedisServer:
    """A server that `running` has started. It keeps its port when it is started again.

    With an *authority*, clients have to use TLS. *max_memory* is in bytes; 0 means no limit. A
    server without memory refuses to write, because it never evicts keys. `user` and `password` are
    those in the URL: a test that changes them in the server changes them here, too.
    """

    def __init__(
        self,
        folder: Path,
        *,
        program: str = "redis-server",
        password: str = "",
        authority: Authority | None = None,
        max_memory: int = 0,
    ) -> None:
        self.folder = folder
        self.user = ""
        self.password = password
        self.authority = authority
        self.port = closed_port()
        self._command = [
            program,
            *("--bind", "127.0.0.1"),
            *("--dir", str(folder)),
            *("--maxmemory-policy", "noeviction"),
            *("--maxmemory", str(max_memory)),
            # Only `restart` saves data, when a test says so.
            *("--save", ""),
            *(self._tls_options() if authority else ("--port", str(self.port))),
            *(("--requirepass", password) if password else ()),
        ]
        self._process: subprocess.Popen[str] | None = None

    def url(self, port: int = 0) -> str:
        """The setting of a client. *port* is that of a proxy in front of the server."""
        scheme = "rediss" if self.authority else "redis"
        credentials = f"{self.user}:{self.password}@" if self.password else ""
        return f"{scheme}://{credentials}127.0.0.1:{port or self.port}"

    def start(self) -> None:
        """Start the server, and wait until it accepts connections."""
        self._process = start(self._command)

    def command(self, *words: str | int) -> Any:
        """The answer to a command, as an operator would send it with redis-cli."""
        trusted = str(self.authority.certificate) if self.authority else None
        options = {"ssl_ca_certs": trusted} if trusted else {}
        with redis.Redis.from_url(self.url(), decode_responses=True, **options) as client:
            return client.execute_command(*words)

    def kill(self) -> None:
        """End the server with SIGKILL. Its data is lost."""
        assert self._process
        self._process.kill()
        self._process.communicate()
        self._process = None

    def stop(self) -> None:
        """Stop the server with SIGSTOP: it accepts connections, and answers nothing."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let the server go on after `stop`."""
        assert self._process
        self._process.send_signal(signal.SIGCONT)

    def restart(self, *, keeps_data: bool = False) -> None:
        """Kill the server if it runs, and start it again, empty or with its data."""
        saved = self.folder / "dump.rdb"
        saved.unlink(missing_ok=True)
        if keeps_data:
            self.command("SAVE")
        if self._process:
            self.kill()
        self.start()

    def close(self) -> None:
        """Kill the server if it runs."""
        if self._process:
            self.kill()

    def _tls_options(self) -> tuple[str, ...]:
        assert self.authority
        certificate = str(self.authority.server_certificate())
        return (
            *("--port", "0"),
            *("--tls-port", str(self.port)),
            *("--tls-cert-file", certificate),
            *("--tls-key-file", certificate),
            *("--tls-ca-cert-file", str(self.authority.certificate)),
            *("--tls-auth-clients", "no"),
        )


@contextmanager
def running(folder: Path, name: str = "redis", **options: Any) -> Iterator[RedisServer]:
    """A server in *folder* that runs until the block ends. *options* are those of `RedisServer`.

    *name* is `redis` or `valkey`. The test is skipped if this machine does not have it.
    """
    if name not in programs():
        pytest.skip(f"{name}-server is not installed")
    server = RedisServer(folder, program=programs()[name], **options)
    server.start()
    try:
        yield server
    finally:
        server.close()
