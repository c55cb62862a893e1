"""The compared programs, each in a process of its own, and a client that adds little time."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PEER_VERSION = "2.3.22"
UNHURRIED = {"INCIDENT_DESK_REQUESTS_PER_MINUTE": "100000"}


@dataclass(frozen=True)
class Program:
    """A program that is compared.

    `url_name`: The environment variable for the vendor's URL; empty if it needs no vendor.
    """

    name: str
    command: tuple[str, ...]
    url_name: str = ""
    environ: Mapping[str, str] = field(default_factory=dict[str, str])


BARE = Program("a bare Python loop", (sys.executable, "benchmarks/bare.py"))
OURS = Program(
    "Incident Desk",
    (sys.executable, "-c", "from incident_desk import main; raise SystemExit(main())"),
    "ROOTLY_API_URL",
)
MINIMAL = Program(
    "the SDK's minimal server", (sys.executable, "benchmarks/minimal.py"), "ROOTLY_API_URL"
)


def peer() -> Program | None:
    """Rootly's official server, installed once in the cache; None if it cannot be installed."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    environment = cache / "incident-desk" / f"rootly-mcp-server-{PEER_VERSION}"
    command = environment / "bin" / "rootly-mcp-server"
    if not command.exists():
        python = shutil.which("python3.12") or sys.executable
        try:
            subprocess.run([python, "-m", "venv", environment], check=True, capture_output=True)
            pip = environment / "bin" / "pip"
            package = f"rootly-mcp-server=={PEER_VERSION}"
            subprocess.run([pip, "install", "-q", package], check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError) as error:
            shutil.rmtree(environment, ignore_errors=True)
            print(f"Rootly's server cannot be installed ({error}). Skipped.", file=sys.stderr)
            return None
    return Program("Rootly's official server", (str(command),), "ROOTLY_BASE_URL")


class Session:
    """A client of one running program, in the handshake era."""

    def __init__(self, program: Program, vendor: str) -> None:
        environ = {
            **os.environ,
            **UNHURRIED,
            **program.environ,
            "ROOTLY_API_TOKEN": "rootly_" + "a" * 64,
        }
        if program.url_name:
            environ[program.url_name] = vendor
        self._ids = 0
        self.began = time.perf_counter()
        self.process = subprocess.Popen(
            program.command,
            cwd=ROOT,
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def tell(self, message: Mapping[str, Any]) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
        self.process.stdin.flush()

    def ask(self, method: str, **params: Any) -> int:
        self._ids += 1
        self.tell({"id": self._ids, "method": method, "params": params})
        return self._ids

    def hear(self) -> bytes:
        """The next answer, without notifications.

        It is not parsed, because the time of parsing belongs to the client.
        """
        assert self.process.stdout
        while b'"id":' not in (line := self.process.stdout.readline()):
            assert line, "the program has ended"
        return line

    def shake_hands(self) -> None:
        self.ask(
            "initialize",
            protocolVersion="2025-11-25",
            capabilities={},
            clientInfo={"name": "benchmark", "version": "1"},
        )
        self.hear()
        self.tell({"method": "notifications/initialized"})

    def list_tools(self) -> None:
        self.ask("tools/list")
        self.hear()

    def list_incidents(self, **arguments: Any) -> bytes:
        self.ask("tools/call", name="list_incidents", arguments=arguments)
        return self.hear()

    @property
    def resident_mb(self) -> float:
        """Memory in use now; NaN on platforms without /proc."""
        return self._status_mb("VmRSS")

    @property
    def peak_mb(self) -> float:
        """The most memory in use so far; NaN on platforms without /proc.

        What `leave` returns may be more: it is never less than what this process had at the fork.
        """
        return self._status_mb("VmHWM")

    def _status_mb(self, name: str) -> float:
        try:
            status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        except OSError:
            return float("nan")
        for line in status.splitlines():
            if line.startswith(name):
                return int(line.split()[1]) / 1024
        return float("nan")

    def leave(self) -> tuple[float, float]:
        """End the program. Returns its processor time in seconds and its peak memory in MB."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        _, _, usage = os.wait4(self.process.pid, 0)
        self.process.returncode = 0
        self.process.stdout.close()
        return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


@contextmanager
def session(program: Program, vendor: str = "") -> Generator[Session]:
    running = Session(program, vendor)
    try:
        yield running
    finally:
        if running.process.returncode is None:
            running.leave()


@contextmanager
def vendor(module: str = "benchmarks.vendor", *arguments: str) -> Generator[str]:
    """The URL of a stub of Rootly, by default one with fixed pages, in a process of its own."""
    command = [sys.executable, "-m", module, *arguments]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.stdin.close()
