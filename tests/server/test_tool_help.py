"""`call TOOL --help`: the arguments of a tool, and examples that work."""

import re
import shlex
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import pytest

from server.__main__ import main
from tests.server.shell import run
from tools.catalogue import PLAIN_TOOLS, ToolEntry
from tools.schema import complete_schema

pytestmark = pytest.mark.usefixtures("no_settings")
EACH_TOOL = pytest.mark.parametrize("entry", PLAIN_TOOLS, ids=lambda entry: entry.name)


def help_of(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    code, out, err = run(capsys, "call", *words)
    assert (code, err) == (0, "")
    return out


def keys_of(schema: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """The keys of an object, and those of the objects in it."""
    for name, member in schema.get("properties", {}).items():
        if "properties" in member:
            yield from keys_of(member, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


@EACH_TOOL
def test_it_names_every_argument_with_its_values_and_description(
    capsys: pytest.CaptureFixture[str], entry: ToolEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    text = help_of(capsys, entry.name, "--help")
    words = " ".join(text.split())
    tool = entry.load()
    assert text.startswith(f"usage: incident-desk call {tool.name} ")
    assert " ".join(tool.description.split()) in words
    schema = complete_schema(tool.arguments)["properties"]
    assert schema.keys() == tool.arguments.model_fields.keys()
    for name, argument in schema.items():
        assert re.search(rf"^  {name}  ", text, re.MULTILINE)
        assert " ".join(argument.get("description", "").split()) in words
        values = argument.get("enum") or argument.get("items", {}).get("enum", [])
        assert ", ".join(values) in words
        assert ", ".join(keys_of(argument)) in words
        for member in argument.get("properties", {}).values():
            assert " ".join(member.get("description", "").split()) in words
            assert ", ".join(member.get("enum", [])) in words


@EACH_TOOL
def test_its_examples_find_something(capsys: pytest.CaptureFixture[str], entry: ToolEntry) -> None:
    text = help_of(capsys, entry.name, "--help")
    examples = [line for line in text.splitlines() if line.startswith("incident-desk call ")]
    assert len(examples) == len(entry.load().examples)
    for example in examples:
        code, out, _ = run(capsys, *shlex.split(example)[1:])
        assert code == 0
        assert not out.startswith(("no ", "invalid"))
        assert out.splitlines()[2:]


@pytest.mark.parametrize("words", [["-h", "list_incidents"], ["list_incidents", "status=x", "-h"]])
def test_the_option_may_stand_anywhere(
    capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    assert help_of(capsys, *words) == help_of(capsys, "list_incidents", "--help")


def test_an_unknown_tool_has_no_help(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "call", "list_incident", "--help")
    assert (code, out) == (2, "")
    assert "did you mean list_incidents?" in err


@pytest.mark.parametrize("columns", ["30", "60", "250"])
@pytest.mark.parametrize(
    "words",
    [
        ["call", "list_incidents", "--help"],
        ["call", "--help"],
        ["--help"],
        ["tools", "--help"],
        ["sandbox", "--help"],
        ["http", "--help"],
    ],
    ids=" ".join,
)
def test_help_fits_into_the_terminal(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    columns: str,
    words: list[str],
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    with suppress(SystemExit):
        main(words)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 3
    for line in lines:
        # What a person may copy is in one line, and so is a word that is too long.
        is_whole = line.lstrip().startswith(("incident-desk", "/")) or len(line.split()) < 3
        assert is_whole or len(line) <= int(columns), line
