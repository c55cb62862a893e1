"""Who may import whom."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.catalogue import VENDORS

ROOT = Path(__file__).parents[1]
PACKAGES = ("incident_desk", "server", "tools", "sandbox")
FOLDERS = [vendor.name for vendor in VENDORS]
FORBIDDEN = {
    "tools": {"mcp", "server", "sandbox", "incident_desk", "os"},
    **{
        f"tools/{folder}": {f"tools.{other}" for other in FOLDERS if other != folder}
        for folder in FOLDERS
    },
    "sandbox": {"mcp", "anyio", "httpx", "pydantic", "server", "tools", "incident_desk"},
    "server": {"incident_desk", "tests", "benchmarks", "evals"},
    "incident_desk": {"tools", "sandbox", "tests", "benchmarks", "evals"},
}

LAYERS = {
    "tools": set[str](),
    "sandbox": set[str](),
    "server": {"tools", "sandbox"},
    "evals": {"server", "tools", "sandbox"},
    "benchmarks": {"evals", "server", "tools", "sandbox"},
    "release": {"server", "tools"},
    "tests": {"evals", "server", "tools", "sandbox", "release"},
}
"""What each package may import of the others. Every arrow runs down."""


def imported_names(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: a relative import"
            yield node.module
            for alias in node.names:
                yield f"{node.module}.{alias.name}"


def is_in(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


@pytest.mark.parametrize("folder", FORBIDDEN)
def test_imports_point_one_way(folder: str) -> None:
    paths = [*(ROOT / folder).rglob("*.py")]
    assert paths
    for path in paths:
        for name in imported_names(path):
            wrong = [package for package in FORBIDDEN[folder] if is_in(name, package)]
            assert not wrong, (path, name)


@pytest.mark.parametrize("package", LAYERS)
def test_a_package_imports_only_those_below_it(package: str) -> None:
    for path in (ROOT / package).rglob("*.py"):
        packages = {name.partition(".")[0] for name in imported_names(path)} & LAYERS.keys()
        assert packages <= {package, *LAYERS[package]}, path


def test_no_module_is_named_like_one_of_the_standard_library() -> None:
    paths = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    names = {path.stem for path in paths} - {"__init__", "__main__"}
    assert not names & sys.stdlib_module_names
