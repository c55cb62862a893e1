"""How to install an extra: from where this installation came, never by a name in a registry."""

import re
import shlex
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.environment import OFFLINE, Environment, pip
from tests.pages import PAGES, ROOT
from tests.process import run
from tests.server.board_process import BoardProcess
from tests.server.http.served import ask

EXTRA = ("prometheus_client", "uvloop")
BY_NAME = re.compile(
    r"\b(?:pip3?|pipx|uv tool|uv pip) install\b[^\n]*[ '\"=]incident-desk\b(?![-./])"
    r"|\b(?:uvx|uv tool run|pipx run)\b[^\n]*[ '\"=]incident-desk\b(?![-./])"
)


@pytest.fixture
def command(wheel: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """The command in a virtual environment with all dependencies but those of the extras."""
    environment = Environment.make(tmp_path / "a folder")
    for package in Path(sysconfig.get_path("purelib")).iterdir():
        is_ours = package.name.startswith(("incident_desk", "_incident_desk", "_editable"))
        if not is_ours and not package.name.startswith(EXTRA):
            (environment.packages / package.name).symlink_to(package)
    environment.install(request.param, wheel)
    return environment.scripts / "incident-desk"


@pytest.mark.slow
@pytest.mark.parametrize("command", ["wheel", "editable"], indirect=True)
def test_the_message_about_a_missing_extra_has_a_command_that_installs_it(
    command: Path, tmp_path: Path
) -> None:
    done = run(str(command), "http", "--port", "0", folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "needs the extra http (prometheus_client is missing)" in done.stderr
    words = shlex.split(done.stderr.partition("Install it with: ")[2])
    assert words[-1].endswith("[http]")
    # Our own project is installed from where it came. The extra's packages would need a registry.
    assert words[:3] == ["python3", "-m", "pip"]
    again = run(*pip(), *words[3:-1], *OFFLINE, words[-1], folder=tmp_path)
    assert again.returncode == 0, again.stderr


@pytest.mark.slow
@pytest.mark.parametrize("command", ["wheel"], indirect=True)
@pytest.mark.parametrize(
    ("receipt", "install"),
    [("pipx_metadata.json", "pipx install"), ("uv-receipt.toml", "uv tool install")],
)
def test_the_message_names_the_program_that_installed(
    command: Path, tmp_path: Path, receipt: str, install: str
) -> None:
    (command.parents[1] / receipt).touch()
    done = run(str(command), "http", folder=tmp_path)
    assert re.search(rf"Install it with: {install} --force \S+\.whl\[http\]", done.stderr)


@pytest.mark.slow
@pytest.mark.parametrize("command", ["wheel"], indirect=True)
def test_where_the_origin_is_gone_no_name_is_invented(command: Path, tmp_path: Path) -> None:
    [record] = command.parents[1].glob("lib/**/direct_url.json")
    record.unlink()
    done = run(str(command), "http", folder=tmp_path)
    assert "from the folder or wheel file that it came from" in done.stderr
    assert not BY_NAME.search(done.stderr)


@pytest.mark.slow
@pytest.mark.parametrize("command", ["wheel"], indirect=True)
def test_the_board_needs_no_extra(command: Path) -> None:
    with BoardProcess("--sandbox", command=(str(command),)) as board:
        status, _, text = ask(board.port, board.call_request(board.enter()))
        assert (status, '"source":"sandbox"' in text) == (200, True), text
        assert board.stop()[0] == 0


def test_no_command_of_ours_installs_by_name() -> None:
    code = [path for name in ("server", "tools", "sandbox") for path in (ROOT / name).rglob("*.py")]
    for path in (*PAGES, *code):
        assert not BY_NAME.search(path.read_text(encoding="utf-8")), path


@pytest.mark.parametrize(
    "command",
    [
        "pip install 'incident-desk[http]'",
        "pipx install incident-desk",
        "uvx incident-desk",
        "uvx --from 'incident-desk[http]' incident-desk http",
        "uv tool run incident-desk",
    ],
)
def test_such_a_command_would_be_found(command: str) -> None:
    assert BY_NAME.search(command)


def without_redis(tmp_path: Path, url: str) -> subprocess.CompletedProcess[str]:
    """`incident-desk http` in a Python that has no package redis."""
    program = (
        "import sys; sys.modules['redis'] = None; from server.__main__ import main; "
        "sys.exit(main(['http', '--sandbox', '--port', '0']))"
    )
    return run(
        *(sys.executable, "-c", program),
        folder=tmp_path,
        PYTHONPATH=str(ROOT),
        INCIDENT_DESK_REDIS_URL=url,
        INCIDENT_DESK_COPIES="3",
    )


@pytest.mark.slow
def test_a_service_with_redis_needs_its_extra(tmp_path: Path) -> None:
    done = without_redis(tmp_path, "redis://:hunter2@127.0.0.1")
    assert done.returncode == 2
    assert "INCIDENT_DESK_REDIS_URL is set, and the extra redis is missing." in done.stderr
    assert "[http,redis]" in done.stderr
    assert "hunter2" not in done.stderr
