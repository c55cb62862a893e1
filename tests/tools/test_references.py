"""References, links, several resources at once, and the incidents behind attachments."""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from typing import Any

import httpx
import pytest
from mcp import Client

from sandbox.serving import Sandbox, serve
from server.dispatcher import Dispatcher
from server.settings import Settings
from tests.conftest import NO_CERTIFICATES, NOW, settings_for
from tools.connection import Connection, connect
from tools.errors import Forbidden, NotFound, ToolError, UnexpectedResponse
from tools.incident_io import INCIDENT_IO
from tools.incident_io.attachment_continuation import Continuation
from tools.incident_io.incidents import MAX_LOOKUPS
from tools.incident_io.list_attachments import MAX_EXTERNAL_IDS, TOOL, ListAttachments
from tools.limits import Limits
from tools.validation import validate

pytestmark = pytest.mark.anyio

ID, NUMBER, NAME = "01KAM4V5QW8XY2ZB3CD6EF7GH9", 1207, "Checkout 5xx in us-east-1"
PAGE = "Q3F5KPXW8TB2NA"
SHARED = "example/shop/4007912"
LINK = "https://app.incident.io/example/incidents/1207"
Handler = Callable[[httpx.Request], httpx.Response]


async def ask(connection: Connection, **arguments: Any) -> Any:
    return await TOOL.run(
        validate(ListAttachments, arguments, now=NOW, vendor="incident.io"), connection
    )


async def call(dispatcher: Dispatcher, **arguments: Any) -> Any:
    return json.loads((await dispatcher.call("list_attachments", arguments)).text)


@pytest.fixture
async def sent(sandbox: Sandbox, anyio_backend: str) -> AsyncIterator[tuple[Connection, list[str]]]:
    """A connection to the sandbox, and the paths that were asked for over it."""
    url = sandbox.url("incident_io")
    connection = connect(INCIDENT_IO, url, "key", clock=lambda: NOW, tls=NO_CERTIFICATES)
    paths: list[str] = []

    async def record(request: httpx.Request) -> None:
        paths.append(request.url.path.removeprefix("/incident_io"))

    connection.http.event_hooks = {"request": [record]}
    yield connection, paths
    await connection.http.aclose()


@pytest.fixture
async def dispatcher_without_incidents(
    sandbox: Sandbox, anyio_backend: str
) -> AsyncIterator[Dispatcher]:
    """Its key has the scope `attachments.view` alone."""
    async with Dispatcher(
        settings_for_io(sandbox, scope="attachments.view"), clock=lambda: NOW
    ) as dispatcher:
        yield dispatcher


def settings_for_io(sandbox: Sandbox, **options: str) -> Settings:
    """Settings with options that only incident.io's emulation knows."""
    return replace(
        settings_for(sandbox), urls={"incident_io": sandbox.url("incident_io", **options)}
    )


@pytest.fixture
async def changing(anyio_backend: str) -> AsyncIterator[tuple[Sandbox, Dispatcher]]:
    """A sandbox that tests may change. It keeps the attachments of deleted incidents."""
    with serve(now=NOW) as sandbox:
        async with Dispatcher(
            settings_for_io(sandbox, orphans="shown"), clock=lambda: NOW
        ) as dispatcher:
            yield sandbox, dispatcher


FORMS = [
    "INC-1207",
    "inc-1207",
    "INC-01207",
    LINK,
    f"{LINK}/",
    f"{LINK}?tab=timeline",
    f"{LINK}#updates",
    f"{LINK}/checkout-5xx-in-us-east-1",
    "https://app.incident.io/incidents/1207",
    "https://app.incident.io/incidents/1207?tab=timeline",
    "https://app.incident.io/EXAMPLE/incidents/1207",
]


@pytest.mark.parametrize("given", FORMS)
async def test_a_reference_or_a_link_is_taken_for_its_incident(
    sandbox: Sandbox, agent: Client, given: str
) -> None:
    result = await agent.call_tool("list_attachments", {"incident_id": given})
    answer = result.structured_content
    assert answer
    assert answer["incident_id"] == ID
    assert answer["taken_for"] == {"reference": "INC-1207", "name": NAME}
    by_id = await agent.call_tool("list_attachments", {"incident_id": ID})
    assert by_id.structured_content
    assert answer["attachments"] == by_id.structured_content["attachments"]
    assert (
        answer["total"]
        == sandbox.store.value("SELECT count(*) FROM io_attachments WHERE incident_id = ?", [ID])
        > 0
    )
    assert "taken_for" not in by_id.structured_content
    assert "notes" not in answer


