"""The README and the pages of docs/ are true.

Tables and examples are written again with UPDATE_DOCS=1. Review the difference.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import anyio
import pytest

from evals import tokens
from evals.settings import NOW, settings_for
from sandbox.serving import Sandbox
from server.__main__ import main
from server.dispatcher import Dispatcher
from server.http.leases.lease import Rates
from server.prompts.catalogue import BY_NAME, PROMPTS
from server.prompts.text import write
from server.setting_names import COPIES_NAMES, KEY_FILES, SHARED_NAMES
from server.settings import KEYS, URLS, Settings
from tests.pages import PAGES, ROOT, between, check, text_of
from tools import errors
from tools.catalogue import load_tools
from tools.network_fault import LASTING, TEXTS
from tools.rootly.fields import COMPACT, FIELDS
from tools.rootly.incident import COMPUTED, FIELD_NAMES
from tools.rootly.relations import SLUGS
from tools.schema import complete_schema, input_schema
from tools.tool import Tool

HOSTS = sorted(ROOT.glob("docs/hosts/*.md"))
REFERENCES = ROOT / "tests/sandbox/references"
EXAMPLES: dict[str, dict[str, Any]] = {
    "before": {"similar_to": "4821"},
    "wrong": {"status": ["investigating"], "page_size": 0},
    "group_by": {
        "group_by": ["severity"],
        "services": ["payments-gateway"],
        "created_at": {"gte": "2026-09-01"},
    },
    "hint": {"services": ["checkout"], "severity": ["sev1"]},
    "similar_to": {"similar_to": "4821", "page_size": 2},
    "active_during": {
        "active_during": {"gte": "2026-10-10T08:00:00Z", "lte": "2026-10-10T09:00:00Z"},
        "environments": ["production"],
        "fields": ["sequential_id", "title", "started_at", "resolved_at"],
        "view": "table",
    },
    "linked": {"where": {"linked": "Q3F5KPXW8TB2NA"}, "fields": ["sequential_id", "title"]},
    "person": {
        "where": {"person": "Amara"},
        "severity": ["sev1"],
        "created_at": {"gte": "2026-11-01"},
        "fields": ["sequential_id", "title"],
        "view": "table",
    },
    "lasted": {
        "where": {"lasted": {"gte": "5h"}},
        "severity": ["sev0", "sev1"],
        "started_at": {"gte": "2026-09-01"},
        "fields": ["sequential_id", "title", "minutes"],
        "view": "table",
    },
    "parent": {
        "where": {"parent": "4722"},
        "fields": ["sequential_id", "title", "status"],
        "view": "table",
    },
    "long_by_severity": {
        "group_by": ["severity"],
        "where": {"lasted": {"gte": "4h"}},
        "started_at": {"gte": "2026-11-01"},
    },
    "overdue": {
        "where": {"action_items": "overdue"},
        "services": ["payments-gateway"],
        "created_at": {"gte": "2026-10-01"},
        "fields": ["sequential_id", "title"],
    },
}


def kind(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return "one of " + ", ".join(f"`{value}`" for value in schema["enum"])
    match schema["type"]:
        case "array" if schema["items"].get("enum") == [*FIELD_NAMES]:
            return "any of the [fields](fields.md)"
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


def documented_parameters() -> set[str]:
    """The query parameters in the vendors' references, without the operators of filters."""
    rootly = json.loads((REFERENCES / "rootly_parameters.json").read_text(encoding="utf-8"))
    names = {*rootly["reference"], *rootly["newer"]}
    names = {re.sub(r"^(filter\[\w+\])\[\w+\]$", r"\1[…]", name) for name in names}
    return names | {"incident_id", "resource_type", "external_id"}


def parameter(name: str, documented: set[str]) -> str:
    """The vendor's parameter that an argument becomes; a dash if the argument is our own.

    tests/tools/test_parameters.py proves that it does.
    """
    candidates = [name, f"filter[{name}]", f"filter[{name}][…]"]
    if name.startswith("page_"):
        candidates.append(f"page[{name.removeprefix('page_')}]")
    for candidate in candidates:
        if candidate in documented:
            return f"`{candidate}`"
    return "–"


@pytest.mark.parametrize("tool", load_tools(), ids=lambda tool: tool.name)
def test_the_arguments_are_those_of_the_schema(tool: Tool[Any]) -> None:
    documented = documented_parameters()
    listed = input_schema(tool.arguments)["properties"]
    rows = ["| argument | the vendor's parameter | takes | |", "|---|---|---|---|"]
    for name, schema in complete_schema(tool.arguments)["properties"].items():
        cells = [
            f"`{name}`",
            parameter(name, documented),
            kind(schema),
            schema.get("description", "") if name in listed else "Not listed in the schema",
        ]
        rows.append(f"| {' | '.join(cells)} |")
    check(f"<!-- arguments: {tool.name} -->\n", "<!-- /arguments -->", "\n".join(rows) + "\n")


