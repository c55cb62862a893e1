"""Who may import whom."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FORBIDDEN = {
    "tools": {"mcp", "server", "sandbox", "os"},
    "tools/rootly": {"tools.incident_io"},
    "tools/incident_io": {"tools.rootly"},
    "sandbox": {"mcp", "anyio", "httpx", "pydantic", "server", "tools"},
    "server": {"tests", "benchmarks"},
}

LAYERS = {
    "tools": set[str](),
    "sandbox": set[str](),
    "server": {"tools", "sandbox"},
    "evals": {"server", "tools", "sandbox"},
    "benchmarks": {"evals", "server", "tools", "sandbox"},
    "tests": {"evals", "server", "tools", "sandbox"},
}
"""What each package may import of the others. Every arrow runs down."""


def imports(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: a relative import"
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


@pytest.mark.parametrize("folder", FORBIDDEN)
def test_imports_point_one_way(folder: str) -> None:
    for path in (ROOT / folder).rglob("*.py"):
        for name in imports(path):
            assert not any(
                name == bad or name.startswith(f"{bad}.") for bad in FORBIDDEN[folder]
            ), (path, name)


@pytest.mark.parametrize("package", LAYERS)
def test_a_package_imports_only_those_below_it(package: str) -> None:
    for path in (ROOT / package).rglob("*.py"):
        packages = {name.partition(".")[0] for name in imports(path)} & LAYERS.keys()
        assert packages <= {package, *LAYERS[package]}, path


def test_no_module_is_named_like_one_of_the_standard_library() -> None:
    import sys

    names = {
        path.stem
        for folder in ("server", "tools", "sandbox")
        for path in (ROOT / folder).rglob("*.py")
    }
    assert not (names - {"__init__", "__main__"}) & sys.stdlib_module_names
