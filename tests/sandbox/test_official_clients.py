"""The vendors' own clients, generated from their OpenAPI documents, can use the sandbox."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import get_args

import pytest
from incident_io import AuthenticatedClient as IncidentIo
from incident_io.api.incident_attachments_v1 import incident_attachments_v1_list
from incident_io.api.incidents_v2 import incidents_v2_list, incidents_v2_show
from incident_io.models.incident_attachment_v1 import IncidentAttachmentV1
from incident_io.models.incident_attachments_list_result_v1 import IncidentAttachmentsListResultV1
from incident_io.models.incident_attachments_v1_list_resource_type import (
    IncidentAttachmentsV1ListResourceType,
)
from incident_io.models.incidents_list_result_v2 import IncidentsListResultV2
from incident_io.models.incidents_show_result_v2 import IncidentsShowResultV2
from incident_io.types import UNSET, Unset
from rootly_sdk import AuthenticatedClient as Rootly
from rootly_sdk.api.incidents import list_incidents
from rootly_sdk.models.incident_list import IncidentList
from rootly_sdk.models.list_incidents_include import ListIncidentsInclude

from sandbox.serving import Sandbox
from tests.slow import slow


@contextmanager
def rootly(sandbox: Sandbox, token: str = "any", **options: str) -> Iterator[Rootly]:
    headers = {"Content-Type": "application/vnd.api+json"}
    with Rootly(base_url=sandbox.url("rootly", **options), token=token, headers=headers) as client:
        yield client


@contextmanager
def incident_io(sandbox: Sandbox, token: str = "any") -> Iterator[IncidentIo]:
    with IncidentIo(base_url=sandbox.url("incident_io"), token=token) as client:
        yield client


@pytest.mark.parametrize("attributes", ["recorded", *slow(["all"])])
@pytest.mark.parametrize("shape", ["references", "nested"])
def test_rootlys_client_reads_every_page(sandbox: Sandbox, shape: str, attributes: str) -> None:
    titles: list[str] = []
    with rootly(sandbox, shape=shape, attributes=attributes, strict="1") as client:
        for number in range(1, 5):
            page = list_incidents.sync(client=client, pagenumber=number, pagesize=100)
            assert isinstance(page, IncidentList)
            titles += [row.attributes.title for row in page.data]
    truth = sandbox.store.rows(
        "SELECT title FROM incidents ORDER BY created_at DESC, sequential_id"
    )
    assert titles == [row["title"] for row in truth]


@pytest.mark.parametrize("include", get_args(ListIncidentsInclude))
def test_rootlys_client_reads_what_is_included(
    sandbox: Sandbox, include: ListIncidentsInclude
) -> None:
    with rootly(sandbox) as client:
        page = list_incidents.sync(
            client=client, include=include, pagesize=20, filterstatus="resolved,closed"
        )
    assert isinstance(page, IncidentList)
    assert len(page.data) == 20


def test_rootlys_client_filters(sandbox: Sandbox) -> None:
    with rootly(sandbox) as client:
        page = list_incidents.sync(
            client=client, filterseverity="sev1", filterstarted_atgte="2026-11-21T00:00:00Z"
        )
    assert isinstance(page, IncidentList)
    assert "Checkout 5xx in us-east-1" in [row.attributes.title for row in page.data]


def test_rootlys_client_reads_errors(sandbox: Sandbox) -> None:
    with rootly(sandbox, token="invalid") as client:
        assert list_incidents.sync_detailed(client=client).status_code == 401


def attached(client: IncidentIo, **query: object) -> list[IncidentAttachmentV1]:
    found = incident_attachments_v1_list.sync(client=client, **query)  # type: ignore[arg-type]
    assert isinstance(found, IncidentAttachmentsListResultV1)
    return found.incident_attachments


def test_incident_ios_client_reads_attachments_of_every_type(sandbox: Sandbox) -> None:
    with incident_io(sandbox) as client:
        for type_ in IncidentAttachmentsV1ListResourceType:
            external_id = sandbox.store.value(
                "SELECT external_id FROM io_attachments WHERE resource_type = ?", [type_.value]
            )
            found = attached(client, resource_type=type_, external_id=external_id)
            assert {attachment.resource.external_id for attachment in found} == {external_id}


def test_incident_ios_client_reads_incidents_and_their_attachments(sandbox: Sandbox) -> None:
    with incident_io(sandbox) as client:
        for row in sandbox.store.rows(
            "SELECT id, number, name FROM io_incidents ORDER BY number DESC LIMIT 20"
        ):
            shown = incidents_v2_show.sync(id=str(row["number"]), client=client)
            assert isinstance(shown, IncidentsShowResultV2)
            assert (shown.incident.id, shown.incident.name) == (row["id"], row["name"])
            count = sandbox.store.value(
                "SELECT count(*) FROM io_attachments WHERE incident_id = ?", [row["id"]]
            )
            assert len(attached(client, incident_id=row["id"])) == count


def test_incident_ios_client_reads_the_list_of_incidents_page_by_page(sandbox: Sandbox) -> None:
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
    with incident_io(sandbox, token="invalid") as client:
        assert (
            incident_attachments_v1_list.sync_detailed(client=client, incident_id="x").status_code
            == 401
        )
