"""What a release consists of. `.ci/packages/run` holds it to the hosts' own programs, too."""

import base64
import hashlib
import json
import re
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from mcp import Client

from release import bundle, links, plugins
from release.committed import committed_files
from release.project import Project
from release.registry import server_json
from server import __version__
from tests.pages import ROOT, between, check, text_of
from tests.process import output, run, serving_http
from tools.catalogue import PLAIN_TOOLS, VENDORS

PROJECT = Project.read()
VARIABLES = [vendor.key_variable for vendor in VENDORS]
NOT_SHIPPED = {"tests", "evals", "benchmarks", "release", ".ci", ".github", "docs", "deploy"}


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    output(sys.executable, "-m", "release", str(folder), folder=ROOT)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.slow
def test_equal_sources_make_an_equal_release(dist: Path, tmp_path: Path) -> None:
    output(sys.executable, "-m", "release", str(tmp_path), folder=ROOT)
    assert contents(tmp_path) == contents(dist)


@pytest.mark.slow
def test_the_source_distribution_builds_the_same_wheel(dist: Path, tmp_path: Path) -> None:
    [sources], [wheel] = dist.glob("*.tar.gz"), dist.glob("*.whl")
    with tarfile.open(sources) as archive:
        archive.extractall(tmp_path, filter="data")
    [folder] = tmp_path.iterdir()
    build = ("-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path))
    output(sys.executable, *build, folder=folder)
    assert (tmp_path / wheel.name).read_bytes() == wheel.read_bytes()


@pytest.mark.slow
def test_the_source_distribution_has_only_what_is_installed_and_its_papers(dist: Path) -> None:
    [sources] = dist.glob("*.tar.gz")
    with tarfile.open(sources) as archive:
        names = [Path(*Path(name).parts[1:]) for name in archive.getnames()]
    assert not {name.parts[0] for name in names} & NOT_SHIPPED
    assert "node_modules" not in {part for name in names for part in name.parts}
    papers = {"LICENSE", "LICENSE-UNICODE", "README.md", "CHANGELOG.md", "requirements.txt"}
    assert papers <= {str(name) for name in names}


@pytest.mark.slow
def test_the_board_is_in_the_wheel_and_its_sources_in_the_source_distribution(dist: Path) -> None:
    [sources], [wheel] = dist.glob("*.tar.gz"), dist.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        page = archive.read("incident_desk/server/board/board.html")
    assert page == (ROOT / "server/board/board.html").read_bytes()
    with tarfile.open(sources) as archive:
        names = {Path(*Path(name).parts[1:]).as_posix() for name in archive.getnames()}
    assert {"board/build.mjs", "board/package-lock.json", "board/src/main.ts"} <= names


@pytest.mark.slow
def test_a_wheel_has_its_licences_and_says_which_pythons_it_needs(dist: Path) -> None:
    [wheel] = dist.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        [metadata] = [name for name in archive.namelist() if name.endswith("/METADATA")]
        lines = archive.read(metadata).decode().splitlines()
        licenses = [name for name in archive.namelist() if "/licenses/" in name]
    assert f"Requires-Python: {PROJECT.requires_python}" in lines
    assert f"License-Expression: {PROJECT.license}" in lines
    assert {Path(name).name for name in licenses} == {"LICENSE", "LICENSE-UNICODE"}


@pytest.mark.slow
def test_a_bundle_holds_the_wheel_and_the_locked_versions(dist: Path) -> None:
    [wheel] = dist.glob("*.whl")
    with zipfile.ZipFile(dist / PROJECT.bundle_name) as archive:
        assert archive.read(wheel.name) == wheel.read_bytes()
        assert archive.read(bundle.ENTRY_POINT)
        manifest = json.loads(archive.read("manifest.json"))
        project = tomllib.loads(archive.read("pyproject.toml").decode())
    assert manifest == bundle.manifest(PROJECT)
    assert manifest["server"]["entry_point"] == bundle.ENTRY_POINT
    uv = project["tool"]["uv"]
    assert uv["sources"]["incident-desk"]["path"] == wheel.name
    versions = re.findall(r"^([\w.-]+==[^ ]+)", text_of(ROOT / "requirements.txt"), re.MULTILINE)
    assert {line.partition(" ")[0] for line in uv["constraint-dependencies"]} == {*versions}


@pytest.mark.slow
def test_the_registry_gets_the_hash_of_the_bundle(dist: Path) -> None:
    entry = json.loads((dist / "server.json").read_text(encoding="utf-8"))
    [package] = [package for package in entry["packages"] if package["registryType"] == "mcpb"]
    content = (dist / PROJECT.bundle_name).read_bytes()
    assert package["fileSha256"] == hashlib.sha256(content).hexdigest()


@pytest.mark.slow
def test_a_build_says_what_is_missing_before_it_can_be_published(tmp_path: Path) -> None:
    process = run(sys.executable, "-m", "release", str(tmp_path), folder=ROOT)
    complaints = re.findall(r"^Not ready to publish: (.*)$", process.stderr, re.MULTILINE)
    assert complaints == PROJECT.problems()
    nameless = {name for line in complaints for name in re.findall(r"no owner in (\w+)", line)}
    table = tomllib.loads(text_of(ROOT / "pyproject.toml"))["tool"]["incident-desk"]["publish"]
    assert nameless == {name for name, value in table.items() if "OWNER" in value}


def test_a_build_that_fails_says_why(tmp_path: Path) -> None:
    hatchling = tmp_path / "hatchling"
    hatchling.mkdir()
    (hatchling / "__init__.py").touch()
    (hatchling / "__main__.py").write_text("raise SystemExit('nothing to build with')\n")
    command = (sys.executable, "-m", "release", str(tmp_path / "dist"))
    process = run(*command, folder=ROOT, PYTHONPATH=str(tmp_path))
    assert process.returncode == 1
    assert process.stderr == "The build failed:\nnothing to build with\n\n"


@pytest.mark.parametrize("path", committed_files(PROJECT))
def test_a_committed_file_is_the_generated_one(path: str) -> None:
    assert text_of(ROOT / path) == committed_files(PROJECT)[path]


def test_no_generated_file_is_left_from_a_vendor_that_is_gone() -> None:
    paths = [*ROOT.glob("deploy/systemd/*.d/*"), *ROOT.glob("deploy/systemd/*@*")]
    files = {str(path.relative_to(ROOT)) for path in paths if path.is_file()}
    assert files <= committed_files(PROJECT).keys()


@pytest.mark.parametrize(
    "content",
    [bundle.manifest(PROJECT)["user_config"], plugins.plugin(PROJECT)["userConfig"]],
    ids=["bundle", "plugin"],
)
def test_a_host_asks_for_every_key_hides_it_and_needs_none(content: dict[str, Any]) -> None:
    assert content.keys() == {vendor.name for vendor in VENDORS}
    for option in content.values():
        assert option["sensitive"]
        assert not option["required"]


def test_every_host_hands_over_every_key_under_its_variable() -> None:
    environs = [
        bundle.manifest(PROJECT)["server"]["mcp_config"]["env"],
        plugins.plugin(PROJECT)["mcpServers"]["incident-desk"]["env"],
        plugins.extension(PROJECT)["mcpServers"]["incident-desk"]["env"],
        links.vs_code_configuration(PROJECT)["env"],
        links.cursor_configuration(PROJECT)["env"],
    ]
    for environ in environs:
        assert [*environ] == VARIABLES
        assert all(value.startswith("${") for value in environ.values())


def test_gemini_cli_keeps_every_key_as_a_secret() -> None:
    settings = plugins.extension(PROJECT)["settings"]
    assert [setting["envVar"] for setting in settings] == VARIABLES
    assert all(setting["sensitive"] for setting in settings)


def test_the_bundle_lists_the_tools_of_the_catalogue() -> None:
    tools = bundle.manifest(PROJECT)["tools"]
    assert [tool["name"] for tool in tools] == [entry.name for entry in PLAIN_TOOLS]


def test_the_registry_entry_keeps_to_the_limits_of_the_schema() -> None:
    entry = server_json(PROJECT, "0" * 64)
    assert re.fullmatch(r"[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+", entry["name"])
    assert 0 < len(entry["description"]) <= 100
    assert entry["version"] == __version__
    packages = {package["registryType"]: package for package in entry["packages"]}
    assert packages.keys() == {"pypi", "oci", "mcpb"}
    assert packages["oci"]["identifier"].endswith(f":{__version__}")
    for package in packages.values():
        variables = package["environmentVariables"]
        assert [variable["name"] for variable in variables] == VARIABLES
        assert all(variable["isSecret"] for variable in variables)
        assert not any(variable["isRequired"] for variable in variables)


@pytest.mark.slow
def test_the_page_about_installing_names_the_files_of_this_version(dist: Path) -> None:
    page = text_of(ROOT / "docs/install.md")
    files = re.findall(r"^\| `([\w.-]+)` \| ", page, re.MULTILINE)
    assert {*files} == {path.name for path in dist.iterdir()}
    versions = re.findall(r"\d+\.\d+\.\d+", page)
    assert {*versions} == {__version__}


def test_the_links_of_the_documentation_are_the_generated_ones() -> None:
    check("<!-- links -->\n", "<!-- /links -->", links.markdown(PROJECT))


def documented_links() -> list[str]:
    return re.findall(r"\]\((https://[^)]+)\)", between("<!-- links -->\n", "<!-- /links -->"))


def test_the_link_for_vs_code_adds_the_installed_command_and_asks_for_the_keys() -> None:
    [link] = [link for link in documented_links() if "vscode.dev" in link]
    [target] = parse_qs(urlsplit(link).query)["url"]
    assert target.startswith("vscode:mcp/install?")
    configuration = json.loads(unquote(urlsplit(target).query))
    assert configuration["command"] == "incident-desk"
    inputs = {entry["id"]: entry for entry in configuration["inputs"]}
    assert all(entry["password"] for entry in inputs.values())
    references = re.findall(r"\$\{input:(\w+)\}", json.dumps(configuration["env"]))
    assert references == [*inputs]


def test_the_link_for_cursor_adds_the_installed_command_and_reads_the_environment() -> None:
    [link] = [link for link in documented_links() if "cursor.com" in link]
    query = parse_qs(urlsplit(link).query)
    assert query["name"] == ["incident-desk"]
    configuration = json.loads(base64.b64decode(query["config"][0], validate=True))
    assert configuration["command"] == "incident-desk"
    assert configuration["env"] == {name: f"${{env:{name}}}" for name in VARIABLES}


def test_the_image_has_the_published_names() -> None:
    text = text_of(ROOT / "Dockerfile")
    labels = dict(re.findall(r'([a-z.]+)="([^"]*)"', text))
    assert labels["io.modelcontextprotocol.server.name"] == PROJECT.server
    assert labels["org.opencontainers.image.source"] == PROJECT.repository
    assert labels["org.opencontainers.image.licenses"] == PROJECT.license


def test_the_image_names_one_version_of_python() -> None:
    versions = re.findall(r"python:?(\d\.\d+)", text_of(ROOT / "Dockerfile"))
    assert len(versions) == 3
    assert len({*versions}) == 1


def test_the_image_serves_stdio_unless_it_is_told_otherwise() -> None:
    text = text_of(ROOT / "Dockerfile")
    assert 'ENTRYPOINT ["incident-desk"]\n' in text
    assert not re.search(r"^CMD", text, re.MULTILINE)
    assert re.search(r"^USER [1-9]", text, re.MULTILINE)


@pytest.mark.parametrize("variable", VARIABLES)
def test_a_vendor_without_a_key_file_is_left_out_of_compose(variable: str) -> None:
    assert f"{variable}_FILE: ${{{variable}_FILE:-}}\n" in text_of(ROOT / "compose.yaml")


@pytest.mark.slow
@pytest.mark.anyio
async def test_a_service_with_the_key_file_of_one_vendor_serves_its_tools(tmp_path: Path) -> None:
    key = tmp_path / "rootly"
    key.write_text("a-key\n", encoding="utf-8")
    files = {"ROOTLY_API_TOKEN_FILE": str(key), "INCIDENT_IO_API_KEY_FILE": ""}
    command = (sys.executable, "-m", "incident_desk")
    with serving_http(*command, folder=ROOT, **files) as url:
        async with Client(url) as client:
            tools = (await client.list_tools()).tools
    assert [tool.name for tool in tools] == ["list_incidents"]
