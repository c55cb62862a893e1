"""`call --format table`: for people, in a terminal or piped."""

import json
import re
import unicodedata
from collections.abc import Iterator

import pytest

from sandbox.serving import Sandbox, serve_store
from sandbox.store import Store
from tests.conftest import NOW
from tests.server.conftest import set_variables
from tests.server.shell import run
from tests.server.terminal import ESCAPE, terminal

pytestmark = pytest.mark.usefixtures("no_settings")

TITLES = [
    "[red]not red[/red] [bold]nor bold",
    "[link=https://evil.example]a link[/link] :smile: \\[x]",
    "決済サービスが応答しない",
    "결제 오류 🔥 in production",
    "Cafe\u0301 re\u0301gional e\u0302tendu",
    "שגיאה בתשלום",
    "خطأ في الدفع",
    "plain",
]
FIELDS = "fields=sequential_id,title,status"


@pytest.fixture
def hostile(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A vendor whose incidents have titles of all kinds."""
    incidents = [
        {"sequential_id": number, "title": title} for number, title in enumerate(TITLES, 1)
    ]
    with serve_store(Store.containing(incidents, NOW)) as sandbox:
        set_variables(monkeypatch, sandbox)
        yield sandbox


def cells(text: str) -> int:
    """How many cells of a terminal *text* takes, by Unicode's data."""
    marks = {"Mn", "Me", "Cf"}
    wide = [unicodedata.east_asian_width(character) in "WF" for character in text]
    none = [unicodedata.category(character) in marks for character in text]
    return len(text) + sum(wide) - sum(none)


def test_a_table_has_the_rows_and_below_it_everything_else(
    served: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    question = ["list_incidents", "services=checkout-api", "sort=-started_at", "page_size=2"]
    _, text, _ = run(capsys, "call", *question)
    answer = json.loads(text)
    code, out, _ = run(capsys, "call", *question, "--format", "table")
    table, _, rest = out.partition("\n\n")
    head, _, *rows = table.splitlines()
    assert code == 0
    assert head.split()[:4] == ["sequential_id", "title", "status", "severity"]
    assert [row.split()[0] for row in rows] == [
        str(row["sequential_id"]) for row in answer["incidents"]
    ]
    assert f"total   {answer['total']}\n" in rest
    assert answer["notes"]
    assert all(note in rest for note in answer["notes"])
    assert "source  sandbox\n" in rest
    [command] = re.findall(r"next page:\n(.*)\n", rest)
    assert f"after={answer['next']['after']}" in command


def test_piped_text_has_full_width_and_no_escape_sequences(
    hostile: Sandbox, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("FORCE_COLOR", "1")
    _, out, _ = run(capsys, "call", "list_incidents", "view=full", "--format", "table")
    assert "\x1b" not in out
    lines = out.splitlines()
    assert lines.index("") == 2 + len(TITLES)
    assert all(line == line.rstrip() for line in lines)


def test_titles_are_shown_as_they_are_and_aligned(
    hostile: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    _, out, _ = run(capsys, "call", "list_incidents", FIELDS, "--format", "table")
    rows = out.partition("\n\n")[0].splitlines()[2:]
    for title, row in zip(TITLES, rows, strict=True):
        assert unicodedata.normalize("NFC", title) in unicodedata.normalize("NFC", row)
    assert len({cells(row.partition("started")[0]) for row in rows}) == 1


def test_a_terminal_shows_titles_as_they_are_too(hostile: Sandbox) -> None:
    with terminal("call", "list_incidents", FIELDS, "--format", "table", columns=100) as tty:
        output = tty.read()
    assert "\x1b[" in output
    assert "\x1b]" not in output
    text = ESCAPE.sub("", output)
    assert all(title in text for title in TITLES[:4])
    rows = [line for line in text.splitlines() if "started" in line]
    assert len({cells(row.partition("started")[0]) for row in rows}) == 1


@pytest.mark.parametrize("columns", [40, 80, 120])
@pytest.mark.slow
def test_a_terminal_is_never_too_narrow(served: Sandbox, columns: int) -> None:
    question = ("list_incidents", "page_size=5", "--format", "table")
    with terminal("call", *question, columns=columns) as tty:
        text = ESCAPE.sub("", tty.read())
    answer = [line for line in text.splitlines() if "after=" not in line]
    assert max(map(cells, answer)) <= columns
    assert "https://root.ly/x7k2p9" in text
    # The command can be copied: only the terminal folds it.
    assert re.search(r"^\S+ .*call list_incidents .*after=\S+ --format table$", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("variables", "has_colours"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)],
    ids=["colours", "NO_COLOR", "dumb"],
)
def test_colours_are_for_terminals_that_want_them(
    served: Sandbox, variables: dict[str, str], has_colours: bool
) -> None:
    question = ("list_incidents", "page_size=1", "--format", "table")
    with terminal("call", *question, columns=200, variables=variables) as tty:
        output = tty.read()
    assert bool(re.search(r"\x1b\[[\d;]*3\dm", output)) is has_colours
    if variables.get("TERM") == "dumb":
        assert "\x1b" not in output


def test_columns_decides_how_wide_a_table_is(served: Sandbox) -> None:
    question = ("list_incidents", "page_size=3", "--format", "table")
    with terminal("call", *question, columns=200, variables={"COLUMNS": "60"}) as tty:
        lines = ESCAPE.sub("", tty.read()).splitlines()
    assert max(len(line) for line in lines if "after=" not in line) <= 60


@pytest.mark.slow
@pytest.mark.parametrize(
    ("columns", "variables"),
    [(1, {}), (12, {}), (80, {"COLUMNS": "0"}), (80, {"COLUMNS": "1"})],
    ids=["1", "12", "COLUMNS=0", "COLUMNS=1"],
)
def test_no_width_loses_a_name_or_a_value(
    served: Sandbox, columns: int, variables: dict[str, str]
) -> None:
    question = ("list_incidents", "page_size=1", "--format", "table")
    with terminal("call", *question, columns=columns, variables=variables) as tty:
        text = ESCAPE.sub("", tty.read())
    assert "…" not in text
    assert "Checkout" in text
    assert "2026-" in text


def test_groups_are_a_table(served: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    question = ["call", "list_incidents", "group_by=severity", "created_at.gte=2026-09-01"]
    _, text, _ = run(capsys, *question)
    answer = json.loads(text)
    code, out, _ = run(capsys, *question, "--format", "table")
    head, _, *rows = out.partition("\n\n")[0].splitlines()
    assert code == 0
    assert head.split() == answer["columns"]
    assert len(rows) == len(answer["rows"])
    assert f"incidents  {answer['covered']['incidents']}" in out


def test_the_headers_of_groups_are_folded_before_the_table_is_given_up(served: Sandbox) -> None:
    words = ("call", "list_incidents", "group_by=severity", "--format", "table")
    with terminal(*words, columns=130) as tty:
        lines = ESCAPE.sub("", tty.read()).splitlines()
    [rule] = [number for number, line in enumerate(lines) if line.startswith("───")]
    measures = ["acknowledge", "mitigate", "resolve", "detect_to_acknowledge"]
    # A bar that is gone shares the first line.
    assert lines[rule - 2].split()[-4:] == measures
    assert lines[rule - 1].split() == ["severity", "incidents", "live", *["p50", "p90"] * 4]
    # What two columns share ends where the second one ends.
    ends = [lines[rule - 2].index(f" {measure}") + 1 + len(measure) for measure in measures]
    assert [lines[rule - 1][:end].endswith("p90") for end in ends] == [True] * 4
    assert max(map(cells, lines[rule - 1 :])) <= 130


def test_the_incidents_of_attachments_are_a_table_of_their_own(
    served: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["list_attachments", "incident_id=INC-1207", "include_incident=true"]
    code, out, _ = run(capsys, "call", *words, "--format", "table")
    assert code == 0
    assert "github_pull_request" in out.partition("attached_to:")[0]
    incidents = out.partition("attached_to:\n")[2].partition("\n\n")[0]
    assert "INC-1207" in incidents
    assert "Fixing" in incidents


def test_an_empty_answer_says_so_and_shows_its_hint(
    served: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["list_incidents", "services=checkout", "severity=sev1"]
    code, out, _ = run(capsys, "call", *words, "--format", "table")
    assert code == 0
    assert out.startswith("no incidents\n")
    assert "services  checkout-api" in out


def test_an_error_is_readable_text_with_the_same_exit_code(
    served: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["call", "list_incidents", "status=investigating", "page_size=0"]
    code, out, _ = run(capsys, *words, "--format", "table")
    assert code == 1
    assert out.startswith("invalid_arguments: 2 arguments are wrong; nothing was sent to Rootly.\n")
    assert "did_you_mean  started\n" in out
    assert "argument  page_size\n" in out


@pytest.mark.slow
def test_an_error_that_may_pass_exits_with_75(
    served: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in (1, 2, 3):
        served.script.turn(number, fault="status:503")
    code, out, _ = run(capsys, "call", "list_incidents", "--format", "table")
    assert code == 75
    assert out.startswith("unavailable: ")


def test_an_error_after_rows_stands_apart_from_them(
    served: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    served.script.turn(2, fault="status:422")
    question = ("list_incidents", "created_at.gte=-90d", "page_size=10", FIELDS)
    code, out, _ = run(capsys, "call", "--all", *question, "--format", "table")
    assert code == 1
    table, *others = out.split("\n\n")
    assert len(table.splitlines()) == 2 + 10
    assert any(part.startswith("rejected: ") for part in others)
    command = out.splitlines()[-1]
    assert "after=" in command
    assert command.endswith(" --all --format table")


def test_all_pages_are_one_table(served: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["list_incidents", "created_at.gte=2026-10-01", "page_size=20", FIELDS]
    code, out, err = run(capsys, "call", *words, "--all", "--format", "table")
    rows = out.partition("\n\n")[0].splitlines()[2:]
    total = int(re.findall(r"^total +(\d+)$", out, re.MULTILINE)[0])
    assert code == 0
    assert len(rows) == total > 40
    assert err == ""
    assert "next page" not in out


def test_a_table_has_a_row_for_each_incident_however_it_is_named(
    served: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["list_incidents", "fields=pagerduty_incident_id", "page_size=25"]
    code, out, _ = run(capsys, "call", *words, "--format", "table")
    head, _, *rows = out.partition("\n\n")[0].splitlines()
    assert code == 0
    # Incidents without a PagerDuty incident are named by their number.
    assert head.split() == ["sequential_id", "pagerduty_incident_id"]
    assert len(rows) == 25


@pytest.mark.parametrize("option", ["--format=table", "--format=csv", "--all"])
def test_pretty_is_only_for_a_result_as_json(
    capsys: pytest.CaptureFixture[str], option: str
) -> None:
    code, out, err = run(capsys, "call", "list_incidents", "--pretty", option)
    assert (code, out) == (2, "")
    assert "--pretty is only for --format json, and without --all" in err
