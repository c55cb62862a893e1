"""What many clients ask at the same time is asked once for each vendor key."""

import json
import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

import pytest

from server.http.copies_settings import CopiesSettings
from server.http.settings import HttpLimits, HttpSettings
from tests.server.http.served import Peer, Vendor, ask, call, request, served
from tests.server.http.test_access import legacy
from tests.slow import slow
from tools.limits import Limits

MANY = HttpLimits(calls=1_000, calls_per_principal=1_000, calls_per_minute=10_000)
SHARED = 'incident_desk_shared_requests_total{{key="service",source="{}"'
LEGACY_CALL = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/call",
    "params": {"name": "list_incidents", "arguments": {}},
}


class Caller(Peer):
    """A client that has asked the question, in one of the protocol eras."""

    def __init__(self, port: int, *, is_modern: bool) -> None:
        super().__init__(port)
        self._is_modern = is_modern
        self.send(call({}) if is_modern else legacy(json.dumps(LEGACY_CALL)))

    def result(self) -> Any:
        """What the tool answered."""
        message = json.loads(self.answer()[2]) if self._is_modern else self.event()
        return json.loads(message["result"]["content"][0]["text"])


@contextmanager
def service(vendor: Vendor, *, fresh_s: float = 0, **limits: Any) -> Iterator[int]:
    """The port of a service that asks *vendor*."""
    settings = replace(vendor.settings, limits=Limits(**limits))
    http = HttpSettings(limits=MANY, copies=CopiesSettings(fresh_s=fresh_s))
    with served(settings, http) as port:
        yield port


@contextmanager
def callers(port: int, count: int) -> Iterator[Sequence[Caller]]:
    """Clients of both eras that have asked the same question."""
    with ExitStack() as stack:
        yield [
            stack.enter_context(Caller(port, is_modern=bool(place % 2))) for place in range(count)
        ]


def wait_until_called(port: int) -> None:
    """Until a later call is answered: by then, the earlier ones wait for the vendor."""
    assert ask(port, call({"page_size": 0}))[0] == 200


def metric(port: int, text: str) -> str:
    """The line of the metrics with this *text*."""
    _, _, lines = ask(port, request("", method="GET", path="/metrics"))
    [line] = [line for line in lines.splitlines() if text in line]
    return line


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with Vendor() as vendor:
        yield vendor


@pytest.mark.parametrize("count", [50, *slow([500])])
def test_one_request_answers_all_who_ask_the_same(count: int, vendor: Vendor) -> None:
    with service(vendor, fresh_s=60) as port:
        with callers(port, count // 2) as first:
            vendor.request()
            vendor.answer()
            results = [caller.result() for caller in first]
        with callers(port, count // 2) as later:
            results += [caller.result() for caller in later]
        line = metric(port, 'vendor_seconds_count{key="service",outcome="ok",vendor="rootly"}')
        assert line.endswith(" 1.0")
        assert all(result == results[0] for result in results)
        assert results[0]["incidents"] == []
        from_memory = metric(port, SHARED.format("memory"))
        assert float(from_memory.split()[-1]) >= count // 2


def test_a_client_that_leaves_takes_no_answer_from_the_others(vendor: Vendor) -> None:
    with service(vendor) as port, callers(port, 1) as [first]:
        vendor.request()
        with callers(port, 2) as others:
            wait_until_called(port)
            first.socket.shutdown(socket.SHUT_RDWR)
            wait_until_called(port)
            vendor.answer()
            assert [caller.result()["incidents"] for caller in others] == [[], []]
        assert metric(port, SHARED.format("flight")).endswith(" 2.0")


def test_the_request_ends_when_all_clients_have_left(vendor: Vendor) -> None:
    with service(vendor) as port:
        with callers(port, 4):
            vendor.request()
            wait_until_called(port)
        assert vendor.was_left()


@pytest.mark.slow
def test_every_client_is_told_what_the_vendor_did_not_do(vendor: Vendor) -> None:
    with service(vendor, timeout_s=3) as port, callers(port, 4) as waiting:
        vendor.request()
        vendor.begin_answer()
        messages = [caller.result()["error"]["message"] for caller in waiting]
    [message] = {*messages}
    assert message.endswith("did not complete its answer.")


def test_every_client_gets_the_error_and_the_next_one_an_answer(vendor: Vendor) -> None:
    with service(vendor, fresh_s=60, retries=0) as port:
        with callers(port, 4) as waiting:
            vendor.request()
            wait_until_called(port)
            vendor.answer("500 Internal Server Error")
            codes = [caller.result()["error"]["code"] for caller in waiting]
        assert codes == ["unavailable"] * 4
        with callers(port, 1) as [caller]:
            vendor.request()
            vendor.answer()
            assert caller.result()["incidents"] == []


def test_a_retry_is_one_request_for_all_clients(vendor: Vendor) -> None:
    with service(vendor, backoff_s=0.01) as port, callers(port, 20) as waiting:
        vendor.request()
        wait_until_called(port)
        vendor.answer("429 Too Many Requests")
        vendor.request()
        vendor.answer()
        assert [caller.result()["incidents"] for caller in waiting] == [[]] * 20
        assert metric(port, "vendor_retries_total{").endswith(" 1.0")
