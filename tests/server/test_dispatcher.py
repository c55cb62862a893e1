"""What the dispatcher adds to every call, whatever a tool does."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import certifi
import httpx
import pytest

from sandbox.serving import Sandbox
from server.dispatcher import Dispatcher
from server.settings import KEYS, Settings
from tests.conftest import NOW, settings_for
from tests.tools.mocked import LIMITS, mocked_dispatcher, reply
from tools.answer import Answer
from tools.arguments import Arguments
from tools.connection import Connection
from tools.errors import Unavailable
from tools.limits import Limits
from tools.output import Output
from tools.request import get, loads
from tools.rootly import ROOTLY
from tools.tool import Tool

pytestmark = pytest.mark.anyio


class NoArguments(Arguments):
    pass


async def count_rows(_: NoArguments, connection: Connection) -> Answer:
    """A tool whose author thought of neither the sandbox nor clocks."""
    vendor = connection.vendor
    document = await get(connection, vendor.probe_path, vendor.probe_params, parse=loads)
    return Answer(rows_key="rows", rows=[{"rows": len(document.body["data"])}], as_of=NOW)


FORGETFUL: Tool[Any] = Tool(
    name="count_rows",
    title="Count rows",
    description="",
    vendor=ROOTLY,
    arguments=NoArguments,
    run=count_rows,
    output=Output,
)


async def ask_forgetful(dispatcher: Dispatcher) -> dict[str, Any]:
    dispatcher.tools = {"count_rows": FORGETFUL}
    answer: dict[str, Any] = json.loads((await dispatcher.call("count_rows", {})).text)
    return answer


async def test_made_up_data_is_marked_although_the_tool_does_nothing_for_it(
    sandbox: Sandbox,
) -> None:
    async with Dispatcher(settings_for(sandbox), clock=lambda: NOW) as dispatcher:
        answer = await ask_forgetful(dispatcher)
    assert answer["rows"] == [{"rows": 1}]
    assert answer["source"] == "sandbox"


async def test_data_of_a_real_vendor_is_not_marked() -> None:
    async with mocked_dispatcher(lambda _: reply()) as dispatcher:
        answer = await ask_forgetful(dispatcher)
    assert answer["rows"] == [{"rows": 0}]
    assert "source" not in answer


async def test_the_mark_of_one_call_is_not_carried_over_to_the_next() -> None:
    marks = iter([{"X-Incident-Desk-Sandbox": "1"}, {}])

    def answer(_: httpx.Request) -> httpx.Response:
        return reply(headers=next(marks))

    async with mocked_dispatcher(answer) as dispatcher:
        assert (await ask_forgetful(dispatcher))["source"] == "sandbox"
        assert "source" not in await ask_forgetful(dispatcher)


async def test_a_vendors_clock_is_noted_although_the_tool_does_nothing_for_it(
    sandbox: Sandbox,
) -> None:
    settings = settings_for(sandbox, clock="300")
    async with Dispatcher(settings, clock=lambda: NOW) as dispatcher:
        [note] = (await ask_forgetful(dispatcher))["notes"]
    assert "5 min ahead" in note


async def remaining_time(_: NoArguments, __: Connection) -> Answer:
    seconds = anyio.current_effective_deadline() - anyio.current_time()
    return Answer(rows_key="rows", rows=[{"seconds": seconds}], as_of=NOW)


@pytest.mark.parametrize(
    ("limit", "expected_s"), [("timeout_s", 20), ("summary_timeout_s", 300)], ids=str
)
async def test_a_tool_chooses_the_limit_for_the_deadline_that_all_below_it_read(
    limit: str, expected_s: float
) -> None:
    tool = replace(
        FORGETFUL, run=remaining_time, timeout_s=lambda _, limits: getattr(limits, limit)
    )
    async with mocked_dispatcher(
        lambda _: reply(), timeout_s=20, summary_timeout_s=300
    ) as dispatcher:
        dispatcher.tools = {"remaining_time": tool}
        [row] = json.loads((await dispatcher.call("remaining_time", {})).text)["rows"]
    assert expected_s - 10 < row["seconds"] <= expected_s


async def test_a_tool_can_say_how_far_it_came_when_its_time_ended() -> None:
    async def hang(_: NoArguments, connection: Connection) -> Answer:
        connection.record.timeout_message = lambda timeout_s: f"3 of 7 within {timeout_s:g} s."
        await anyio.sleep_forever()
        raise AssertionError

    async with mocked_dispatcher(lambda _: reply(), timeout_s=0.01) as dispatcher:
        dispatcher.tools = {"hang": replace(FORGETFUL, run=hang)}
        error = json.loads((await dispatcher.call("hang", {})).text)["error"]
    assert (error["code"], error["message"]) == ("timeout", "3 of 7 within 0.01 s.")


@pytest.mark.parametrize("clock", ["0", "-900000"])
async def test_a_cut_list_uses_the_whole_limit(sandbox: Sandbox, clock: str) -> None:
    async def text_of(**arguments: Any) -> str:
        settings = replace(
            settings_for(sandbox, clock=clock), limits=Limits(max_result_chars=5_000)
        )
        async with Dispatcher(settings, clock=lambda: NOW) as dispatcher:
            return (await dispatcher.call("list_incidents", arguments)).text

    text = await text_of(page_size=100)
    assert len(text) <= 5_000
    answer = json.loads(text)
    [row, *_] = json.loads(await text_of(page_size=1, after=answer["next"]["after"]))["incidents"]
    assert (
        len(text) + len(json.dumps(row, separators=(",", ":"), ensure_ascii=False)) >= 5_000 - 120
    )


async def test_a_probe_is_not_repeated_because_its_time_is_short() -> None:
    requests: list[httpx.Request] = []

    def fail(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(500, stream=httpx.ByteStream(b"{}"))

    async with mocked_dispatcher(fail, timeout_s=50) as dispatcher:
        with anyio.fail_after(5), pytest.raises(Unavailable):
            await dispatcher.probe("rootly")
    assert len(requests) == 1


async def test_plain_http_loads_no_certificates(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing.pem"))
    async with Dispatcher(settings_for(sandbox)) as dispatcher:
        await dispatcher.probe("rootly")


async def test_the_certificates_are_loaded_once_for_all_vendors(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    certificates = tmp_path / "certificates.pem"
    shutil.copy(certifi.where(), certificates)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates))
    settings = Settings(
        keys=dict.fromkeys(KEYS, "key"),
        urls=dict.fromkeys(KEYS, "https://127.0.0.1:1"),
        limits=LIMITS,
    )
    async with Dispatcher(settings) as dispatcher:
        with pytest.raises(Unavailable):
            await dispatcher.probe("rootly")
        certificates.unlink()
        with pytest.raises(Unavailable):
            await dispatcher.probe("incident_io")
