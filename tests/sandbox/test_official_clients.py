"""The vendors' own clients, generated from their OpenAPI documents, can use the sandbox.

Only functions import the clients, because that takes two seconds, and every process of a test run
imports this file.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, get_args

import pytest

from sandbox.serving import Sandbox

if TYPE_CHECKING:
    from incident_io import AuthenticatedClient as IncidentIo
    from incident_io.models.incident_attachment_v1 import IncidentAttachmentV1
    from rootly_sdk import AuthenticatedClient as Rootly
    from rootly_sdk.models.incident_list import IncidentList


@contextmanager
def rootly(sandbox: Sandbox, token: str = "any", **options: str) -> Iterator["Rootly"]:
    from rootly_sdk import AuthenticatedClient

    headers = {"Content-Type": "application/vnd.api+json"}
    url = sandbox.url("rootly", **options)
    with AuthenticatedClient(base_url=url, token=token, headers=headers) as client:
        yield client


@contextmanager
def incident_io(sandbox: Sandbox, token: str = "any") -> Iterator["IncidentIo"]:
    from incident_io import AuthenticatedClient

    with AuthenticatedClient(base_url=sandbox.url("incident_io"), token=token) as client:
        yield client


def incidents(client: "Rootly", **query: object) -> "IncidentList":
    from rootly_sdk.api.incidents import list_incidents
    from rootly_sdk.models.incident_list import IncidentList

    page = list_incidents.sync(client=client, **query)  # type: ignore[arg-type]
    assert isinstance(page, IncidentList)
    return page


def attachments(client: "IncidentIo", **query: object) -> list["IncidentAttachmentV1"]:
    from incident_io.api.incident_attachments_v1 import incident_attachments_v1_list
    from incident_io.models.incident_attachments_list_result_v1 import (
        IncidentAttachmentsListResultV1,
    )

    page = incident_attachments_v1_list.sync(client=client, **query)  # type: ignore[arg-type]
    assert isinstance(page, IncidentAttachmentsListResultV1)
    return page.incident_attachments


@pytest.mark.slow
@pytest.mark.parametrize("attributes", ["recorded", "all"])
@pytest.mark.parametrize("shape", ["references", "nested"])
def test_rootlys_client_reads_every_page(sandbox: Sandbox, shape: str, attributes: str) -> None:
    titles: list[str] = []
    with rootly(sandbox, shape=shape, attributes=attributes, strict="1") as client:
        for number in range(1, 5):
            page = incidents(client, pagenumber=number, pagesize=100)
            titles += [row.attributes.title for row in page.data]
    truth = sandbox.store.rows(
        "SELECT title FROM incidents ORDER BY created_at DESC, sequential_id"
    )
    assert titles == [row["title"] for row in truth]


def test_rootlys_client_reads_whatever_is_included(sandbox: Sandbox) -> None:
    from rootly_sdk.models.list_incidents_include import ListIncidentsInclude

    with rootly(sandbox) as client:
        for include in get_args(ListIncidentsInclude):
            page = incidents(client, include=include, pagesize=20, filterstatus="resolved,closed")
            assert len(page.data) == 20, include


def test_rootlys_client_filters(sandbox: Sandbox) -> None:
    with rootly(sandbox) as client:
        page = incidents(client, filterseverity="sev1", filterstarted_atgte="2026-11-21T00:00:00Z")
    assert "Checkout 5xx in us-east-1" in [row.attributes.title for row in page.data]


def test_rootlys_client_reads_errors(sandbox: Sandbox) -> None:
    from rootly_sdk.api.incidents import list_incidents

    with rootly(sandbox, token="invalid") as client:
        assert list_incidents.sync_detailed(client=client).status_code == 401


@pytest.mark.slow
def test_incident_ios_client_reads_attachments_of_every_type(sandbox: Sandbox) -> None:
    from incident_io.models.incident_attachments_v1_list_resource_type import (
        IncidentAttachmentsV1ListResourceType,
    )

    with incident_io(sandbox) as client:
        for type_ in IncidentAttachmentsV1ListResourceType:
            external_id = sandbox.store.value(
                "SELECT external_id FROM io_attachments WHERE resource_type = ?", [type_.value]
            )
            found = attachments(client, resource_type=type_, external_id=external_id)
            assert {attachment.resource.external_id for attachment in found} == {external_id}


def test_incident_ios_client_reads_incidents_and_their_attachments(sandbox: Sandbox) -> None:
    from incident_io.api.incidents_v2 import incidents_v2_show
    from incident_io.models.incidents_show_result_v2 import IncidentsShowResultV2

    with incident_io(sandbox) as client:
        for row in sandbox.store.rows(
            "SELECT id, number, name FROM io_incidents ORDER BY number DESC LIMIT 20"
        ):
            answer = incidents_v2_show.sync(id=str(row["number"]), client=client)
            assert isinstance(answer, IncidentsShowResultV2)
            assert (answer.incident.id, answer.incident.name) == (row["id"], row["name"])
            count = sandbox.store.value(
                "SELECT count(*) FROM io_attachments WHERE incident_id = ?", [row["id"]]
            )
            assert len(attachments(client, incident_id=row["id"])) == count


def test_incident_ios_client_reads_the_list_of_incidents_page_by_page(sandbox: Sandbox) -> None:
    from incident_io.api.incidents_v2 import incidents_v2_list
    from incident_io.models.incidents_list_result_v2 import IncidentsListResultV2
    from incident_io.types import UNSET, Unset

    ids: list[str] = []
    after: str | Unset = UNSET
    with incident_io(sandbox) as client:
        while True:
            page = incidents_v2_list.sync(client=client, page_size=100, after=after)
            assert isinstance(page, IncidentsListResultV2)
            assert page.pagination_meta
            ids += [incident.id for incident in page.incidents]
            after = page.pagination_meta.after
            if isinstance(after, Unset):
                break
    truth = sandbox.store.values("SELECT id FROM io_incidents ORDER BY created_at DESC, id DESC")
    assert ids == truth
    assert page.pagination_meta.total_record_count == len(truth) > 100


def test_incident_ios_client_reads_errors(sandbox: Sandbox) -> None:
    from incident_io.api.incident_attachments_v1 import incident_attachments_v1_list

    with incident_io(sandbox, token="invalid") as client:
        answer = incident_attachments_v1_list.sync_detailed(client=client, incident_id="x")
    assert answer.status_code == 401
