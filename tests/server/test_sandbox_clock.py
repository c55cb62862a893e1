"""The clock of made-up data: it can stand still, so that the answers of processes agree."""

import json
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

from sandbox.serving import Sandbox
from tests.server.shell import COMMAND, ROOT, run, run_process

pytestmark = pytest.mark.usefixtures("no_settings")
NOW = "2026-11-22T02:00:00Z"
CALL = ["call", "list_incidents", "--sandbox"]


def test_each_page_may_be_asked_for_by_another_process(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INCIDENT_DESK_SANDBOX_NOW", NOW)
    words = ["created_at.gte=-14d", "page_size=20", "fields=sequential_id,created_at"]
    _, out, _ = run(capsys, *CALL, *words, "--all")
    expected = [json.loads(line) for line in out.splitlines()]
    rows: list[Any] = []
    following: dict[str, Any] | None = {}
    while following is not None:
        # Every call starts a sandbox of its own.
        more = [f"{name}={value}" for name, value in following.items()]
        code, out, _ = run(capsys, *CALL, *words, *more)
        answer = json.loads(out)
        assert (code, answer["as_of"]) == (0, NOW)
        rows += answer["incidents"]
        following = answer.get("next")
    assert rows == expected
    assert len(rows) > 20


@pytest.mark.slow
def test_two_processes_print_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INCIDENT_DESK_SANDBOX_NOW", NOW)
    words = (*CALL, "started_at.gte=-2h", "view=full")
    first, second = run_process(*words), run_process(*words)
    assert first.returncode == 0
    assert first.stdout == second.stdout
    assert b'"as_of":"2026-11-22T02:00:00Z"' in first.stdout
    assert b"clock" not in first.stdout


def test_the_clock_stands_at_the_last_full_hour_by_itself(
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = datetime.now(UTC)
    _, out, _ = run(capsys, *CALL, "started_at.gte=-2h", "environments=production")
    after = datetime.now(UTC)
    answer = json.loads(out)
    as_of = datetime.fromisoformat(answer["as_of"])
    assert (as_of.minute, as_of.second) == (0, 0)
    assert before - timedelta(hours=1) < as_of <= after
    assert answer["incidents"]


@pytest.mark.slow
@pytest.mark.anyio
async def test_a_server_has_the_same_clock() -> None:
    command, *arguments = COMMAND
    server = StdioServerParameters(
        command=command,
        args=[*arguments, "--sandbox"],
        env={"INCIDENT_DESK_SANDBOX_NOW": NOW},
        cwd=ROOT,
    )
    async with Client(stdio_client(server)) as client:
        result = await client.call_tool("list_incidents", {})
    assert result.structured_content
    assert result.structured_content["as_of"] == NOW


def test_live_answers_have_the_real_clock(
    served: Sandbox, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INCIDENT_DESK_SANDBOX_NOW", "2020-01-01T00:00:00Z")
    before = datetime.now(UTC).replace(microsecond=0)
    _, out, _ = run(capsys, "call", "list_incidents")
    assert datetime.fromisoformat(json.loads(out)["as_of"]) >= before


@pytest.mark.parametrize(
    "value", ["yesterday", "2026-13-01", "1763776800", "0001-01-01", "9999-12-31"]
)
def test_a_wrong_instant_is_a_wrong_setting(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("INCIDENT_DESK_SANDBOX_NOW", value)
    code, out, err = run(capsys, *CALL)
    assert (code, out) == (2, "")
    assert "INCIDENT_DESK_SANDBOX_NOW takes an instant from 2000 to 2099, such as " in err


@contextmanager
def rootly_of_sandbox(*options: str) -> Iterator[str]:
    """The URL of Rootly in a sandbox that runs alone."""
    with subprocess.Popen(
        [*COMMAND, "sandbox", "--port", "0", *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        process.stdout.readline()
        yield process.stdout.readline().split()[0].partition("=")[2]
        process.terminate()


def date_of(url: str) -> datetime:
    headers = {"Authorization": "Bearer x"}
    request = urllib.request.Request(f"{url}/v1/incidents?page[size]=1", headers=headers)
    with urllib.request.urlopen(request, timeout=10) as response:
        return parsedate_to_datetime(response.headers["Date"])


@pytest.mark.slow
def test_the_clock_of_a_sandbox_alone_can_be_held() -> None:
    with rootly_of_sandbox("--now", NOW) as url:
        assert date_of(url) == datetime.fromisoformat(NOW)
    with rootly_of_sandbox() as moving, rootly_of_sandbox("--hold") as still:
        first = date_of(moving), date_of(still)
        while date_of(moving) == first[0]:
            pass
        assert date_of(still) == first[1]


@pytest.mark.parametrize("now", ["0001-01-01", "1969-01-01", "9999-12-31T23:59:59-10:00"])
def test_a_year_without_room_for_the_data_is_refused(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, now: str
) -> None:
    code, out, err = run(capsys, "sandbox", "--port", "0", "--now", now)
    assert (code, out) == (2, "")
    assert "--now takes an instant from 2000 to 2099, such as " in err
    monkeypatch.setenv("INCIDENT_DESK_SANDBOX_NOW", now)
    code, out, err = run(capsys, *CALL)
    assert (code, out) == (2, "")
    assert "INCIDENT_DESK_SANDBOX_NOW takes an instant from 2000 to 2099, such as " in err


@pytest.mark.parametrize("now", ["2000-01-01", "2099-12-31T23:59:59-23:59"])
def test_data_can_end_in_the_first_and_the_last_year(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, now: str
) -> None:
    monkeypatch.setenv("INCIDENT_DESK_SANDBOX_NOW", now)
    code, out, _ = run(capsys, *CALL)
    assert (code, bool(json.loads(out)["incidents"])) == (0, True)


def test_a_clock_is_held_once(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "sandbox", "--hold", "--now", NOW)
    assert code == 2
    assert "leave out --hold" in err
