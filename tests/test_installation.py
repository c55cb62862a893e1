"""The installed command, in its own environment, beside packages of the same names as ours."""

import json
import sysconfig
import zipfile
from pathlib import Path
from typing import Any

import pytest
from mcp import Client

from server import __version__
from tests.environment import Environment
from tests.pages import ROOT
from tests.process import output, serving_http

pytestmark = pytest.mark.slow

OURS = ("server", "tools", "sandbox")


@pytest.fixture(scope="module", params=["wheel", "editable"])
def scripts(
    request: pytest.FixtureRequest, wheel: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The folder of the scripts of a virtual environment that this project is installed in.

    The environment borrows the dependencies of ours.
    """
    environment = Environment.make(tmp_path_factory.mktemp(f"installed-{request.param}"))
    # Python does not read the .pth files of a folder that it knows from a .pth file. So where this
    # project is installed as editable in our environment, the borrower does not see that.
    borrowed = environment.packages / "borrowed.pth"
    borrowed.write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    environment.install(request.param, wheel)
    return environment.scripts


@pytest.fixture
def namesakes(tmp_path: Path) -> dict[str, Any]:
    """How to run a command where a `PYTHONPATH` has packages of the same names as ours.

    The working directory has modules of these names.
    """
    packages, modules = tmp_path / "packages", tmp_path / "modules"
    modules.mkdir()
    for name in OURS:
        (packages / name).mkdir(parents=True)
        (packages / name / "__init__.py").touch()
        (modules / f"{name}.py").touch()
    return {"folder": modules, "PYTHONPATH": str(packages)}


def test_packages_of_the_same_names_do_not_break_the_command(
    scripts: Path, namesakes: dict[str, Any]
) -> None:
    for command in ([scripts / "incident-desk"], [scripts / "python", "-m", "incident_desk"]):
        version = output(*map(str, command), "--version", **namesakes)
        assert version == f"incident-desk {__version__}\n"
    call = ("call", "--sandbox", "list_incidents", "page_size=1")
    answer = json.loads(output(str(scripts / "incident-desk"), *call, **namesakes))
    assert len(answer["incidents"]) == 1


@pytest.mark.anyio
async def test_they_do_not_break_the_processes_that_serve_http(
    scripts: Path, namesakes: dict[str, Any]
) -> None:
    command = (str(scripts / "incident-desk"), "--sandbox")
    with serving_http(*command, INCIDENT_DESK_HTTP_WORKERS="2", **namesakes) as url:
        async with Client(url) as client:
            result = await client.call_tool("list_incidents", {"page_size": 1})
        assert not result.is_error


def test_the_configuration_for_a_host_starts_this_installation(
    scripts: Path, tmp_path: Path
) -> None:
    link = tmp_path / "incident-desk"  # as pipx makes it
    link.symlink_to(scripts / "incident-desk")
    commands = {
        str(link): [str(link)],
        str(scripts / "incident-desk"): [str(scripts / "incident-desk")],
        str(scripts / "python"): [str(scripts / "python"), "-m", "incident_desk"],
    }
    for path, command in commands.items():
        printed = output(*command, "config", "cursor", "--sandbox", folder=ROOT)
        entry = json.loads(printed)["mcpServers"]["incident-desk"]
        assert entry["command"] == path
        line = [entry["command"], *entry["args"], "--version"]
        version = output(*line, folder=Path("/"), **entry.get("env", {}))
        assert version == f"incident-desk {__version__}\n"


def test_a_wheel_has_one_package_with_all_that_the_folders_have(wheel: Path) -> None:
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert {name.partition("/")[0] for name in packed} == {"incident_desk"}
    expected = {f"incident_desk/{name}" for name in ("__init__.py", "__main__.py", "py.typed")}
    for folder in OURS:
        files = [path for path in (ROOT / folder).rglob("*") if path.is_file()]
        expected |= {
            f"incident_desk/{path.relative_to(ROOT).as_posix()}"
            for path in files
            if path.suffix != ".pyc"
        }
    assert packed == expected
    assert {f"incident_desk/{folder}/py.typed" for folder in OURS} <= packed
