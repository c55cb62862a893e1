"""The command line, as a person or a script uses it."""

import json
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from sandbox.serving import VENDORS, Sandbox
from server import __version__
from server.__main__ import COMMANDS, main
from server.settings import URLS
from tests.process import output
from tests.server.shell import run
from tools.catalogue import PLAIN_TOOLS
from tools.catalogue import VENDORS as CATALOGUE

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.usefixtures("no_settings")


def test_call_prints_compact_json(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(
        capsys, "call", "list_incidents", "--sandbox", "status=started,mitigated", "page_size=2"
    )
    assert code == 0
    assert {row["status"] for row in json.loads(out)["incidents"]} <= {"started", "mitigated"}
    assert out == json.dumps(json.loads(out), separators=(",", ":"), ensure_ascii=False) + "\n"
    assert "made up" in err


def test_call_takes_json_and_indents_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "--sandbox", "call", "list_incidents", '{"page_size":1}', "--pretty")
    assert (code, out.startswith('{\n  "incidents"')) == (0, True)


def test_an_error_result_exits_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "call", "list_incidents", "--sandbox", "page_size=0")
    assert (code, json.loads(out)["error"]["code"]) == (1, "invalid_arguments")
    code, out, err = run(capsys, "call", "list_incidents")
    assert (code, json.loads(out)["error"]["code"]) == (1, "not_configured")
    assert "ROOTLY_API_TOKEN" in err


def members_of(lines: str) -> dict[str, Any]:
    """The members on stderr: JSON lines with one member each, each member once."""
    members = [member for line in lines.splitlines() for member in json.loads(line).items()]
    assert len(members) == len({name for name, _ in members})
    return dict(members)


TICKETS = ["OPS-3998472", "OPS-9448414", "OPS-5565332"]
ABOUT_TICKETS = [
    "list_attachments",
    "resource_type=jira_issue",
    f"external_id={','.join(TICKETS)}",
]
QUESTIONS: list[list[str]] = [
    ["list_incidents", "created_at.gte=2026-11-20"],
    ["list_incidents", "created_at.gte=2026-11-20", "view=table"],
    ["list_incidents", "services=checkout", "severity=sev1"],
    ["list_incidents", "group_by=severity"],
    ["list_incidents", "where.lasted.gte=2h", "active_during.gte=2026-11-20"],
    ["list_incidents", "similar_to=certificate expired"],
    ["list_incidents", "sequential_id=INC-12"],
    ["list_attachments", "incident_id=INC-1207", "include_incident=true"],
    [*ABOUT_TICKETS, "include_incident=true"],
    ["list_attachments", "resource_type=jira_issue", "external_id=OPS-1"],
]


@pytest.mark.parametrize("question", QUESTIONS, ids=" ".join)
def test_all_prints_everything_that_call_prints(
    served: Sandbox, capsys: pytest.CaptureFixture[str], question: list[str]
) -> None:
    code, out, _ = run(capsys, "call", *question)
    whole = json.loads(out)
    assert code == 0
    code, out, err = run(capsys, "call", "--all", *question)
    rows = [json.loads(line) for line in out.splitlines()]
    beside = members_of(err)
    assert code == 0
    rows_key = next(key for key in ("rows", "attachments", "incidents") if key in whole)
    assert len(rows) == len(whole[rows_key])
    assert rows or beside["hint"]
    for name in whole.keys() - {rows_key, "columns", "next", "as_of"}:
        assert beside[name] == whole[name], name
    assert beside.keys() <= whole.keys()