def test_arguments_of_our_own_show_no_parameter_of_a_vendor() -> None:
    documented = documented_parameters()
    questions = {"similar_to", "active_during", "where", "exclude", "group_by"}
    ours = {*questions, "after", "view", "fields", "include_incident"}
    arguments = {name for tool in load_tools() for name in tool.arguments.model_fields}
    assert {name for name in arguments if parameter(name, documented) == "–"} == ours


def test_the_fields_are_those_that_may_be_shown() -> None:
    check(
        "<!-- fields: compact -->", "<!-- /fields -->", ", ".join(f"`{name}`" for name in COMPACT)
    )
    rows = ["| field | Rootly's attribute or relation |", "|---|---|"]
    rows += [f"| `{name}` | {_sources(name)} |" for name in FIELD_NAMES]
    check("<!-- fields: all -->\n", "<!-- /fields -->", "\n".join(rows) + "\n")


def _sources(name: str) -> str:
    """Rootly's attributes or relation that a field shows, or that it is computed from."""
    if name in COMPUTED:
        attributes = sorted(COMPUTED[name].needs.attributes)
        return f"computed from {', '.join(f'`{attribute}`' for attribute in attributes)}"
    if name in SLUGS:
        return f"`{SLUGS[name]}`"
    return ", ".join(f"`{attribute}`" for attribute in FIELDS[name].attributes)


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


def test_the_prompts_are_those_that_are_offered() -> None:
    rows = ["| prompt | | argument | |", "|---|---|---|---|"]
    for prompt in PROMPTS:
        name, purpose = f"`{prompt.name}`", prompt.description
        for argument in prompt.arguments:
            required = " (required)" if argument.is_required else ""
            cells = [name, purpose, f"`{argument.name}`{required}", argument.description]
            rows.append(f"| {' | '.join(cells)} |")
            name = purpose = ""
    check("<!-- prompts -->\n", "<!-- /prompts -->", "\n".join(rows) + "\n")


def test_a_prompt_is_shown_as_it_is_sent() -> None:
    [tool] = [tool for tool in load_tools() if tool.name == "list_incidents"]
    text = write(BY_NAME["before"], {"incident": "4821"}, tool, NOW)
    check("<!-- prompt: before -->\n", "<!-- /prompt -->", f"```text\n{text}\n```\n")


class Environment(dict[str, str]):
    """An empty environment that remembers the variables that were read."""

    def __init__(self) -> None:
        super().__init__()
        self.read: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.read.add(name)
        return default


def test_the_settings_are_those_that_are_read() -> None:
    table = between("<!-- settings -->", "<!-- /settings -->")
    documented = {*re.findall(r"`([A-Z][A-Z_]+)`", table)}
    environment = Environment()
    settings = Settings.read(environment)
    assert documented == {*SHARED_NAMES}
    assert environment.read == {*SHARED_NAMES, *KEY_FILES.values()}
    defaults = dict(re.findall(r"\| `(INCIDENT_DESK_[A-Z_]+)` \| (\w+) \|", table))
    assert float(defaults["INCIDENT_DESK_TIMEOUT_S"]) == settings.limits.timeout_s
    assert int(defaults["INCIDENT_DESK_MAX_RESULT_CHARS"]) == settings.limits.max_result_chars
    assert float(defaults["INCIDENT_DESK_SUMMARY_TIMEOUT_S"]) == settings.limits.summary_timeout_s
    assert int(defaults["INCIDENT_DESK_SUMMARY_MAX"]) == settings.limits.summary_max
    assert int(defaults["INCIDENT_DESK_MAX_IN_FLIGHT"]) == settings.limits.max_in_flight
    assert defaults["INCIDENT_DESK_LOG_LEVEL"] == settings.log_level


def test_the_settings_of_many_copies_are_those_that_are_read() -> None:
    table = between("<!-- copies-settings -->", "<!-- /copies-settings -->")
    documented = re.findall(r"^\| `([A-Z_]+)` \|", table, re.MULTILINE)
    assert documented == [*COPIES_NAMES]


def test_the_promises_of_the_shared_budget_hold_for_as_many_processes_as_the_page_says() -> None:
    section = between("## One budget\n", "\n##")
    [(processes, rate)] = re.findall(r"([\d,]+) processes at ([\d,]+)", section)
    least = 0.98 * _number(rate)
    assert Rates.divide(_number(rate), _number(processes)).leased >= least
    assert Rates.divide(_number(rate), _number(processes) + 1).leased < least


def test_the_errors_are_those_that_there_are() -> None:
    table = between("<!-- errors -->", "<!-- /errors -->")
    documented = dict(re.findall(r"^\| `(\w+)` \|.*\| (yes|no) \|$", table, re.MULTILINE))
    retryable = {error.code: error.retryable for error in errors.ToolError.__subclasses__()}
    retryable["internal"] = False
    assert documented == {code: "yes" if may_pass else "no" for code, may_pass in retryable.items()}


