"""A call that its client cancels also ends at the vendor."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.http.served import Peer, Process, Vendor, ask, request
from tests.server.http.test_access import legacy
from tests.server.http.test_accounts import ALICE, ALICES, CAROL, CAROLS
from tests.slow import slow

REQUEST_CANCELLED = -32800


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with Vendor() as vendor:
        yield vendor


@pytest.fixture
def process(vendor: Vendor, tmp_path: Path) -> Iterator[Process]:
    file = tmp_path / "accounts.toml"
    file.write_text(ALICES + CAROLS, encoding="utf-8")
    with Process(**vendor.environ, INCIDENT_DESK_HTTP_ACCOUNTS_FILE=str(file)) as process:
        yield process


def call(id_: int, token: str = ALICE, **arguments: object) -> bytes:
    message = {
        "jsonrpc": "2.0",
        "id": id_,
        "method": "tools/call",
        "params": {"name": "list_incidents", "arguments": arguments},
    }
    return legacy(json.dumps(message), Authorization=f"Bearer {token}")


def cancel(id_: object, token: str = ALICE) -> bytes:
    message = {
        "jsonrpc": "2.0",
        "method": "notifications/cancelled",
        "params": {"requestId": id_, "reason": "enough"},
    }
    return legacy(json.dumps(message), Authorization=f"Bearer {token}")


def test_closing_the_connection_ends_the_call(vendor: Vendor, process: Process) -> None:
    with Peer(process.port) as peer:
        peer.send(call(7))
        vendor.request()
    assert vendor.was_left()
    assert process.audit_line()["outcome"] == "cancelled"


@pytest.mark.parametrize("count", [150, *slow([1, 20])])
@pytest.mark.slow
def test_closing_the_connection_ends_the_call_even_if_more_requests_were_sent(
    count: int, vendor: Vendor, process: Process
) -> None:
    with Peer(process.port) as peer:
        peer.send(call(7))
        vendor.request()
        peer.send(legacy('{"jsonrpc":"2.0","id":8,"method":"ping"}') * count)
    assert vendor.was_left()
    assert process.audit_line()["outcome"] == "cancelled"


@pytest.mark.slow
@pytest.mark.parametrize("id_", [7, "7"])
def test_a_notification_ends_the_call_and_its_connection_gets_an_answer(
    id_: object, vendor: Vendor, process: Process
) -> None:
    with Peer(process.port) as peer:
        peer.send(call(7))
        vendor.request()
        assert ask(process.port, cancel(id_))[0] == 202
        assert vendor.was_left()
        assert process.audit_line()["outcome"] == "cancelled"
        answer = peer.event()
    assert (answer["id"], answer["error"]["code"]) == (7, REQUEST_CANCELLED)


@pytest.mark.slow
@pytest.mark.parametrize(
    "sent",
    [
        cancel(8),
        cancel(7, CAROL),
        *slow(
            [
                cancel(None),
                cancel([7]),
                legacy(
                    '{"jsonrpc":"2.0","method":"notifications/cancelled"}',
                    Authorization=f"Bearer {ALICE}",
                ),
                legacy(
                    '{"jsonrpc":"2.0","method":"notifications/cancelled","params":[7]}',
                    Authorization=f"Bearer {ALICE}",
                ),
            ]
        ),
    ],
    ids=["another id", "another caller", "no id", "a list as id", "no params", "a list as params"],
)
def test_a_notification_ends_no_other_call(sent: bytes, vendor: Vendor, process: Process) -> None:
    with Peer(process.port) as peer:
        peer.send(call(7))
        vendor.request()
        ask(process.port, sent)
        vendor.answer()
        assert "result" in peer.event()
    assert process.audit_line()["outcome"] == "ok"


@pytest.mark.slow
def test_two_calls_of_one_id_both_go_on(vendor: Vendor, process: Process) -> None:
    with Peer(process.port) as first, Peer(process.port) as second:
        for page_size, peer in enumerate((first, second), start=1):
            peer.send(call(7, page_size=page_size))
            vendor.request()
        assert ask(process.port, cancel(7))[0] == 202
        vendor.answer_all()
        assert "result" in first.event()
        assert "result" in second.event()


@pytest.mark.slow
def test_in_the_stateless_era_a_notification_ends_no_call(vendor: Vendor, process: Process) -> None:
    authorization = f"Bearer {ALICE}"
    with Peer(process.port) as peer:
        body = json.loads(request().partition(b"\r\n\r\n")[2])
        body |= {"id": 7, "method": "tools/call"}
        body["params"] |= {"name": "list_incidents", "arguments": {}}
        peer.send(
            request(
                json.dumps(body),
                Mcp_Method="tools/call",
                Mcp_Name="list_incidents",
                Authorization=authorization,
            )
        )
        vendor.request()
        assert ask(process.port, cancel(7))[0] == 202
        vendor.answer()
        assert peer.status() == 200
