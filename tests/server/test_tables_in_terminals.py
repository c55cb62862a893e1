"""`call --format table` in terminals: it fits, it is brief, and nothing is lost."""

import json
import re
from collections.abc import Iterator

import pytest

from sandbox.serving import Sandbox, serve_store
from sandbox.store import Store
from server.commands.tables.brief_times import duration
from tests.conftest import NOW
from tests.server.conftest import set_variables
from tests.server.shell import run
from tests.server.terminal import ESCAPE, terminal
from tests.server.test_tables import cells

pytestmark = pytest.mark.usefixtures("held_clock")

TABLE = ("--sandbox", "--format", "table")
OPENED = ("list_incidents", "sequential_id=4821", "include=roles,events,action_items")
SLUGS = ("services", "environments", "teams")
PEOPLE = ("Amara Okafor (Commander)", "Priya Raman (Communications)", "Jonas Lindqvist (Scribe)")


@pytest.fixture
def held_clock(no_settings: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The time at the sandbox, which also decides how old an incident is."""
    monkeypatch.setenv("INCIDENT_DESK_SANDBOX_NOW", NOW.isoformat())


def printed(*question: str, columns: int, **variables: str) -> str:
    """What `call` prints in a terminal, with its escape sequences."""
    words = ("call", *question, *TABLE)
    with terminal(*words, columns=columns, variables=variables) as tty:
        return tty.read()


def lines_of(output: str) -> list[str]:
    return ESCAPE.sub("", output).splitlines()


def test_an_opened_incident_shows_its_people_and_what_happened_when() -> None:
    output = printed(*OPENED, columns=100)
    lines = lines_of(output)
    assert max(map(cells, lines)) <= 100
    [head, *_] = [line for line in lines if "started_at" in line]
    [row] = [line for line in lines if "4821" in line and "started" in line]
    assert head.split() == ["number", "title", "status", "severity", "started_at"]
    assert row.split("  ")[-1].strip() == "01:21Z, 39 min ago"
    text = " ".join(" ".join(lines).split())
    assert all(person in text for person in PEOPLE)
    events = [line.split("ago ")[1] for line in lines if re.search(r"\d\dZ, \d+ min ago \w", line)]
    assert events == [
        "Error rate crossed 5%",
        "Paged the on-call of Payments",
        "Posted to the status page",
    ]
    assert "total 1 · as_of 2026-11-22 02:00Z · source sandbox" in lines
    # Severity and status have colours, and are words as well.
    assert re.search(r"\x1b\[[\d;]*31m?[\d;]*m?sev1", output)
    assert re.search(r"\x1b\[[\d;]*31mstarted", output)


@pytest.mark.slow
@pytest.mark.parametrize("columns", [60, 80, 100, 120, 160, 200, 300])
def test_no_width_loses_or_breaks_a_value(capsys: pytest.CaptureFixture[str], columns: int) -> None:
    question = ("list_incidents", "status=started,mitigated,resolved", "include=roles")
    _, text, _ = run(capsys, "call", *question, "--sandbox")
    lines = lines_of(printed(*question, columns=columns))
    answer = [line for line in lines if "after=" not in line]
    assert max(map(cells, answer)) <= columns
    folded = " ".join(" ".join(answer).split())
    rows = json.loads(text)["incidents"]
    assert len(rows) == 25
    for row in rows:
        # Other cells stand between the words of a title that is folded.
        values = row["title"].split()
        values += [row.get(name, "") for name in ("status", "severity", "url")]
        values += [slug for name in SLUGS for slug in row.get(name, [])]
        values += [f"{role['person']} ({role['role']})" for role in row.get("roles", [])]
        assert [value for value in values if value not in folded] == []


def test_groups_have_bars_and_partial_periods_are_marked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    question = ("list_incidents", "group_by=month", "severity=sev1")
    _, text, _ = run(capsys, "call", *question, "--sandbox")
    answer = json.loads(text)
    lines = lines_of(printed(*question, columns=120))
    counts = {row[0]: row[1] for row in answer["rows"]}
    rows = {line[:7]: line for line in lines if line[:7] in counts}
    assert [*rows] == [*counts]
    bars = {month: line.count("▇") for month, line in rows.items()}
    longest = max(bars.values())
    assert longest >= 8
    for month, count in counts.items():
        assert abs(bars[month] - longest * count / max(counts.values())) <= 1
        assert (" (partial)" in rows[month]) is (month in answer["partial"])
    # The marks are in the rows, so they are not repeated.
    assert "partial:" not in lines


@pytest.mark.slow
@pytest.mark.parametrize("columns", [50, 80, 100])
def test_groups_that_do_not_fit_continue_in_another_table(
    capsys: pytest.CaptureFixture[str], columns: int
) -> None:
    question = ("list_incidents", "group_by=severity", "created_at.gte=-90d")
    _, text, _ = run(capsys, "call", *question, "--sandbox")
    answer = json.loads(text)
    lines = lines_of(printed(*question, columns=columns))
    assert max(map(cells, lines)) <= columns
    for severity, *numbers in answer["rows"]:
        rows = [line for line in lines if line.split()[:1] == [severity or "(none)"]]
        assert len(rows) > 1
        cells_of_row = " ".join(row.split(maxsplit=1)[1] for row in rows).replace("▇", "")
        values = [str(number) for number in numbers[:2]]
        values += [duration(number) for number in numbers[2:] if number is not None]
        assert " ".join(cells_of_row.split()) == " ".join(values)


@pytest.mark.slow
def test_an_error_without_details_is_as_visible_as_one_with_them() -> None:
    unreachable = {"ROOTLY_API_TOKEN": "key", "ROOTLY_API_URL": "http://127.0.0.1:9"}
    words = ("call", "list_incidents", "--format", "table")
    with terminal(*words, columns=80, variables=unreachable) as tty:
        output = tty.read()
    assert "\x1b[1;31munavailable: \x1b[0mThe request to Rootly failed" in output
    assert "retryable  true" in lines_of(output)


@pytest.mark.slow
def test_a_terminal_without_escape_sequences_has_a_width_too() -> None:
    output = printed("list_incidents", "sequential_id=4821", columns=60, TERM="dumb")
    assert "\x1b" not in output
    assert max(map(cells, output.splitlines())) <= 60


@pytest.mark.slow
def test_rows_stand_out_even_if_a_link_is_wider_than_the_terminal() -> None:
    lines = lines_of(printed("list_attachments", "incident_id=INC-1207", columns=60))
    table = lines[: lines.index("")]
    assert any(len(line) == 60 and "https://" in line for line in table)
    below = table[table.index("─" * 60) + 1 :]
    assert len([line for line in below if not line.startswith(" ")]) == 7


@pytest.mark.slow
def test_what_was_not_read_is_said_in_a_line() -> None:
    question = ("list_incidents", "where.lasted.gte=8h")
    lines = lines_of(printed(*question, columns=150, INCIDENT_DESK_SUMMARY_MAX="100"))
    foot = " ".join(lines).partition("covered ")[2]
    assert re.match(r"100 of 400 incidents since 20\d\d-\d\d-\d\d \d\d:\d\dZ ", foot)


def test_a_pipe_gets_full_values(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "call", *OPENED, *TABLE)
    table = out.partition("\n\n")[0]
    assert len(table.splitlines()) == 3
    assert "2026-11-22T01:21:00Z" in table
    assert ", ".join(PEOPLE) in table
    assert "2026-11-22T01:20:23Z Error rate crossed 5%; 2026-11-22T01:21:38Z" in table
    _, out, _ = run(capsys, "call", "list_incidents", "group_by=month", *TABLE)
    assert "▇" not in out
    assert " min" not in out.partition("\n\n")[0]


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        (0, "0 min"),
        (0.4, "0.4 min"),
        (4, "4 min"),
        (39.4, "39 min"),
        (99.4, "99 min"),
        (100, "1.7 h"),
        (1330, "22 h"),
        (2879, "48 h"),
        (2880, "2 d"),
        (57600, "40 d"),
    ],
)
def test_a_duration_has_one_unit(minutes: float, expected: str) -> None:
    assert duration(minutes) == expected


LONG = "決済サービス שגיאה 🔥 Cafe\u0301 \u202e[bold]not bold[/] \x1b[31mred " * 300


@pytest.fixture
def long_texts(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A vendor with texts of more than 10,000 characters."""
    incidents = [
        {"sequential_id": number, "title": LONG, "summary": LONG, "resolution_message": LONG}
        for number in (1, 2)
    ]
    with serve_store(Store.containing(incidents, NOW)) as sandbox:
        set_variables(monkeypatch, sandbox)
        yield sandbox


@pytest.mark.slow
@pytest.mark.parametrize("view", ["compact", "full"])
@pytest.mark.parametrize("columns", [30, 80, 200])
def test_long_texts_of_all_scripts_stay_within_the_terminal(
    long_texts: Sandbox, columns: int, view: str
) -> None:
    question = ("call", "list_incidents", f"view={view}", "--format", "table")
    with terminal(*question, columns=columns) as tty:
        output = tty.read()
    assert "\x1b[31mred" not in output
    assert "\u202e" not in output
    lines = lines_of(output)
    assert max(map(cells, lines)) <= columns
    assert "".join("".join(lines).split()).count("[bold]notbold[/]") >= 2
