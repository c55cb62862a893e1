"""The data changes before the requests that a test chooses."""

from datetime import datetime, timedelta

import httpx
import pytest

from sandbox.serving import Sandbox, serve, serve_store
from sandbox.store import Store
from tests.sandbox.conftest import NOW

DAY = datetime.fromisoformat("2026-11-20T12:00:00Z")


def numbers(client: httpx.Client, sandbox: Sandbox, **parameters: str) -> list[int]:
    url = f"{sandbox.url('rootly')}/v1/incidents"
    page = client.get(url, params={"page[size]": "100", **parameters}).json()
    return [row["attributes"]["sequential_id"] for row in page["data"]]


@pytest.fixture
def world() -> list[dict[str, object]]:
    """Three incidents, an hour apart."""
    return [
        {"created_at": DAY + timedelta(hours=n), "services": ["checkout-api"]} for n in range(3)
    ]


def test_a_world_has_exactly_its_incidents(
    client: httpx.Client, world: list[dict[str, object]]
) -> None:
    with serve_store(
        Store.containing(
            [*world, {"sequential_id": 40, "title": "Another", "severity": "sev0"}], NOW
        )
    ) as sandbox:
        assert numbers(client, sandbox) == [40, 3, 2, 1]
        assert numbers(client, sandbox, **{"filter[services]": "checkout-api"}) == [3, 2, 1]
        assert numbers(client, sandbox, **{"filter[severity]": "sev0"}) == [40]
        assert sandbox.store.value("SELECT count(*) FROM io_incidents") == 0


def test_changes_are_made_before_the_request_with_that_number(
    client: httpx.Client, world: list[dict[str, object]]
) -> None:
    with serve_store(Store.containing(world, NOW)) as sandbox:
        sandbox.script.before(2, lambda store: store.delete_incident(2))
        sandbox.script.before(3, lambda store: store.create_incident())
        sandbox.script.before(
            4, lambda store: store.update_incident(1, status="resolved", services=["ingress"])
        )
        resolved = {"filter[status]": "resolved", "filter[services]": "ingress"}
        assert numbers(client, sandbox) == [3, 2, 1]
        assert numbers(client, sandbox) == [3, 1]
        assert numbers(client, sandbox) == [4, 3, 1]
        assert numbers(client, sandbox, **resolved) == [1]
        assert sandbox.script.count() == 4


def test_a_change_is_made_before_each_request(
    client: httpx.Client, world: list[dict[str, object]]
) -> None:
    with serve_store(Store.containing(world, NOW)) as sandbox:
        sandbox.script.before_each(lambda store: store.create_incident(created_at=DAY))
        assert [len(numbers(client, sandbox)) for _ in range(3)] == [4, 5, 6]


def test_a_request_is_answered_under_other_dials(
    client: httpx.Client, world: list[dict[str, object]]
) -> None:
    with serve_store(Store.containing(world, NOW)) as sandbox:
        sandbox.script.turn(2, empty_page="1")
        sandbox.script.turn(3, fault="status:503", clock="60")
        assert [len(numbers(client, sandbox)) for _ in range(2)] == [3, 0]
        failed = client.get(f"{sandbox.url('rootly')}/v1/incidents")
        assert (failed.status_code, failed.headers["Date"]) == (
            503,
            "Sun, 22 Nov 2026 02:01:00 GMT",
        )
        assert numbers(client, sandbox) == [3, 2, 1]


def test_requests_are_counted_for_each_vendor(
    client: httpx.Client, world: list[dict[str, object]]
) -> None:
    with serve_store(Store.containing(world, NOW)) as sandbox:
        sandbox.script.before(1, lambda store: store.delete_incident(1), vendor="incident_io")
        assert numbers(client, sandbox) == [3, 2, 1]
        client.get(f"{sandbox.url('incident_io')}/v1/identity")
        assert numbers(client, sandbox) == [3, 2]


def test_a_change_moves_updated_at_only_on_request(
    client: httpx.Client, world: list[dict[str, object]]
) -> None:
    with serve_store(Store.containing(world, NOW)) as sandbox:
        since = {"filter[updated_at][gte]": "2026-11-21"}
        sandbox.store.update_incident(1, status="mitigated")
        assert numbers(client, sandbox, **since) == []
        sandbox.store.update_incident(1, severity="sev1", updated_at=sandbox.store.clock())
        assert numbers(client, sandbox, **since) == [1]


def test_more_than_a_page_of_incidents_share_a_millisecond(client: httpx.Client) -> None:
    with serve_store(Store.containing([{"created_at": DAY}] * 150, NOW)) as sandbox:
        assert numbers(client, sandbox, **{"page[number]": "2"}) == [*range(101, 151)]


def test_the_number_of_a_deleted_incident_is_not_used_again() -> None:
    store = Store(1, NOW, None)
    first = store.create_incident()
    store.delete_incident(first)
    assert store.create_incident() == first + 1


def test_a_service_gets_another_slug(client: httpx.Client, world: list[dict[str, object]]) -> None:
    with serve_store(Store.containing(world, NOW)) as sandbox:
        sandbox.store.rename("services", "checkout-api", "checkout")
        assert numbers(client, sandbox, **{"filter[services]": "checkout-api"}) == []
        assert numbers(client, sandbox, **{"filter[services]": "checkout"}) == [3, 2, 1]


def test_another_world_is_loaded_into_the_same_sandbox(
    client: httpx.Client, world: list[dict[str, object]]
) -> None:
    with serve(now=NOW, size=30) as sandbox:
        numbers(client, sandbox)
        sandbox.load(Store.containing(world, NOW))
        assert numbers(client, sandbox) == [3, 2, 1]
        assert sandbox.script.count() == 1


def test_the_same_world_twice_is_two_worlds() -> None:
    one, other = Store(1, NOW, 30), Store(1, NOW, 30)
    one.delete_incident(one.value("SELECT max(sequential_id) FROM incidents"))
    assert other.value("SELECT count(*) FROM incidents") == 30
    assert one.value("SELECT count(*) FROM incidents") == 29


def test_a_change_that_fails_fails_the_test(
    client: httpx.Client, capfd: pytest.CaptureFixture[str]
) -> None:
    def reading() -> None:
        with serve(now=NOW, size=5) as sandbox:
            sandbox.script.before(1, lambda store: store.update_incident(1, colour="red"))
            with pytest.raises(httpx.RemoteProtocolError):
                numbers(client, sandbox)

    with pytest.raises(Exception, match="no such column: colour"):
        reading()