def test_the_network_failures_are_those_that_there_are() -> None:
    words = {
        "host": "the host",
        "peer": "the host",
        "proxy": "the proxy in `HTTPS_PROXY`",
        "variable": "`ROOTLY_API_URL` if it is set",
        "url_variable": "`ROOTLY_API_URL`",
        "code": "…",
    }
    rows = ["| the message says | and | retryable |", "|---|---|---|"]
    for kind, (text, advice) in TEXTS.items():
        retryable = "no" if kind in LASTING else "yes"
        rows.append(f"| {text.format_map(words)} | {advice.format_map(words)} | {retryable} |")
    rows = [row.replace("SSL_CERT_FILE", "`SSL_CERT_FILE`") for row in rows]
    begin = "<!-- network failures -->\n"
    check(begin, "<!-- /network failures -->", "\n".join(rows) + "\n")


def test_the_tokens_are_those_that_are_counted() -> None:
    check(tokens.BEGIN, tokens.END, tokens.report())


def test_the_readme_rounds_what_was_counted() -> None:
    table = between(tokens.BEGIN, tokens.END)
    [(peer_tools, tools)] = re.findall(
        r"^\| `tools/list`.*\| ([\d,]+) \| ([\d,]+) \|$", table, re.MULTILINE
    )
    [peer_incident] = re.findall(r"^\| peer .*?\| (\d+) \|", table, re.MULTILINE)
    [incident] = re.findall(r"^\| `compact` \| (\d+) \|", table, re.MULTILINE)
    readme = " ".join(text_of(ROOT / "README.md").split())
    about = f"{round(_number(tools), -2):,} tokens instead of {round(_number(peer_tools), -4):,}"
    assert f"The list of tools takes {about}." in readme
    assert "An incident takes about a third of the tokens" in readme
    assert round(int(peer_incident) / int(incident)) == 3


def _number(text: str) -> int:
    return int(text.replace(",", ""))


SHELL_EXAMPLES = re.findall(
    r"^incident-desk (call .*)$", between("<!-- calls -->", "<!-- /calls -->"), re.MULTILINE
)


@pytest.mark.parametrize("example", SHELL_EXAMPLES)
def test_a_shell_example_works(example: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(shlex.split(example)) == 0
    assert len(capsys.readouterr().out) > 40


@pytest.mark.slow
def test_a_shell_example_with_a_pipe_works() -> None:
    section = between("<!-- calls -->", "<!-- /calls -->")
    [example] = re.findall(r"^echo .*$", section, re.MULTILINE)
    run = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", example],
        env=environ_for_script(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(run.stdout)["rows"]


@pytest.mark.parametrize(
    "row", between("| question | arguments |\n|---|---|\n", "\n\n").splitlines()
)
def test_the_questions_of_the_readme_are_valid_and_find_something(
    sandbox: Sandbox, row: str
) -> None:
    arguments = json.loads(row.split("`")[1])
    [tool] = [
        tool for tool in load_tools() if arguments.keys() <= tool.arguments.model_fields.keys()
    ]

    async def ask() -> dict[str, Any]:
        async with Dispatcher(settings_for(sandbox), clock=lambda: NOW) as dispatcher:
            result: dict[str, Any] = json.loads((await dispatcher.call(tool.name, arguments)).text)
            return result

    answer = anyio.run(ask)
    assert answer.get("incidents") or answer.get("attachments") or answer.get("rows")


def environ_for_script() -> dict[str, str]:
    """With the console script of the environment that runs the tests."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path}


def environ_for(sandbox: Sandbox) -> dict[str, str]:
    urls = {variable: sandbox.url(vendor) for vendor, variable in URLS.items()}
    return {**environ_for_script(), **urls, **dict.fromkeys(KEYS.values(), "key")}


def script(language: str) -> str:
    return between(f"<!-- script: {language} -->\n```{language}\n", "```")


@pytest.mark.slow
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


@pytest.mark.slow
def test_the_python_workflow_runs(sandbox: Sandbox) -> None:
    run = subprocess.run(
        [sys.executable, "-c", script("python")],
        env=environ_for(sandbox),
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == "INC-1207 Fixing Checkout 5xx in us-east-1\n"


@pytest.mark.parametrize("page", [ROOT / "README.md", *HOSTS], ids=lambda page: page.name)
def test_client_configurations_are_json_and_toml(page: Path) -> None:
    blocks = re.findall(r"^```(json|toml)\n(.*?)```", text_of(page), re.DOTALL | re.MULTILINE)
    for language, block in blocks:
        if "incident-desk" in block:
            assert (json.loads if language == "json" else tomllib.loads)(block)


def anchors_of(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", text_of(page), re.MULTILINE)
    plain = [re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings]
    return {heading.replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_pages_and_headings(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", text_of(page)):
        if target.startswith(("http://", "https://")):
            continue
        path, _, anchor = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), target
        assert not anchor or anchor in anchors_of(linked), target


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, to_visit = set[Path](), [ROOT / "README.md"]
    while to_visit:
        page = to_visit.pop()
        reached.add(page)
        linked = re.findall(r"\]\(([^)#\s]+\.md)", text_of(page))
        pages = {(page.parent / target).resolve() for target in linked if "//" not in target}
        to_visit += pages - reached
    assert {*PAGES} <= reached


def test_the_readme_is_short() -> None:
    assert len(text_of(ROOT / "README.md").split()) <= 1_100