@pytest.mark.parametrize("organisation", ["another-org", "exampl", "example2", "incidents"])
async def test_a_link_of_another_organisation_is_refused(
    dispatcher: Dispatcher, organisation: str
) -> None:
    error = (
        await call(dispatcher, incident_id=f"https://app.incident.io/{organisation}/incidents/1207")
    )["error"]
    assert error["code"] == "not_found"
    assert f"'{organisation}'" in error["message"]
    assert "'example'" in error["message"]


@pytest.mark.parametrize(
    "permalink",
    [
        None,
        "",
        "https://app.incident.io/incidents/1207",
        "https://elsewhere.test/example/incidents/1207",
    ],
)
async def test_where_nobody_can_tell_the_organisation_a_note_says_so(permalink: str | None) -> None:
    connection = answering(lambda _: one(1207, permalink=permalink))
    answer = await ask(connection, incident_id=LINK)
    assert answer.facts["taken_for"]["reference"] == "INC-1207"
    [note] = answer.notes
    assert "does not say whether this incident belongs to the organisation 'example'" in note
    assert not (await ask(connection, incident_id="https://app.incident.io/incidents/1207")).notes


@pytest.mark.parametrize("organisation", ["example/", "another-org/", ""])
async def test_an_id_in_a_link_is_sent_as_it_is(
    sent: tuple[Connection, list[str]], organisation: str
) -> None:
    connection, paths = sent
    answer = await ask(
        connection, incident_id=f"https://app.incident.io/{organisation}incidents/{ID}?tab=timeline"
    )
    assert paths == ["/v1/incident_attachments"]
    assert answer.facts == {"incident_id": ID}
    assert answer.total == 7


async def test_an_id_in_a_link_needs_no_look_up(dispatcher_without_incidents: Dispatcher) -> None:
    answer = await call(
        dispatcher_without_incidents, incident_id=f"https://app.incident.io/example/incidents/{ID}"
    )
    assert answer["total"] == 7


async def test_a_reference_is_never_sent_as_an_id(sent: tuple[Connection, list[str]]) -> None:
    connection, paths = sent
    await ask(connection, incident_id="INC-1207")
    assert paths == ["/v2/incidents/1207", "/v1/incident_attachments"]


@pytest.mark.parametrize(
    "given", ["INC-4821", "INC-999999999", "https://app.incident.io/example/incidents/4821"]
)
async def test_a_reference_that_there_is_not_is_not_found(
    dispatcher: Dispatcher, given: str
) -> None:
    error = (await call(dispatcher, incident_id=given))["error"]
    assert error["code"] == "not_found"
    assert given in error["message"]


@pytest.mark.parametrize("given", ["OPS-1207", "SEV-1207", "PROJ1-1207"])
async def test_another_prefix_is_another_incident(dispatcher: Dispatcher, given: str) -> None:
    error = (await call(dispatcher, incident_id=given))["error"]
    assert error["code"] == "not_found"
    assert "INC-1207" in error["message"]
    assert given in error["message"]


@pytest.mark.parametrize("given", ["1207", "#1207", "01207", "4821"])
async def test_a_bare_number_is_refused_with_what_to_give(
    sent: tuple[Connection, list[str]], given: str
) -> None:
    connection, paths = sent
    with pytest.raises(ToolError) as refused:
        await ask(connection, incident_id=given)
    [complaint] = refused.value.details
    assert complaint["argument"] == "incident_id"
    assert "bare number" in complaint["problem"]
    assert "INC-123" in complaint["problem"]
    assert not paths


@pytest.mark.parametrize(
    "given",
    [
        "INC-",
        "INC-0",
        "INC--1207",
        "INC1207",
        "INC_1207",
        "INC 1207",
        "INC-1207 ",
        "INC-1207,INC-1206",
        "INC-12345678901",
        "checkout",
        "http://app.incident.io/example/incidents/1207",
        "https://app.incident.io.evil.test/example/incidents/1207",
        "https://evil.test/https://app.incident.io/example/incidents/1207",
        "https://app.incident.io/example/incidents/",
        "https://app.incident.io/incidents/",
        "https://app.incident.io/a/b/incidents/1207",
        "https://app.incident.io/example/incidents/create",
        "https://app.incident.io/example/incidents/INC-1207",
        "https://app.incident.io/example/incidents/0",
        "https://app.incident.io/example/incidents/1234567890",
        "https://app.incident.io/example/alerts/1207",
        "../incidents/1207",
        "01KAM4V5/../x",
        "",
    ],
)
async def test_what_is_neither_is_refused_before_the_network(
    sent: tuple[Connection, list[str]], given: str
) -> None:
    connection, paths = sent
    with pytest.raises(ToolError) as refused:
        await ask(connection, incident_id=given)
    assert refused.value.code == "invalid_arguments"
    assert not paths


