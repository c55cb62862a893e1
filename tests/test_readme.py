"""The README is true. Tables and examples are written anew with UPDATE_README=1; review the difference."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import anyio
import pytest
from tools.catalogue import load_tools

from evals import tokens
from sandbox.serving import Sandbox
from server.call_command import read
from server.dispatcher import Dispatcher
from server.settings import KEYS, URLS, Settings
from tests.conftest import NOW, settings_for
from tools import errors
from tools.rootly.fields import COMPACT, FIELDS
from tools.schema import input_schema
from tools.tool import Tool

README = Path(__file__).parents[1] / "README.md"
EXAMPLES: dict[str, dict[str, Any]] = {
    "list_incidents": {
        "status": ["started", "acknowledged"],
        "environments": ["production"],
        "created_at": {"gte": "-24h"},
        "page_size": 2,
    },
    "wrong": {"status": ["investigating"], "page_size": 0},
    "group_by": {
        "group_by": ["severity"],
        "services": ["payments-gateway"],
        "created_at": {"gte": "2026-09-01"},
    },
    "hint": {"services": ["checkout"], "severity": ["sev1"]},
}


def check(begin: str, end: str, made: str) -> None:
    """What stands between the two marks is *made*."""
    text = README.read_text(encoding="utf-8")
    before, mark, rest = text.partition(begin)
    assert mark, f"the README has no {begin}"
    stands, mark, after = rest.partition(end)
    assert mark, f"the README has no {end} behind {begin}"
    if os.environ.get("UPDATE_README"):
        README.write_text(f"{before}{begin}{made}{end}{after}", encoding="utf-8")
        return
    assert stands == made


def between(begin: str, end: str) -> str:
    return README.read_text(encoding="utf-8").partition(begin)[2].partition(end)[0]


def kind(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return "one of " + ", ".join(f"`{value}`" for value in schema["enum"])
    match schema["type"]:
        case "array" if "enum" in schema["items"]:
            return "any of " + ", ".join(f"`{value}`" for value in schema["items"]["enum"])
        case "array":
            return "strings"
        case "object":
            return ", ".join(f"`{name}`" for name in schema["properties"])
        case "integer" if "maximum" in schema:
            return f"an integer from {schema['minimum']} to {schema['maximum']}"
        case "integer":
            return "an integer from 1"
        case "boolean":
            return "`true` or `false`"
    return "a string"


def parameter(tool: Tool[Any], name: str) -> str:
    """What an argument becomes at the vendor; that it does is what tests/tools/test_parameters.py holds."""
    ours = ("after", "view", "fields", "group_by", "include_incident")
    kept = ("sort", "include", "incident_id", "resource_type", "external_id")
    if name in ours:
        return "–"
    if name in kept:
        return f"`{name}`"
    if name.startswith("page_"):
        return f"`page[{name.removeprefix('page_')}]`"
    if name == "exclude":
        return "`filter[…][not_in]`"
    return f"`filter[{name}]" + ("[…]`" if name.endswith("_at") else "`")


@pytest.mark.parametrize("tool", load_tools(), ids=lambda tool: tool.name)
def test_the_arguments_are_those_of_the_schema(tool: Tool[Any]) -> None:
    rows = ["| argument | the vendor's parameter | takes | |", "|---|---|---|---|"]
    for name, schema in input_schema(tool.arguments)["properties"].items():
        rows.append(
            f"| `{name}` | {parameter(tool, name)} | {kind(schema)} | {schema.get('description', '')} |"
        )
    check(f"<!-- arguments: {tool.name} -->\n", "<!-- /arguments -->", "\n".join(rows) + "\n")


def test_the_fields_are_those_that_may_be_shown() -> None:
    check(
        "<!-- fields: compact -->", "<!-- /fields -->", ", ".join(f"`{name}`" for name in COMPACT)
    )
    check(
        "<!-- fields: all -->\n",
        "<!-- /fields -->",
        ", ".join(f"`{name}`" for name in FIELDS) + "\n",
    )


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_answers_as_shown(sandbox: Sandbox, example: str) -> None:
    arguments = EXAMPLES[example]

    async def ask() -> str:
        async with Dispatcher(settings_for(sandbox), clock=lambda: NOW) as dispatcher:
            return (await dispatcher.call("list_incidents", arguments)).text

    call = json.dumps(arguments, ensure_ascii=False)
    answer = anyio.run(ask).replace('},{"', '},\n {"').replace('}],"', '}],\n"')
    made = f"```\nlist_incidents {call}\n```\n```json\n{answer}\n```\n"
    check(f"<!-- example: {example} -->\n", "<!-- /example -->", made)


def test_the_settings_are_those_that_are_read() -> None:
    table = between("<!-- settings -->", "<!-- /settings -->")
    told = {*re.findall(r"`([A-Z][A-Z_]+)`", table.replace("`--sandbox`", ""))}
    source = (README.parent / "server/settings.py").read_text(encoding="utf-8")
    assert told == {*re.findall(r'"((?:ROOTLY|INCIDENT)_[A-Z_]+)"', source)}
    assert {*KEYS.values(), *URLS.values()} <= told
    defaults = dict(re.findall(r"\| `(INCIDENT_DESK_[A-Z_]+)` \| (\w+) \|", table))
    settings = Settings.read({})
    assert float(defaults["INCIDENT_DESK_TIMEOUT_S"]) == settings.timeout_s
    assert int(defaults["INCIDENT_DESK_MAX_RESULT_CHARS"]) == settings.max_result_chars
    assert int(defaults["INCIDENT_DESK_MAX_IN_FLIGHT"]) == settings.max_in_flight
    assert defaults["INCIDENT_DESK_LOG_LEVEL"] == settings.log_level


def test_the_errors_are_those_that_there_are() -> None:
    table = between("<!-- errors -->", "<!-- /errors -->")
    told = dict(re.findall(r"^\| `(\w+)` \|.*\| (yes|no) \|$", table, re.MULTILINE))
    there = {error.code: error.retryable for error in errors.ToolError.__subclasses__()}
    assert told == {
        code: "yes" if retryable else "no"
        for code, retryable in {**there, "internal": False}.items()
    }


def test_the_tokens_are_those_that_are_counted() -> None:
    check(tokens.BEGIN, tokens.END, tokens.report())


def test_the_shell_examples_are_understood() -> None:
    section = between("## From the shell\n", "`call` exits with")
    calls = re.findall(r"^(?:echo .* \| )?incident-desk call (.*)$", section, re.MULTILINE)
    assert len(calls) == 4
    for call in calls:
        name, *words = [
            word for word in shlex.split(call, comments=True) if not word.startswith("--")
        ]
        [tool] = [tool for tool in load_tools() if tool.name == name]
        if words != ["-"]:
            tool.arguments.model_validate(
                read(words, input_schema(tool.arguments)), context={"now": NOW}
            )


def environ_for(sandbox: Sandbox) -> dict[str, str]:
    # The console script of the environment that runs the tests.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    urls = {variable: sandbox.url(vendor) for vendor, variable in URLS.items()}
    return {**os.environ, **urls, **dict.fromkeys(KEYS.values(), "key"), "PATH": path}


def script(language: str) -> str:
    return between(f"<!-- script: {language} -->\n```{language}\n", "```")


@pytest.mark.skipif(shutil.which("jq") is None, reason="the example needs jq")
def test_the_shell_workflow_runs(sandbox: Sandbox) -> None:
    run = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script("sh")],
        env=environ_for(sandbox),
        capture_output=True,
        text=True,
        check=True,
    )
    rows = [line.split("\t") for line in run.stdout.splitlines()]
    assert ["github_pull_request", "Roll payments-gateway back to 2.31.4"] in [
        row[:2] for row in rows
    ]


def test_the_python_workflow_runs(sandbox: Sandbox) -> None:
    run = subprocess.run(
        [sys.executable, "-c", script("python")],
        env=environ_for(sandbox),
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == "INC-1207 Fixing Checkout 5xx in us-east-1\n"


def test_client_configurations_are_json_and_toml() -> None:
    import tomllib

    text = README.read_text(encoding="utf-8")
    blocks = re.findall(
        r"```(json|toml)\n(.*?)```", text.partition("## Install and connect")[2], re.DOTALL
    )
    assert len(blocks) >= 3
    for language, block in blocks:
        assert (json.loads if language == "json" else tomllib.loads)(block)
