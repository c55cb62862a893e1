"""`call --format csv`: for spreadsheets."""

import csv
import io
import json
import os
import subprocess
import threading
from collections.abc import Iterator

import pytest

from sandbox.serving import Sandbox, serve_store
from sandbox.store import Store
from tests.conftest import NOW
from tests.server.conftest import set_variables
from tests.server.shell import COMMAND, ROOT, run

pytestmark = pytest.mark.usefixtures("no_settings")

TITLES = [
    '=HYPERLINK("https://evil.example","click")',
    "+1 555",
    "-2+3",
    "@SUM(A1)",
    "＝1+1",
    "＠SUM(A1)",
    "'already quoted",
    'says "no", twice; really',
    "Größe 決済 🔥",
    "plain = not a formula",
]


def rows_of(text: str) -> list[dict[str, str]]:
    return [*csv.DictReader(io.StringIO(text, newline=""))]


@pytest.fixture
def hostile(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A vendor whose titles are formulas."""
    incidents = [
        {"title": title, "summary": f"{title}\nsecond line", "labels": {"=1": "a;b"}}
        for title in TITLES
    ]
    with serve_store(Store.containing(incidents, NOW)) as sandbox:
        set_variables(monkeypatch, sandbox)
        yield sandbox


def test_csv_has_a_header_and_the_cells_of_the_answer(
    served: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    question = ["call", "list_incidents", "created_at.gte=2026-11-01", "page_size=100"]
    _, text, _ = run(capsys, *question)
    answer = json.loads(text)
    code, out, err = run(capsys, *question, "--format", "csv")
    assert code == 0
    assert out.endswith("\r\n")
    rows = rows_of(out)
    assert [*rows[0]] == [
        "sequential_id",
        "title",
        "status",
        "severity",
        "kind",
        "private",
        "services",
        "environments",
        "teams",
        "started_at",
        "resolved_at",
        "url",
    ]
    for cells, row in zip(rows, answer["incidents"], strict=True):
        assert cells["sequential_id"] == str(row["sequential_id"])
        assert cells["title"] == row["title"]
        assert cells["services"] == "; ".join(row.get("services", []))
        assert cells["private"] == ("true" if row.get("private") else "")
        assert cells["resolved_at"] == row.get("resolved_at", "")
    beside = [json.loads(line) for line in err.splitlines()]
    assert {"total": answer["total"]} in beside
    assert {"source": "sandbox"} in beside
    assert [member for line in beside for member in line].count("next") == 0


def test_what_to_ask_for_the_next_page_is_beside_the_rows(
    served: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    question = ["call", "list_incidents", "page_size=2"]
    _, text, _ = run(capsys, *question)
    _, _, err = run(capsys, *question, "--format", "csv")
    assert {"next": json.loads(text)["next"]} in [json.loads(line) for line in err.splitlines()]


def test_a_cell_that_a_spreadsheet_would_run_begins_with_an_apostrophe(
    hostile: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["call", "list_incidents", "fields=title,summary,labels", "--format", "csv"]
    _, out, _ = run(capsys, *words)
    rows = rows_of(out)
    for title, row in zip(TITLES, rows, strict=True):
        expected = f"'{title}" if title[0] in "=+-@＝＠" else title
        assert row["title"] == expected
        assert row["summary"] == f"{expected}\nsecond line"
        assert row["labels"] == '{"=1":"a;b"}'


def test_objects_in_a_cell_are_json(served: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    question = ["call", "list_incidents", "sequential_id=4821", "include=roles", "fields=labels"]
    _, text, _ = run(capsys, *question)
    [row] = json.loads(text)["incidents"]
    _, out, _ = run(capsys, *question, "--format", "csv")
    [cells] = rows_of(out)
    assert json.loads(cells["labels"]) == row["labels"]
    assert json.loads(cells["roles"]) == row["roles"]


@pytest.mark.parametrize("view", ["compact", "table", "full"])
def test_all_pages_have_one_header(
    served: Sandbox, capsys: pytest.CaptureFixture[str], view: str
) -> None:
    question = ["call", "list_incidents", f"view={view}", "created_at.gte=2026-11-01"]
    code, lines, _ = run(capsys, *question, "page_size=20", "--all")
    _, out, err = run(capsys, *question, "page_size=20", "--all", "--format", "csv")
    rows = rows_of(out)
    expected = [json.loads(line) for line in lines.splitlines()]
    assert code == 0
    assert [row["title"] for row in rows] == [row["title"] for row in expected]
    assert len(rows) > 20
    assert "next" not in err


def test_rows_arrive_with_their_page(served: Sandbox) -> None:
    """The second page waits until the rows of the first one were read."""
    read = threading.Event()
    served.script.before(2, lambda _: read.wait(20))
    words = ("call", "list_incidents", "--all", "--format", "csv", "fields=title", "page_size=5")
    with subprocess.Popen(
        [*COMMAND, *words, "created_at.gte=2026-11-01"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ,
        text=True,
    ) as process:
        assert process.stdout
        header, *rows = [process.stdout.readline() for _ in range(6)]
        assert header == "title\n"
        assert all(rows)
        assert not read.is_set()
        read.set()
        assert len(process.stdout.readlines()) > 5


def test_what_all_rows_share_stands_in_each_line(
    served: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["call", "list_attachments", "incident_id=INC-1207", "include_incident=true"]
    code, out, err = run(capsys, *words, "--format", "csv")
    rows = rows_of(out)
    beside = [json.loads(line) for line in err.splitlines()]
    [attached_to] = [line["attached_to"] for line in beside if "attached_to" in line]
    assert code == 0
    assert len(rows) == 7
    assert {row["incident_id"] for row in rows} == {attached_to[0]["id"]}


def test_groups_are_lines(served: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    question = ["call", "list_incidents", "group_by=severity,month", "created_at.gte=2026-09-01"]
    _, text, _ = run(capsys, *question)
    answer = json.loads(text)
    _, out, _ = run(capsys, *question, "--format", "csv")
    header, *rows = csv.reader(io.StringIO(out, newline=""))
    assert header == answer["columns"]
    assert rows == [["" if cell is None else str(cell) for cell in row] for row in answer["rows"]]


def test_what_conditions_and_similar_words_add_are_columns(
    served: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    call = ["call", "list_incidents", "--format", "csv", "fields=title", "page_size=3"]
    code, out, err = run(capsys, *call, "where.action_items=open", "where.lasted.gte=10m")
    header, *rows = csv.reader(io.StringIO(out, newline=""))
    assert (code, len(rows)) == (0, 3)
    assert header == ["title", "action_items"]
    number = served.store.value("SELECT max(sequential_id) FROM incidents WHERE title LIKE 'Cert%'")
    code, out, err = run(capsys, *call, f"similar_to={number}")
    header, *rows = csv.reader(io.StringIO(out, newline=""))
    assert (code, len(rows)) == (0, 3)
    assert header == ["title", "shared_words"]
    assert f'"similar_to":{{"sequential_id":{number},' in err


def test_an_incident_without_any_of_the_columns_has_its_line(
    served: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["call", "list_incidents", "fields=pagerduty_incident_id", "page_size=25"]
    code, out, err = run(capsys, *words, "--format", "csv")
    header, *rows = csv.reader(io.StringIO(out, newline=""))
    empty = rows.count([""])
    assert code == 0
    assert header == ["pagerduty_incident_id"]
    assert len(rows) == 25
    assert empty > 0
    assert f"{empty} rows have nothing in these columns." in err


def test_no_rows_are_a_header_alone(served: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["call", "list_incidents", "services=nothing", "fields=title", "--format", "csv"]
    code, out, err = run(capsys, *words)
    assert (code, out) == (0, "title\r\n")
    assert '{"hint":' in err


def test_an_error_goes_to_stderr_with_the_same_exit_code(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, out, err = run(capsys, "call", "list_incidents", "page_size=0", "--format", "csv")
    assert (code, out) == (1, "")
    assert json.loads(err.splitlines()[-1])["error"]["code"] == "invalid_arguments"


def test_an_id_that_fails_makes_the_exit_code_1(
    served: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    served.script.turn(2, "incident_io", fault="status:422")
    words = ["call", "list_attachments", "resource_type=jira_issue", "external_id=OPS-1,OPS-2"]
    code, _, err = run(capsys, *words, "--format", "csv")
    assert code == 1
    assert '{"failed":' in err
