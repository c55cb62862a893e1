"""Commands as real processes, in a chosen folder and with a chosen environment."""

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


def _environ(variables: Mapping[str, str]) -> dict[str, str]:
    """The environment of the tests, without PYTHONPATH and settings, and with *variables*."""
    # tests/conftest.py sets SSL_CERT_DIR to what is not a folder, which the server refuses.
    omitted = ("PYTHONPATH", "ROOTLY_", "INCIDENT_", "SSL_CERT_")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(omitted)}
    return {**inherited, **variables}


def run(*command: str, folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run *command* to its end."""
    return subprocess.run(
        command,
        cwd=folder,
        env=_environ(environ),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def output(*command: str, folder: Path, **environ: str) -> str:
    """What *command*, which has to succeed, writes to stdout."""
    done = run(*command, folder=folder, **environ)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@contextmanager
def serving_http(*command: str, folder: Path, **environ: str) -> Iterator[str]:
    """Serve MCP over HTTP with *command* until the block ends; gives the URL."""
    with subprocess.Popen(
        [*command, "http", "--port", "0"],
        cwd=folder,
        env=_environ(environ),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr
        log = ""
        url = None
        while url is None:
            line = process.stderr.readline()
            assert line, log
            log += line
            url = re.search(r"serving MCP at (\S+)", line)
        yield url[1]
        process.terminate()
