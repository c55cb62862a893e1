"""The requests that Rootly's emulation refuses."""

import httpx
import pytest

from sandbox.serving import Sandbox
from tests.sandbox.ask import Ask


@pytest.mark.parametrize("authorization", [None, "", "Basic eDp5", "Bearer", "Bearer invalid"])
def test_a_missing_or_invalid_token_is_unauthorized(
    sandbox: Sandbox, authorization: str | None
) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    answer = httpx.get(f"{sandbox.url('rootly')}/v1/incidents", headers=headers)
    assert (answer.status_code, answer.json()) == (
        401,
        {"errors": [{"title": "Unauthorized", "status": "401"}]},
    )


@pytest.mark.parametrize("path", ["/v1/incident", "/v1/incidents/", "/", ""])
def test_other_paths_are_not_found_or_unauthorized(
    sandbox: Sandbox, client: httpx.Client, path: str
) -> None:
    answer = client.get(f"{sandbox.url('rootly')}{path}")
    assert answer.status_code == 404
    assert answer.json() == {"errors": [{"title": "Not found or unauthorized", "status": "404"}]}


@pytest.mark.parametrize(
    "parameters",
    [
        {"sort": "title"},
        {"page[size]": "0"},
        {"page[number]": "two"},
        {"page[number]": "-1"},
        {"page[after]": "x"},
        {"page[after]": "WzFd"},
        {"filter[created_at][gte]": "yesterday"},
    ],
)
def test_unknown_values_are_bad_requests(incidents: Ask, parameters: dict[str, str]) -> None:
    answer = incidents(parameters)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["status"] == "400"


def test_a_cursor_of_another_order_is_a_bad_request(incidents: Ask) -> None:
    cursor = incidents().json()["meta"]["next_cursor"]
    assert incidents({"page[after]": cursor, "sort": "updated_at"}).status_code == 400


def test_a_strict_organisation_demands_the_media_type_even_of_a_get(
    incidents: Ask, sandbox: Sandbox, client: httpx.Client
) -> None:
    url = f"{sandbox.url('rootly', strict='1')}/v1/incidents"
    assert client.get(url).status_code == 200
    assert client.get(url, headers={"Content-Type": "application/json"}).status_code == 415


def test_a_strict_organisation_demands_a_user_agent(sandbox: Sandbox, client: httpx.Client) -> None:
    assert (
        client.get(
            f"{sandbox.url('rootly', strict='1')}/v1/incidents", headers={"User-Agent": ""}
        ).status_code
        == 403
    )
