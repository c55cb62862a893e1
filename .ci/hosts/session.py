"""A host with a home of its own, in which the command `incident-desk` is recorded."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import record
from fault import Fault
from host import Access, Host
from pages import Block
from root import ROOT

SERVER = "incident-desk"
KEY = "key-of-the-test"
KEY_NAMES = ("ROOTLY_API_TOKEN", "INCIDENT_IO_API_KEY")
_EXAMPLE_HOME = "/home/you"
_EXAMPLE_URL = "https://desk.example.com/mcp"
_TIMEOUT_S = 300
_RECORDER = ROOT / ".ci/hosts/recorder.py"


class Session:
    """One use of a host, in a folder of its own.

    * `host`: the host.
    * `home`, `project`: its home, and the folder in which it works.
    * `variables`: its environment, which has nothing of ours.
    """

    def __init__(
        self, host: Host, folder: Path, programs: Path, server_variables: Mapping[str, str]
    ) -> None:
        """Make the folders, and the command `incident-desk`.

        Args:
            programs: where the hosts and Node are installed.
            server_variables: of the server, whatever the host passes on.
        """
        self.host = host
        self.home = folder / "home"
        self.project = folder / "project"
        self._folder = folder
        modules = programs / host.command / "node_modules/.bin"
        self._program = modules / host.command
        commands = self.home / ".local/bin"
        node = programs / "node/node_modules/.bin"
        self.variables = {
            "HOME": str(self.home),
            "PATH": f"{commands}:{modules}:{node}:/usr/bin:/bin",
            "TMPDIR": str(folder / "tmp"),
            "LANG": "C.UTF-8",
            "TERM": "dumb",
            "NO_COLOR": "1",
        }
        for path in (commands, self.project, folder / "tmp"):
            path.mkdir(parents=True)
        self._write_command(commands / SERVER, server_variables)

    def apply(self, access: Access) -> None:
        """Add the variables and files of *access*."""
        self.variables.update(access.variables)
        for name, text in access.files.items():
            _write(self.project / name, text)

    def configure(self, block: Block, *, url: str = "", has_keys: bool = True) -> None:
        """Put the configuration of a page where the page says.

        Args:
            url: of the service, if the configuration has one.
            has_keys: whether to make the files with keys that the configuration names.
        """
        text = block.text.replace(_EXAMPLE_URL, url)
        for key_file in re.findall(rf"{_EXAMPLE_HOME}/(\.config/incident-desk/[\w.-]+)", text):
            if has_keys:
                _write(self.home / key_file, KEY)
        text = text.replace(_EXAMPLE_HOME, str(self.home))
        if block.place == "shell":
            self._run("sh", "-ec", text)
        elif block.place.startswith("~/"):
            _write(self.home / block.place.removeprefix("~/"), text)
        else:
            _write(self.project / block.place, text)

    def run(self, *arguments: str) -> str:
        """Run the host to its end.

        Returns: what it wrote.

        Raises:
            Fault: it failed, or it took too long.
        """
        return self._run(str(self._program), *arguments)

    def record(self) -> record.Record:
        """What the server was sent and answered until now."""
        return record.read(self._folder / "record")

    def _write_command(self, command: Path, server_variables: Mapping[str, str]) -> None:
        settings = {
            "command": [sys.executable, "-m", "server"],
            "environment": {"PYTHONPATH": str(ROOT), **server_variables},
            "record": str(self._folder / "record"),
        }
        file = self._folder / "recorder.json"
        _write(file, json.dumps(settings))
        _write(command, f'#!/bin/sh\nexec {sys.executable} -IS {_RECORDER} {file} "$@"\n')
        command.chmod(0o755)

    def _run(self, *command: str) -> str:
        file = self._folder / "output"  # a pipe could be held open by a process that goes on
        with file.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603
                command,
                cwd=self.project,
                env=self.variables,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        end = _end(process)
        text = file.read_text(encoding="utf-8", errors="replace")
        if end != "ended with 0":
            name = Path(command[0]).name
            raise Fault(f"{' '.join([name, *command[1:]])} {end}:\n{text}")
        return text


def _end(process: subprocess.Popen[bytes]) -> str:
    """Wait for the process, kill its children, and say how it ended."""
    try:
        end = f"ended with {process.wait(timeout=_TIMEOUT_S)}"
    except subprocess.TimeoutExpired:
        end = f"did not end within {_TIMEOUT_S} s"
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return end


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