def test_all_prints_once_what_every_page_says(
    served: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(
        capsys,
        "call",
        "list_incidents",
        "--all",
        "created_at.gte=-90d",
        "page_size=20",
        "fields=title",
    )
    rows, beside = out.splitlines(), members_of(err)
    assert code == 0
    assert len(rows) == beside["total"] > 60
    assert len([note for note in beside["notes"] if "-90d" in note]) == 1


@pytest.mark.slow
def test_all_says_how_many_incidents_were_read_for_all_pages(
    served: Sandbox, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["call", "list_incidents", "--all", "where.lasted.gte=1m", "page_size=50"]
    _, out, err = run(capsys, *words)
    beside = members_of(err)
    size = served.store.value("SELECT count(*) FROM incidents")
    assert beside["covered"] == {"incidents": size, "of": size}
    assert len(out.splitlines()) == beside["total"] > 50
    # Then the first page reads only a part, and the last page has read the rest.
    monkeypatch.setenv("INCIDENT_DESK_SUMMARY_MAX", "120")
    _, again, err = run(capsys, *words)
    assert again == out
    assert members_of(err)["covered"] == beside["covered"]
    # With the oldest first, the list begins where reading ended, and no page reads older ones.
    _, _, err = run(capsys, *words, "sort=created_at")
    covered = members_of(err)["covered"]
    assert covered.keys() == {"incidents", "of", "since"}
    assert covered["incidents"] <= 120


def test_all_exits_with_1_where_some_ids_failed_for_good(
    served: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    served.script.turn(2, "incident_io", fault="status:422")
    code, out, err = run(capsys, "call", "--all", *ABOUT_TICKETS, "include_incident=true")
    rows, beside = [json.loads(line) for line in out.splitlines()], members_of(err)
    [(failed, why)] = beside["failed"].items()
    assert (code, why["code"]) == (1, "rejected")
    assert {failed, *beside["by_external_id"]} == {*TICKETS}
    assert len(rows) == beside["count"] == sum(beside["by_external_id"].values())
    assert "total" not in beside


@pytest.mark.slow
def test_all_exits_with_75_where_what_failed_may_pass(
    served: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in (2, 4, 5):  # A request, and it again twice.
        served.script.turn(number, "incident_io", fault="status:503")
    code, _, err = run(capsys, "call", "--all", *ABOUT_TICKETS)
    [why] = members_of(err)["failed"].values()
    assert (code, why["code"]) == (75, "unavailable")


@pytest.mark.slow
@pytest.mark.parametrize(("status", "requests", "code"), [("422", 1, 1), ("503", 3, 75)])
def test_a_walk_that_fails_on_the_way_says_so_beside_its_rows_and_can_continue(
    served: Sandbox, capsys: pytest.CaptureFixture[str], status: str, requests: int, code: int
) -> None:
    for number in range(requests):
        served.script.turn(2 + number, fault=f"status:{status}")
    exit_code, out, err = run(
        capsys,
        "call",
        "list_incidents",
        "--all",
        "created_at.gte=-90d",
        "page_size=10",
        "fields=title",
    )
    beside = members_of(err)
    assert exit_code == code
    assert [json.loads(line).keys() for line in out.splitlines()] == [{"title"}] * 10
    assert beside["error"]["retryable"] is (code == 75)
    assert beside["total"] > 10
    after = f"after={beside['next']['after']}"
    words = ("list_incidents", "--all", "page_size=100", "fields=title", "created_at.gte=-90d")
    _, rest, err = run(capsys, "call", *words, after)
    assert len(rest.splitlines()) == beside["total"] - 10
    assert "next" not in members_of(err)


@pytest.mark.parametrize("form", ["json", "csv", "table"])
def test_a_count_that_a_later_page_contradicts_is_left_out_of_the_walk(
    served: Sandbox,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    form: str,
) -> None:
    monkeypatch.setenv(URLS["rootly"], served.url("rootly", total="fewer:5"))
    words = ("created_at.gte=-90d", "page_size=100", "fields=sequential_id")
    code, out, err = run(capsys, "call", "list_incidents", "--all", *words, "--format", form)
    assert code == 0
    assert "count of matches is smaller" in out + err
    assert not re.search(r'^(\{")?total\b', out + err, re.MULTILINE)


@pytest.mark.slow
def test_a_failure_that_may_pass_exits_with_75(
    served: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in (1, 2, 3):
        served.script.turn(number, fault="status:503")
    code, out, _ = run(capsys, "call", "list_incidents")
    assert (code, json.loads(out)["error"]["code"]) == (75, "unavailable")


def test_all_has_whole_rows_whatever_a_result_may_hold(
    served: Sandbox, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INCIDENT_DESK_MAX_RESULT_CHARS", "10000")
    code, out, err = run(
        capsys,
        "call",
        "list_incidents",
        "--all",
        "view=full",
        "created_at.gte=2026-11-15",
        "page_size=100",
    )
    assert (code, len(out.splitlines())) == (0, members_of(err)["total"])
    assert len(out) > 20_000
    assert "fit here" not in err


@pytest.mark.parametrize(
    "words", [["{nonsense"], ["status"], ["[1]"], ["=x"], ["sort=created_at", "sort.x=1"]]
)
def test_wrong_usage_exits_with_2(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    code, out, err = run(capsys, "call", "list_incidents", *words)
    assert (code, out) == (2, "")
    assert "incident-desk call:" in err


def test_no_such_tool_exits_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "call", "list_nothing")
    assert code == 2
    assert all(entry.name in err for entry in PLAIN_TOOLS)


@pytest.mark.parametrize("words", [[], ["severity=sev1"], ["--help"]])
def test_a_tool_that_shows_a_page_is_refused_with_what_to_use_instead(
    capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    code, out, err = run(capsys, "call", "show_board", *words)
    assert (code, out) == (2, "")
    assert "incident-desk board opens the same page" in err
    assert "incident-desk call list_incidents prints incidents" in err


def test_arguments_can_come_from_stdin() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "server", "call", "--sandbox", "list_incidents", "-"],
        input='{"page_size":1,"view":"table"}',
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert len(json.loads(done.stdout)["rows"]) == 1


def test_tools_prints_the_reviewed_schemas(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "tools")
    assert code == 0
    for tool in json.loads(out)["tools"]:
        assert tool == json.loads(
            (ROOT / f"server/snapshots/{tool['name']}.json").read_text(encoding="utf-8")
        )


def test_starting_to_serve_imports_only_what_the_first_answer_needs() -> None:
    code = """if True:
        import sys
        import server.__main__, server.stdio
        from server.settings import Settings
        Settings.read({"ROOTLY_API_TOKEN": "key"})
        print(*sys.modules)
    """
    modules = {*output(sys.executable, "-c", code, folder=ROOT).split()}
    late = {"argparse", "asyncio", "pathlib", "threading", "typing", "urllib"}
    late |= {"httpx", "mcp", "pydantic", "anyio", "rich"}
    assert not modules & {*late, "server.commands", "server.app", "tools.tool", "sandbox"}


def test_version_prints_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--version"])
    assert end.value.code == 0
    assert capsys.readouterr().out == f"incident-desk {__version__}\n"


def test_the_help_names_the_commands_and_the_vendors_with_their_keys(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    out = capsys.readouterr().out
    commands = re.findall(r"^    ([a-z]+) ", out, re.MULTILINE)
    assert end.value.code == 0
    assert {*commands} == {name for name in COMMANDS if name}
    assert all(vendor.title in out and vendor.key_variable in out for vendor in CATALOGUE)


def test_the_help_of_sandbox_lists_the_dials_of_all_vendors(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as end:
        main(["sandbox", "--help"])
    out = capsys.readouterr().out
    assert end.value.code == 0
    assert "--size SIZE" in out
    words = " ".join(out.split())
    for vendor, emulation in VENDORS.items():
        assert f"/{vendor};" in words
        for name, dial in emulation.dials.items():
            assert f" {name}={'|'.join(dial.values)} {dial.meaning}" in words
    assert max(map(len, out.splitlines())) <= 100


def test_sandbox_serves_other_clients_until_it_is_stopped() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "server", "sandbox", "--port", "0", "--now", "2026-11-22T02:00:00Z"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    with process:
        lines = [process.stdout.readline() for _ in range(2 + len(VENDORS))]
        urls = dict(line.split()[0].split("=") for line in lines[1:-1])
        assert urls.keys() == {URLS[vendor] for vendor in VENDORS}
        url = urls["ROOTLY_API_URL"]
        request = urllib.request.Request(
            f"{url}/v1/incidents?page[size]=1", headers={"Authorization": "Bearer x"}
        )
        with urllib.request.urlopen(request, timeout=10) as response:
            assert response.headers["X-Incident-Desk-Sandbox"] == "1"
            assert len(json.load(response)["data"]) == 1
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) == 0


@pytest.mark.parametrize(
    "arguments", [["--port", "70000"], ["--size", "0"], ["--now", "yesterday"], ["--now", ""]]
)
def test_a_wrong_option_of_sandbox_is_refused(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    code, _, err = run(capsys, "sandbox", *arguments)
    assert (code, "takes" in err) == (2, True)


@pytest.mark.parametrize(
    ("words", "usage"),
    [
        (["call", "list_incidents", "--bogus"], "usage: incident-desk call TOOL "),
        (["call"], "usage: incident-desk call TOOL "),
        (["call", "list_incidents", "--format", "xml"], "usage: incident-desk call TOOL "),
        (["tools", "--bogus"], "usage: incident-desk tools "),
        (["demo", "more"], "usage: incident-desk demo "),
        (["sandbox", "--now"], "usage: incident-desk sandbox "),
        (["bogus"], "usage: incident-desk [-h]"),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, list) else "",
)
def test_wrong_usage_shows_the_usage_of_the_command(
    capsys: pytest.CaptureFixture[str], words: list[str], usage: str
) -> None:
    with pytest.raises(SystemExit) as end:
        main(words)
    printed = capsys.readouterr()
    assert end.value.code == 2
    assert printed.out == ""
    assert printed.err.startswith(usage)


def test_an_argument_that_is_written_as_an_option_is_refused_with_advice(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        main(["call", "list_incidents", "--status", "started"])
    message = "--status is not an option. Write an argument of the tool as key=value\n"
    assert capsys.readouterr().err.endswith(message)


@pytest.mark.parametrize(
    "words",
    [
        ["--sandbox", "--", "list_incidents", "page_size=1"],
        ["list_incidents", "--sandbox", "--", "page_size=1"],
        ["list_incidents", "--", "page_size=1"],
    ],
    ids=" ".join,
)
def test_two_dashes_end_the_options(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
) -> None:
    monkeypatch.setenv("INCIDENT_DESK_SANDBOX", "1")
    code, out, _ = run(capsys, "call", *words)
    assert (code, len(json.loads(out)["incidents"])) == (0, 1)


def test_a_wrong_argument_of_a_call_shows_its_usage(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "call", "list_incidents", "status")
    assert code == 2
    assert "usage: incident-desk call TOOL " in err
    assert err.endswith("incident-desk call: 'status' is neither key=value nor a JSON object\n")


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [("list_incident", "list_incidents"), ("List-Attachments", "list_attachments")],
)
def test_the_nearest_tool_is_suggested(
    capsys: pytest.CaptureFixture[str], name: str, suggestion: str
) -> None:
    code, _, err = run(capsys, "call", name)
    assert code == 2
    assert f"did you mean {suggestion}?" in err
