"""Who may import whom."""

import ast
from pathlib import Path

import pytest

from tools.catalogue import VENDORS

ROOT = Path(__file__).parents[1]
FOLDERS = {vendor.name for vendor in VENDORS}
FORBIDDEN = {
    "tools": {"mcp", "server", "sandbox", "os"},
    **{f"tools/{folder}": {f"tools.{other}" for other in FOLDERS - {folder}} for folder in FOLDERS},
    "sandbox": {"mcp", "anyio", "httpx", "pydantic", "server", "tools"},
    "server": {"tests", "benchmarks", "evals"},
}


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


def test_no_module_is_named_like_one_of_the_standard_library() -> None:
    import sys

    names = {
        path.stem
        for folder in ("server", "tools", "sandbox")
        for path in (ROOT / folder).rglob("*.py")
    }
    assert not (names - {"__init__", "__main__"}) & sys.stdlib_module_names