async def test_a_key_that_may_not_look_up_says_what_to_give_instead(
    dispatcher_without_incidents: Dispatcher,
) -> None:
    error = (await call(dispatcher_without_incidents, incident_id="INC-1207"))["error"]
    assert error["code"] == "forbidden"
    assert "incidents.view" in error["message"]
    assert "give the incident's id instead" in error["message"]
    assert (await call(dispatcher_without_incidents, incident_id=ID))["total"] == 7


async def test_facts_about_an_incident_are_never_older_than_the_call(
    changing: tuple[Sandbox, Dispatcher],
) -> None:
    sandbox, dispatcher = changing
    for given in ("INC-1207", ID):
        sandbox.store.update_io_incident(ID, status="Investigating", name="Checkout is slow")
        await call(dispatcher, incident_id=given, include_incident=True)
        sandbox.store.update_io_incident(ID, status="Closed", name=NAME)
        answer = await call(dispatcher, incident_id=given, include_incident=True)
        [told] = answer["attached_to"]
        assert (told["status"], told["name"]) == ("Closed", NAME)
        assert answer.get("taken_for", {}).get("name", NAME) == NAME


async def test_a_reference_whose_incident_was_deleted_is_not_found(
    changing: tuple[Sandbox, Dispatcher],
) -> None:
    sandbox, dispatcher = changing
    assert (await call(dispatcher, incident_id="INC-1207"))["total"] == 7
    sandbox.store.delete_io_incident(ID)
    error = (await call(dispatcher, incident_id="INC-1207"))["error"]
    assert error["code"] == "not_found"
    assert "INC-1207" in error["message"]


async def test_a_reference_that_another_incident_has_now_is_that_one(
    changing: tuple[Sandbox, Dispatcher],
) -> None:
    sandbox, dispatcher = changing
    await call(dispatcher, incident_id="INC-1207", include_incident=True)
    sandbox.store.delete_io_incident(ID)
    other = sandbox.store.value("SELECT id FROM io_incidents ORDER BY number LIMIT 1")
    sandbox.store.update_io_incident(other, number=NUMBER, name="Another one")
    answer = await call(dispatcher, incident_id="INC-1207", include_incident=True)
    assert answer["incident_id"] == other
    assert answer["taken_for"]["name"] == "Another one"
    assert [told["id"] for told in answer["attached_to"]] == [other]


@pytest.mark.parametrize(
    "given", [{"incident_id": ID}, {"resource_type": "pager_duty_incident", "external_id": PAGE}]
)
async def test_an_incident_that_was_deleted_is_named_in_a_note(
    changing: tuple[Sandbox, Dispatcher], given: Mapping[str, object]
) -> None:
    sandbox, dispatcher = changing
    before = await call(dispatcher, **given, include_incident=True)
    assert [told["id"] for told in before["attached_to"]] == [ID]
    sandbox.store.delete_io_incident(ID)
    answer = await call(dispatcher, **given, include_incident=True)
    assert answer["total"] == before["total"]
    assert "attached_to" not in answer
    assert answer["notes"] == [f"Deleted, or not for this key to see: the incident {ID}."]


async def test_a_call_looks_its_incident_up_once(sent: tuple[Connection, list[str]]) -> None:
    connection, paths = sent
    for _ in range(2):
        await ask(connection, incident_id="INC-1207", include_incident=True)
    assert paths == ["/v2/incidents/1207", "/v1/incident_attachments"] * 2


def reply(document: object, status: int = 200) -> httpx.Response:
    # As a stream, since that is how answers are read.
    return httpx.Response(status, stream=httpx.ByteStream(json.dumps(document).encode()))


def one(number: int, **changes: object) -> httpx.Response:
    incident = {
        "id": f"01INCIDENT{number}",
        "reference": f"INC-{number}",
        "name": f"Incident {number}",
    }
    return reply({"incident": incident | changes})


