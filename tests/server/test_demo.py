"""`incident-desk demo`: a triage as tables, whose commands can be pasted."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from shutil import which

import pytest

from tests.console_script import console_script
from tests.server.shell import run
from tests.server.terminal import ESCAPE, terminal

pytestmark = pytest.mark.usefixtures("no_settings")
NOW = "2026-11-22T02:00:00Z"


END = "All of this is made up."


def blocks_of(output: str) -> dict[str, str]:
    """What the demo shows after each command, by the command."""
    triage = output.partition(f"\n\n{END}")[0]
    parts = re.split(r"^# .*\n(.*)\n", triage, flags=re.MULTILINE)
    return {
        command: block.rstrip("\n") for command, block in zip(parts[1::2], parts[2::2], strict=True)
    }


def test_the_demo_walks_through_a_triage(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROOTLY_API_TOKEN", "a-real-key")
    code, out, err = run(capsys, "demo")
    assert code == 0
    assert len(blocks_of(out)) == 5
    for expected in (
        "Checkout 5xx in us-east-1",
        "Amara Okafor (Commander)",
        "Paged the on-call of Payments",
        "Checkout 5xx after payments-gateway rollout",
        "pager_duty_incident",
        "INC-1207",
    ):
        assert expected in out
    assert END in out
    assert "ROOTLY_API_TOKEN ignored" in err
    assert "a-real-key" not in out + err


@pytest.mark.slow
def test_the_demo_ends_at_a_call_that_fails() -> None:
    # In a network of its own, where nothing is connected, the sandbox cannot be reached.
    alone = ("unshare", "--map-root-user", "--net")
    if not which("unshare") or subprocess.run([*alone, "true"], check=False).returncode:
        pytest.skip("this system does not allow a network of its own")
    command = [*alone, sys.executable, "-m", "server", "demo"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert len(blocks_of(done.stdout)) == 1
    assert "unavailable" in done.stdout
    assert "Traceback" not in done.stderr


@pytest.fixture
def script(tmp_path: Path) -> Path:
    return console_script(tmp_path / "bin")


def pasted(command: str, folder: Path, environ: Mapping[str, str]) -> tuple[int, str]:
    """The exit code and the output of *command* in bash, in processes of its own."""
    ended = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environ,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    return ended.returncode, ended.stdout.rstrip("\n")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["incident-desk", "bin/incident-desk"])
def test_every_command_that_the_demo_shows_can_be_pasted(
    script: Path, tmp_path: Path, name: str
) -> None:
    path = os.environ["PATH"]
    if name == script.name:
        path = f"{script.parent}{os.pathsep}{path}"
    environ = {"PATH": path, "INCIDENT_DESK_SANDBOX_NOW": NOW}
    _, output = pasted(f"{name} demo", tmp_path, environ)
    blocks = blocks_of(output)
    assert len(blocks) == 5
    for command, block in blocks.items():
        assert command.startswith(f"{name} call ")
        assert pasted(command, tmp_path, environ) == (0, block)
    last_command = output.splitlines()[-1]
    assert last_command == f"{name} config"
    code, hosts = pasted(last_command, tmp_path, environ)
    assert code == 0
    assert "claude-code" in hosts


@pytest.mark.slow
def test_the_command_for_the_next_page_can_be_pasted(script: Path, tmp_path: Path) -> None:
    environ = {"PATH": os.environ["PATH"], "INCIDENT_DESK_SANDBOX_NOW": NOW}
    command = f"{script} call list_incidents page_size=5 --sandbox --format table"
    _, first_page = pasted(command, tmp_path, environ)
    [next_page] = re.findall(r"^next page:\n(.*)", first_page, re.MULTILINE)
    code, second_page = pasted(next_page, tmp_path, environ)
    numbers = [re.findall(r"^ +(\d{4}) ", text, re.MULTILINE) for text in (first_page, second_page)]
    assert code == 0
    assert [len(rows) for rows in numbers] == [5, 5]
    assert min(numbers[0]) > max(numbers[1])


@pytest.mark.slow
def test_the_demo_is_not_longer_than_two_screens() -> None:
    with terminal("demo", columns=100, stderr=subprocess.DEVNULL) as tty:
        lines = ESCAPE.sub("", tty.read()).splitlines()
    # A screen of 45 lines.
    assert len(lines) <= 2 * 45


def test_the_same_hour_is_the_same_triage(capsys: pytest.CaptureFixture[str]) -> None:
    first, second = run(capsys, "demo"), run(capsys, "demo")
    hours = {re.findall(r"as_of +(\S+)", out)[0] for _, out, _ in (first, second)}
    assert all(hour.endswith(":00:00Z") for hour in hours)
    # The hour may have changed between the two.
    assert first == second or len(hours) == 2
