"""The sandbox on the network: where it listens, its options, and its end."""

import socket
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from sandbox.serving import Sandbox, serve
from sandbox.store import Store
from tests.conftest import NOW

MARK = "X-Incident-Desk-Sandbox"


@pytest.mark.parametrize(
    "path",
    [
        "/rootly/v1/incidents",
        "/incident_io/v1/identity",
        "/rootly/nothing",
        "/rootly;shape=round/v1/incidents",
        "/",
    ],
)
def test_every_answer_says_that_it_comes_from_the_sandbox(
    sandbox: Sandbox, client: httpx.Client, path: str
) -> None:
    assert client.get(f"http://127.0.0.1:{sandbox.port}{path}").headers[MARK] == "1"
    assert httpx.get(f"http://127.0.0.1:{sandbox.port}{path}").headers[MARK] == "1"


def test_an_answer_to_invalid_http_has_the_mark_too(sandbox: Sandbox) -> None:
    with socket.create_connection(("127.0.0.1", sandbox.port)) as connection:
        connection.sendall(b"nonsense\r\n\r\n")
        answer = connection.makefile("rb").read()
    assert f"{MARK}: 1".encode() in answer


@pytest.mark.parametrize(
    ("segment", "status", "told"),
    [
        ("rootly;colour=red", 400, "There is no option 'colour'. The options are: key, "),
        ("rootly;shape=round", 400, "The option 'shape' must be one of: references, nested."),
        ("incident_io;shape=nested", 400, "There is no option 'shape'"),
        ("rootly;fault=gremlins", 400, "There is no fault 'gremlins'"),
        ("rootly;fault=delay:soon", 400, "The fault 'delay' cannot have the argument 'soon'"),
        ("rootly;fault=429:tomorrow", 400, "cannot have the argument 'tomorrow'"),
        ("rootly;rate=2", 400, "The rate must be a number from 0 to 1"),
        ("jira", 404, "must be one of: rootly, incident_io"),
    ],
)
def test_a_wrong_option_gets_a_clear_message(
    sandbox: Sandbox, client: httpx.Client, segment: str, status: int, told: str
) -> None:
    answer = client.get(f"http://127.0.0.1:{sandbox.port}/{segment}/v1/incidents")
    assert answer.status_code == status
    assert told in answer.json()["sandbox"]


def test_it_listens_on_loopback_only_and_stops_with_the_block() -> None:
    with serve(size=5) as sandbox:
        url = f"{sandbox.url('rootly')}/v1/incidents"
        assert url.startswith("http://127.0.0.1:")
        with httpx.Client() as kept_alive:
            assert kept_alive.get(url).status_code == 401
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)


def test_it_serves_on_a_given_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with serve(port, size=5) as sandbox:
        assert sandbox.port == port


def test_a_connection_serves_many_requests(sandbox: Sandbox, client: httpx.Client) -> None:
    answers = [client.get(f"{sandbox.url('incident_io')}/v1/identity") for _ in range(20)]
    assert (
        len(
            {
                answer.extensions["network_stream"].get_extra_info("client_addr")
                for answer in answers
            }
        )
        == 1
    )


def test_two_hundred_clients_at_once_are_served(sandbox: Sandbox) -> None:
    request = (
        b"GET /incident_io/v1/identity HTTP/1.1\r\n"
        b"Host: x\r\nAuthorization: Bearer x\r\nConnection: close\r\n\r\n"
    )

    def ask(_: int) -> bytes:
        with socket.create_connection(("127.0.0.1", sandbox.port)) as connection:
            connection.sendall(request)
            return connection.makefile("rb").read()

    with ThreadPoolExecutor(200) as clients:
        assert all(answer.startswith(b"HTTP/1.1 200 OK") for answer in clients.map(ask, range(200)))


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nothing_can_be_changed_over_http(
    sandbox: Sandbox, client: httpx.Client, method: str
) -> None:
    answers = [
        client.request(method, sandbox.url("rootly") + "/v1/incidents", json={"data": {}}),
        client.request(method, sandbox.url("incident_io") + "/v1/incident_attachments", json={}),
    ]
    assert [answer.status_code for answer in answers] == [404, 405]


def test_a_request_to_a_closed_store_is_dropped_silently(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with serve(now=NOW, size=5) as sandbox:
        # As when a test ends while a request is on its way.
        sandbox.script.before(1, lambda store: store.close())
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.get(
                f"{sandbox.url('rootly')}/v1/incidents", headers={"Authorization": "Bearer key"}
            )
        sandbox.load(Store(0, NOW, 5))
    assert capfd.readouterr().err == ""