def attached(*incidents: str, external_id: str = "x") -> httpx.Response:
    resource = {
        "resource_type": "jira_issue",
        "external_id": external_id,
        "title": "t",
        "permalink": "https://jira.test/x",
    }
    found = [
        {"id": f"01A{place:03}", "incident_id": id_, "resource": resource}
        for place, id_ in enumerate(incidents)
    ]
    return reply({"incident_attachments": found})


def answering(lookup: Handler, attachments: Handler = lambda _: attached()) -> Connection:
    """A connection to an incident.io that answers as told."""

    def answer(request: httpx.Request) -> httpx.Response:
        return (
            lookup(request)
            if request.url.path.startswith("/v2/incidents/")
            else attachments(request)
        )

    connection = connect(
        INCIDENT_IO,
        "https://incident.test",
        "key",
        limits=Limits(backoff_s=0.001, requests_per_minute=1_000_000),
        clock=lambda: NOW,
        tls=NO_CERTIFICATES,
    )
    http = httpx.AsyncClient(
        base_url="https://incident.test", transport=httpx.MockTransport(answer)
    )
    return replace(connection, http=http)


@pytest.mark.parametrize(
    ("given", "reference"),
    [
        ("INC-1207", "INC-1208"),
        ("INC-1207", "OPS-1207"),
        ("INC-1207", "1207"),
        ("INC-1207", "INC-1207-2"),
        (LINK, "INC-1208"),
        (LINK, "INC-12071"),
    ],
)
async def test_an_answer_that_is_another_incident_is_not_accepted(
    given: str, reference: str
) -> None:
    asked: list[httpx.Request] = []

    def attachments(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return attached()

    with pytest.raises(NotFound) as refused:
        await ask(
            answering(lambda _: one(1207, reference=reference), attachments), incident_id=given
        )
    assert reference in str(refused.value)
    assert not asked


@pytest.mark.parametrize(
    "document",
    [
        {},
        [],
        "INC-1207",
        {"errors": []},
        {"incident": None},
        {"incident": []},
        {"incident": {}},
        {"incident": {"id": "01X"}},
        {"incident": {"reference": "INC-1207"}},
        {"incident": {"id": "", "reference": "INC-1207"}},
        {"incident": {"id": ["01X"], "reference": "INC-1207"}},
        {"incident": {"id": "01X\u202e", "reference": "INC-1207"}},
        {"incidents": [{"id": "01X", "reference": "INC-1207"}]},
    ],
)
async def test_an_answer_without_an_incident_is_unexpected(document: object) -> None:
    with pytest.raises(UnexpectedResponse):
        await ask(answering(lambda _: reply(document)), incident_id="INC-1207")


async def test_what_is_odd_about_an_incident_costs_only_that() -> None:
    odd = {
        "name": 17,
        "incident_status": "Fixing",
        "severity": {"name": None},
        "permalink": "javascript:alert(1)",
    }
    answer = await ask(
        answering(lambda _: one(1207, **odd)), incident_id="INC-1207", include_incident=True
    )
    assert answer.facts["taken_for"] == {"reference": "INC-1207"}
    assert answer.more["attached_to"] == [{"id": "01INCIDENT1207", "reference": "INC-1207"}]
    typed = {"name": "Check\u202eout\u0007 down", "incident_status": {"name": "Fix\u200bing"}}
    answer = await ask(
        answering(lambda _: one(1207, **typed)), incident_id="INC-1207", include_incident=True
    )
    assert answer.facts["taken_for"]["name"] == "Checkout down"
    assert answer.more["attached_to"][0]["status"] == "Fixing"


async def test_several_resources_are_answered_for_each(sandbox: Sandbox, agent: Client) -> None:
    tickets = ["OPS-3998472", "OPS-9448414", "OPS-1", "OPS-5565332"]
    result = await agent.call_tool(
        "list_attachments", {"resource_type": "jira_issue", "external_id": tickets}
    )
    answer = result.structured_content
    assert answer
    counts = {
        ticket: sandbox.store.value(
            "SELECT count(*) FROM io_attachments WHERE external_id = ?", [ticket]
        )
        for ticket in tickets
    }
    assert [*answer["by_external_id"].items()] == [*counts.items()]
    assert {*counts.values()} >= {0, 1, 2}
    assert answer["count"] == answer["total"] == sum(counts.values())
    assert {row["external_id"] for row in answer["attachments"]} == {
        ticket for ticket in tickets if counts[ticket]
    }
    assert answer["resource_type"] == "jira_issue"
    assert "external_id" not in answer


async def test_an_id_in_another_spelling_is_counted_and_a_note_has_the_spelling(
    sandbox: Sandbox,
) -> None:
    async with Dispatcher(
        settings_for_io(sandbox, external_ids="any_case"), clock=lambda: NOW
    ) as dispatcher:
        several = await call(
            dispatcher, resource_type="jira_issue", external_id=["ops-3998472", "OPS-1"]
        )
        alone = await call(dispatcher, resource_type="jira_issue", external_id="ops-3998472")
    attached = sandbox.store.value(
        "SELECT count(*) FROM io_attachments WHERE external_id = 'OPS-3998472'"
    )
    assert several["by_external_id"] == {"ops-3998472": attached, "OPS-1": 0}
    assert several["total"] == alone["total"] == attached
    assert "failed" not in several
    assert alone["external_id"] == "ops-3998472"
    for answer in (several, alone):
        assert {row["external_id"] for row in answer["attachments"]} == {"OPS-3998472"}
        assert answer["notes"] == ["incident.io writes ops-3998472 as OPS-3998472."]


async def test_two_spellings_of_one_id_both_have_its_attachments(sandbox: Sandbox) -> None:
    spellings = ["ops-3998472", "OPS-3998472"]
    async with Dispatcher(
        settings_for_io(sandbox, external_ids="any_case"), clock=lambda: NOW
    ) as dispatcher:
        answer = await call(dispatcher, resource_type="jira_issue", external_id=spellings)
    assert answer["by_external_id"] == dict.fromkeys(spellings, answer["total"])
    assert answer["count"] == answer["total"] > 0
    assert any("shown once" in note for note in answer["notes"])


@pytest.mark.parametrize(
    ("asked", "written", "shown"),
    [
        ("123", 123, "123"),
        ("0123", 123, "123"),
        ("OPS-7", None, None),
        ("OPS-7", [], None),
        ("OPS-7", "OPS-7 ", None),
        ("OPS-7", "\uff2f\uff30\uff33-7", "\uff2f\uff30\uff33-7"),
        ("OPS-7", 0, "0"),
    ],
)
async def test_an_attachment_counts_for_the_id_that_brought_it(
    asked: str, written: object, shown: str | None
) -> None:
    def attachments(request: httpx.Request) -> httpx.Response:
        is_it = request.url.params["external_id"] == asked
        resource = {"resource_type": "jira_issue", "external_id": written, "title": "t"}
        return reply(
            {
                "incident_attachments": [{"id": "01A", "incident_id": "01I", "resource": resource}]
                if is_it
                else []
            }
        )

    connection = answering(lambda _: one(1), attachments)
    answer = await ask(connection, resource_type="jira_issue", external_id=[asked, "b"])
    assert answer.more["by_external_id"] == {asked: 1, "b": 0}
    assert answer.rows[0].get("external_id") == shown
    assert bool(answer.notes) == (shown != asked)


@pytest.mark.parametrize("written", ["OPS-8", "OPS-77", "7", "unrelated"])
async def test_an_attachment_of_another_id_is_not_taken_for_an_answer(written: str) -> None:
    connection = answering(lambda _: one(1), lambda _: attached("01I", external_id=written))
    with pytest.raises(UnexpectedResponse):
        await ask(connection, resource_type="jira_issue", external_id="OPS-7")


async def test_one_id_for_two_attachments_is_noted() -> None:
    resources = [
        {"resource_type": "jira_issue", "external_id": id_, "title": "t"}
        for id_ in ("OPS-7", "OPS-8")
    ]
    document = {
        "incident_attachments": [
            {"id": "01A", "incident_id": "01I", "resource": one} for one in resources
        ]
    }
    answer = await ask(answering(lambda _: one(1), lambda _: reply(document)), incident_id="01I")
    assert [row["external_id"] for row in answer.rows] == ["OPS-7", "OPS-8"]
    assert answer.notes == ["1 of these attachments has the id of another one: both are shown."]


async def test_an_attachment_that_is_not_readable_at_all_is_not_an_empty_row() -> None:
    known = {"resource_type": "jira_issue", "external_id": "x"}
    document = {
        "incident_attachments": [
            17,
            {"resource": known},
            {"id": "01A", "incident_id": "01I", "resource": known},
        ]
    }
    answer = await ask(
        answering(lambda _: one(1), lambda _: reply(document)),
        resource_type="jira_issue",
        external_id="x",
    )
    assert answer.rows == [
        {"unreadable": True},
        {"unreadable": True},
        {"id": "01A", "incident_id": "01I"},
    ]
    assert answer.total == 3
    assert "2 of these attachments are shown in part: the rest is not readable." in answer.notes


async def test_each_resource_is_asked_for_once(sent: tuple[Connection, list[str]]) -> None:
    connection, paths = sent
    answer = await ask(
        connection, resource_type="jira_issue", external_id=["OPS-3998472", "OPS-1", "OPS-3998472"]
    )
    assert len(paths) == 2
    assert answer.more["by_external_id"] == {"OPS-3998472": 1, "OPS-1": 0}
    paths.clear()
    alone = await ask(
        connection, resource_type="jira_issue", external_id=["OPS-3998472", "OPS-3998472"]
    )
    assert len(paths) == 1
    assert alone.facts["external_id"] == "OPS-3998472"
    assert "by_external_id" not in alone.more


async def test_a_list_goes_on_in_any_order_of_its_ids_but_not_for_other_questions(
    sent: tuple[Connection, list[str]],
) -> None:
    connection, paths = sent
    connection = replace(connection, limits=Limits(max_result_chars=900))
    question = {"resource_type": "jira_issue", "external_id": ["OPS-3998472", "OPS-1"]}
    by_incident = await ask(connection, incident_id=ID)
    after = by_incident.next["after"]
    rest = await ask(connection, incident_id=ID, after=after)
    assert rest.rows[0] not in by_incident.rows
    paths.clear()
    for other in (question, {"incident_id": "INC-1207"}):
        with pytest.raises(ToolError) as refused:
            await ask(connection, **other, after=after)
        [detail] = refused.value.details
        assert detail["argument"] == "after"
        assert detail["problem"].startswith("belongs to another question, ")
    assert paths == []
    own = Continuation.of(ListAttachments.model_validate(question).question(), "0")
    turned = {**question, "external_id": ["OPS-1", "OPS-3998472", "OPS-1"]}
    answer = await ask(connection, **turned, after=str(own))
    assert answer.rows


@pytest.mark.parametrize(
    "change",
    [
        lambda after: after[:-1],
        lambda after: f"{after}0",
        lambda after: f"{after}\n",
        lambda after: f"{after[:-1]}{'1' if after[-1] == '0' else '0'}",
        lambda after: f"{after[:9]}!000000",
        lambda after: f"{after[:9]}\ud800",
    ],
    ids=["cut off", "longer", "a line more", "another character", "another key", "no Unicode"],
)
async def test_a_continuation_that_is_not_an_exact_copy_is_refused(
    sent: tuple[Connection, list[str]], change: Callable[[str], str]
) -> None:
    connection, paths = sent
    connection = replace(connection, limits=Limits(max_result_chars=900))
    first = await ask(connection, incident_id=ID)
    paths.clear()
    with pytest.raises(ToolError) as refused:
        await ask(connection, incident_id=ID, after=change(first.next["after"]))
    [detail] = refused.value.details
    assert (detail["argument"], paths) == ("after", [])
    assert "is not an exact copy" in detail["problem"]


async def test_more_than_so_many_resources_are_refused(sent: tuple[Connection, list[str]]) -> None:
    connection, paths = sent
    most = [f"OPS-{number}" for number in range(MAX_EXTERNAL_IDS)]
    assert (
        len(
            (await ask(connection, resource_type="jira_issue", external_id=most)).more[
                "by_external_id"
            ]
        )
        == 20
    )
    assert len(paths) == 20
    with pytest.raises(ToolError) as refused:
        await ask(connection, resource_type="jira_issue", external_id=[*most, "OPS-20"])
    assert "21 ids: give at most 20" in refused.value.details[0]["problem"]
    assert len(paths) == 20


async def test_ids_without_an_answer_are_named_beside_the_others() -> None:
    def some(request: httpx.Request) -> httpx.Response:
        match request.url.params["external_id"]:
            case "b":
                return reply({"errors": []}, 503)
            case "d":
                return reply(
                    {
                        "errors": [
                            {
                                "code": "missing_required_scope",
                                "metadata": {"scope": "attachments.view"},
                            }
                        ]
                    },
                    403,
                )
            case id_:
                return attached("01INCIDENT1", external_id=id_)

    connection = answering(lambda _: one(1), some)
    answer = await ask(connection, resource_type="jira_issue", external_id=["a", "b", "c", "d"])
    assert answer.more["by_external_id"] == {"a": 1, "c": 1}
    failed = answer.more["failed"]
    assert {id_: (why["code"], why["retryable"]) for id_, why in failed.items()} == {
        "b": ("unavailable", True),
        "d": ("forbidden", False),
    }
    assert "attachments.view" in failed["d"]["message"]
    # How many there are in all is not known.
    assert answer.total is None


async def test_an_empty_answer_beside_a_failure_has_no_hint() -> None:
    connection = answering(
        lambda _: one(1),
        lambda r: reply({}, 500) if r.url.params["external_id"] == "b" else attached(),
    )
    answer = await ask(connection, resource_type="jira_issue", external_id=["a", "b"])
    assert (answer.rows, answer.total, answer.more["by_external_id"]) == ([], None, {"a": 0})
    assert "hint" not in answer.more


async def test_where_all_fail_it_is_an_error(sandbox: Sandbox) -> None:
    async with Dispatcher(
        settings_for(sandbox, fault="status:422"), clock=lambda: NOW
    ) as dispatcher:
        answer = await call(
            dispatcher, resource_type="jira_issue", external_id=["OPS-1", "OPS-2", "OPS-3"]
        )
    assert answer["error"]["code"] == "rejected"


async def test_the_incident_behind_a_resource_stands_once_beside_it(
    sandbox: Sandbox, agent: Client
) -> None:
    arguments = {
        "resource_type": "github_pull_request",
        "external_id": SHARED,
        "include_incident": True,
    }
    answer = (await agent.call_tool("list_attachments", arguments)).structured_content
    assert answer
    truth = sandbox.store.rows(
        "SELECT i.* FROM io_incidents AS i JOIN io_attachments AS a ON a.incident_id = i.id "
        "WHERE external_id = ? ORDER BY a.id",
        [SHARED],
    )
    assert len(truth) == 2
    assert answer["attached_to"] == [
        {
            "id": row["id"],
            "reference": f"INC-{row['number']}",
            "name": row["name"],
            "status": row["status"],
            "severity": row["severity"],
            "permalink": f"https://app.incident.io/example/incidents/{row['number']}",
        }
        for row in truth
    ]
    assert [row["incident_id"] for row in answer["attachments"]] == [row["id"] for row in truth]


async def test_the_incident_that_was_asked_about_stands_beside_its_attachments(
    sent: tuple[Connection, list[str]],
) -> None:
    connection, paths = sent
    for given, lookups in (("INC-1207", 1), (ID, 2)):
        answer = await ask(connection, incident_id=given, include_incident=True)
        assert [one["reference"] for one in answer.more["attached_to"]] == ["INC-1207"]
        assert len(answer.rows) == 7
        assert len([path for path in paths if path.startswith("/v2")]) == lookups


async def test_an_incident_without_attachments_stands_there_too(
    sandbox: Sandbox, dispatcher: Dispatcher
) -> None:
    empty = (
        "SELECT number FROM io_incidents "
        "WHERE id NOT IN (SELECT incident_id FROM io_attachments) ORDER BY number DESC"
    )
    reference = f"INC-{sandbox.store.value(empty)}"
    answer = await call(dispatcher, incident_id=reference, include_incident=True)
    assert (answer["attachments"], answer["total"]) == ([], 0)
    assert answer["taken_for"]["reference"] == reference
    assert [one["reference"] for one in answer["attached_to"]] == [reference]


async def test_nothing_is_looked_up_where_nothing_is_asked(
    sent: tuple[Connection, list[str]],
) -> None:
    connection, paths = sent
    for include in ({}, {"include_incident": False}):
        answer = await ask(
            connection, resource_type="pager_duty_incident", external_id=PAGE, **include
        )
        assert "attached_to" not in answer.more
    assert not [path for path in paths if path.startswith("/v2")]


async def test_each_incident_is_looked_up_once_however_often_it_is_attached() -> None:
    lookups: list[str] = []

    def lookup(request: httpx.Request) -> httpx.Response:
        lookups.append(request.url.path)
        return one(1)

    connection = answering(
        lookup, lambda r: attached(*["01INCIDENT1"] * 3, external_id=r.url.params["external_id"])
    )
    answer = await ask(
        connection, resource_type="jira_issue", external_id=["a", "b", "c"], include_incident=True
    )
    assert len(lookups) == 1
    assert len(answer.more["attached_to"]) == 1


async def test_so_many_incidents_are_looked_up_and_the_others_counted() -> None:
    lookups: list[str] = []

    def lookup(request: httpx.Request) -> httpx.Response:
        lookups.append(request.url.path)
        return one(int(request.url.path.removeprefix("/v2/incidents/01INCIDENT")))

    connection = answering(
        lookup, lambda _: attached(*(f"01INCIDENT{number}" for number in range(100, 125)))
    )
    answer = await ask(
        connection, resource_type="jira_issue", external_id="x", include_incident=True
    )
    assert len(lookups) == len(answer.more["attached_to"]) == MAX_LOOKUPS
    assert [incident["id"] for incident in answer.more["attached_to"]] == [
        f"01INCIDENT{n}" for n in range(100, 120)
    ]
    assert "5 more incidents are not looked up." in answer.notes


async def test_incidents_that_cannot_be_looked_up_are_noted_and_the_answer_stays() -> None:
    def lookup(request: httpx.Request) -> httpx.Response:
        match request.url.path.removeprefix("/v2/incidents/01INCIDENT"):
            case "2":
                return reply({}, 404)
            case "3":
                return one(4)
            case "5":
                return reply({}, 503)
            case number:
                return one(int(number))

    connection = answering(
        lookup, lambda _: attached(*(f"01INCIDENT{number}" for number in range(1, 6)))
    )
    answer = await ask(
        connection, resource_type="jira_issue", external_id="x", include_incident=True
    )
    assert len(answer.rows) == answer.total == 5
    assert [incident["reference"] for incident in answer.more["attached_to"]] == ["INC-1", "INC-4"]
    gone, *others = sorted(answer.notes)
    assert gone == "Deleted, or not for this key to see: the incident 01INCIDENT2."
    assert {note.partition(". ")[0] for note in others} == {
        f"Not looked up: 01INCIDENT{number}" for number in (3, 5)
    }


async def test_incidents_that_cannot_be_looked_up_are_in_the_order_of_the_rows() -> None:
    paths: list[str] = []

    def lookup(request: httpx.Request) -> httpx.Response:
        paths.append(request.url.path)
        # The first incident is asked for again, so it is refused after the second one.
        is_busy = len(paths) == 1
        return reply({}, 503 if is_busy else 403)

    connection = answering(lookup, lambda _: attached("01INCIDENT1", "01INCIDENT2"))
    answer = await ask(
        connection, resource_type="jira_issue", external_id="x", include_incident=True
    )
    assert [path[-1] for path in paths] == ["1", "2", "1"]
    [note] = answer.notes
    assert note.startswith("Not looked up: 01INCIDENT1, 01INCIDENT2. ")


async def test_without_the_scope_the_attachments_stay_and_the_scope_is_noted(
    dispatcher_without_incidents: Dispatcher,
) -> None:
    for question in (
        {"incident_id": ID},
        {"resource_type": "pager_duty_incident", "external_id": PAGE},
    ):
        answer = await call(dispatcher_without_incidents, **question, include_incident=True)
        assert answer["total"] > 0
        assert "attached_to" not in answer
        [note] = answer["notes"]
        assert note.startswith(f"Not looked up: {ID}. ")
        assert "incidents.view" in note


async def test_ids_are_asked_for_as_they_are() -> None:
    """An id with a slash or a question mark in it names no other endpoint."""
    asked: list[bytes] = []

    def lookup(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.raw_path)
        return reply({}, 404)

    connection = answering(lookup, lambda _: attached("../v1/identity", "x?a=b"))
    await ask(connection, resource_type="jira_issue", external_id="x", include_incident=True)
    assert sorted(asked) == [b"/v2/incidents/..%2Fv1%2Fidentity", b"/v2/incidents/x%3Fa%3Db"]


async def test_forbidden_means_forbidden_for_links_too(sandbox: Sandbox) -> None:
    connection = connect(
        INCIDENT_IO, sandbox.url("incident_io", scope="attachments.view"), "key", clock=lambda: NOW
    )
    with pytest.raises(Forbidden):
        await ask(connection, incident_id=LINK)
    await connection.http.aclose()


@pytest.mark.parametrize(
    "given", [{"include_incident": "yes"}, {"include_incident": 1}, {"include_incident": []}]
)
async def test_include_incident_is_true_or_false(
    dispatcher: Dispatcher, given: Mapping[str, object]
) -> None:
    error = (await call(dispatcher, incident_id=ID, **given))["error"]
    assert error["details"][0]["argument"] == "include_incident"
