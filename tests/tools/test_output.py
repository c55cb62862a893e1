"""An answer has only members that its tool's output schema declares."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from evals.classes import CLASSES, KINDS
from evals.question import call_of
from sandbox.serving import Sandbox
from server.dispatcher import Dispatcher
from tests.conftest import NOW, settings_for
from tests.slow import slow
from tests.tools.mocked import mocked_dispatcher, reply
from tools.catalogue import PLAIN_TOOLS, load_tools
from tools.rootly.relations import RELATIONS

pytestmark = pytest.mark.anyio

SCHEMAS = {tool.name: tool.output_schema or {} for tool in load_tools(entries=PLAIN_TOOLS)}
INCIDENT = "01KAM4V5QW8XY2ZB3CD6EF7GH9"
QUESTIONS: list[tuple[str, Mapping[str, Any]]] = [
    ("list_incidents", {}),
    ("list_incidents", {"page_size": 1, "started_at": {"gte": "-30d"}}),
    ("list_incidents", {"view": "table"}),
    ("list_incidents", {"view": "full", "include": [*RELATIONS]}),
    ("list_incidents", {"fields": ["id", "title"], "sort": "-started_at", "page_size": 2}),
    ("list_incidents", {"services": "checkout", "severity": "sev0"}),
    ("list_incidents", {"services": "checkout", "view": "table"}),
    ("list_incidents", {"group_by": "severity"}),
    ("list_incidents", {"group_by": ["month", "severity"], "started_at": {"gte": "-45d"}}),
    ("list_incidents", {"group_by": "severity", "services": "checkout"}),
    ("list_incidents", {"where": {"lasted": {"gt": "2h"}}, "active_during": {"gte": "-7d"}}),
    ("list_incidents", {"similar_to": "certificate expired"}),
    ("list_incidents", {"similar_to": "4821"}),
    ("list_attachments", {"incident_id": INCIDENT}),
    ("list_attachments", {"incident_id": "INC-1207"}),
    ("list_attachments", {"incident_id": "INC-1207", "include_incident": True}),
    ("list_attachments", {"resource_type": "jira_issue", "external_id": "OPS-1"}),
    ("list_attachments", {"resource_type": "jira_issue", "external_id": ["OPS-1", "OPS-2"]}),
    ("list_incidents", {"status": "no such status"}),
    ("list_attachments", {}),
]
TYPES = {
    str: "string",
    int: "integer",
    list: "array",
    dict: "object",
}


def undeclared(tool: str, answer: Mapping[str, Any]) -> Iterator[str]:
    """Members of *answer* that its schema has not, or has with another type."""
    declared = SCHEMAS[tool]["properties"]
    for name, value in answer.items():
        if declared.get(name, {}).get("type") != TYPES[type(value)]:
            yield f"{tool}: {name} {type(value).__name__}"


async def members_of(dispatcher: Dispatcher, tool: str, arguments: Mapping[str, Any]) -> set[str]:
    """The members of an answer, all of which are declared; none for an error."""
    answer = (await dispatcher.call(tool, arguments)).structured
    if answer is None:
        return set()
    assert [*undeclared(tool, answer)] == []
    return {*answer}


async def test_every_member_of_an_answer_is_declared_and_the_other_way_round(
    sandbox: Sandbox,
) -> None:
    members: dict[str, set[str]] = {tool: set() for tool in SCHEMAS}
    async with Dispatcher(settings_for(sandbox), clock=lambda: NOW) as dispatcher:
        for tool, arguments in QUESTIONS:
            members[tool] |= await members_of(dispatcher, tool, arguments)

    def refuse_some(request: Any) -> Any:
        if request.url.params["external_id"] == "refused":
            return reply(422)
        return reply(body={"incident_attachments": []})

    async with mocked_dispatcher(refuse_some) as dispatcher:
        question = {"resource_type": "jira_issue", "external_id": ["refused", "OPS-1"]}
        members["list_attachments"] |= await members_of(dispatcher, "list_attachments", question)
    # Attachments of one incident may be too many for a result.
    resource = {"resource_type": "jira_issue", "title": "Title " * 20}
    many = [
        {"id": f"{n:026}", "resource": {**resource, "external_id": f"OPS-{n}"}} for n in range(500)
    ]
    async with mocked_dispatcher(
        lambda _: reply(body={"incident_attachments": many})
    ) as dispatcher:
        question = {"incident_id": INCIDENT}
        members["list_attachments"] |= await members_of(dispatcher, "list_attachments", question)
    # What is declared and never answered would only cost tokens.
    assert members == {tool: {*schema["properties"]} for tool, schema in SCHEMAS.items()}


# Those in KINDS read all incidents. The members of their answers are among `QUESTIONS`.
@pytest.mark.parametrize("name", [*(name for name in CLASSES if name not in KINDS), *slow(KINDS)])
async def test_the_answers_to_what_responders_ask_have_only_declared_members(
    sandbox: Sandbox, name: str
) -> None:
    async with Dispatcher(settings_for(sandbox), clock=lambda: NOW) as dispatcher:
        for question in CLASSES[name]:
            answers: list[Mapping[str, Any]] = []
            for call in question.calls:
                tool, arguments = call_of(call, answers)
                result = await dispatcher.call(tool, arguments)
                answers.append(json.loads(result.text))
                assert [*undeclared(tool, result.structured or {})] == []


@pytest.mark.parametrize("tool", SCHEMAS)
def test_a_client_that_checks_errors_against_the_schema_can_read_them(tool: str) -> None:
    assert "required" not in SCHEMAS[tool]
