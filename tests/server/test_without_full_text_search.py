"""A Python whose SQLite has no FTS5, or that has no SQLite at all.

Another module takes the place of `sqlite3` in the server's process. It does what these Pythons do.
"""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from sandbox.serving import VENDORS, Sandbox
from server.settings import KEYS, URLS
from tests.process import run

ROOT = Path(__file__).parents[2]
WITHOUT_SQLITE = 'raise ModuleNotFoundError("No module named \'_sqlite3\'", name="_sqlite3")\n'
WITHOUT_FTS5 = """
import sysconfig

__path__ = [f"{sysconfig.get_path('stdlib')}/sqlite3"]

from sqlite3 import dbapi2
from sqlite3.dbapi2 import *


class WithoutFts5(dbapi2.Connection):
    def executescript(self, script):
        if "fts5" in script:
            raise dbapi2.OperationalError("no such module: fts5")
        return super().executescript(script)


def connect(database):
    return dbapi2.connect(database, factory=WithoutFts5)
"""
PYTHONS = {
    WITHOUT_SQLITE: "The Python of this server has no SQLite",
    WITHOUT_FTS5: "The SQLite of this server has no full text search (FTS5)",
}


def command(sandbox: Sandbox, folder: Path, module: str, *words: str) -> tuple[int, str]:
    """The exit code and the output of a command with *module* in place of sqlite3."""
    package = folder / "replaced" / "sqlite3"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(module, encoding="utf-8")
    environ = {KEYS[vendor]: "key" for vendor in VENDORS}
    environ |= {URLS[vendor]: sandbox.url(vendor) for vendor in VENDORS}
    done = run(
        *(sys.executable, "-m", "server", *words),
        folder=folder,
        PYTHONPATH=f"{package.parent}:{ROOT}",
        **environ,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize(
    "module",
    [
        pytest.param(WITHOUT_FTS5, id="without FTS5"),
        pytest.param(WITHOUT_SQLITE, id="without SQLite", marks=pytest.mark.slow),
    ],
)
def test_similar_to_says_what_is_missing_and_what_to_do(
    sandbox: Sandbox, tmp_path: Path, module: str
) -> None:
    requests = sandbox.script.count()
    code, out = command(
        sandbox, tmp_path, module, "call", "list_incidents", '{"similar_to":"checkout 5xx"}'
    )
    assert sandbox.script.count() == requests
    error: dict[str, Any] = json.loads(out)["error"]
    assert code == 1
    assert error["code"] == "not_configured"
    assert PYTHONS[module] in error["message"]
    assert "Start this server with a Python whose SQLite has FTS5" in error["message"]


@pytest.mark.slow
@pytest.mark.parametrize("module", PYTHONS, ids=["without SQLite", "without FTS5"])
def test_all_other_calls_answer(sandbox: Sandbox, tmp_path: Path, module: str) -> None:
    code, out = command(
        sandbox, tmp_path, module, "call", "list_incidents", '{"search":"checkout"}'
    )
    assert code == 0
    assert json.loads(out)["incidents"]


@pytest.mark.slow
@pytest.mark.parametrize("module", PYTHONS, ids=["without SQLite", "without FTS5"])
def test_doctor_says_what_is_missing(sandbox: Sandbox, tmp_path: Path, module: str) -> None:
    code, out = command(sandbox, tmp_path, module, "doctor", "--json")
    document = json.loads(out)
    [finding] = [one for one in document["findings"] if "SQLite" in one["text"]]
    assert code == 0
    assert finding["status"] == "warning"
    assert PYTHONS[module] in finding["text"]
