"""Rootly silently ignores what it does not know. A row that shows it is a failure that names the filter, never an answer."""

import json
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import anyio
import pytest

from sandbox.serving import Sandbox
from server.desk import Desk
from tests.conftest import NOW, settings_for
from tests.tools.mocked import mocked, reply
from tools.arguments import validate
from tools.errors import UnexpectedResponse
from tools.rootly.list_incidents import LIST_INCIDENTS, ListIncidents

TIMES = ("created_at", "updated_at", "started_at", "detected_at", "acknowledged_at", "mitigated_at", "resolved_at", "closed_at",
         "in_triage_at")  # fmt: skip
EARLY, LATE = "2026-07-01T00:00:00Z", "2026-11-20T00:00:00Z"
FILTERS: dict[str, dict[str, Any]] = {
    "status": {"status": ["cancelled"]},
    "kind": {"kind": ["scheduled", "test"]},
    "private": {"private": True},
    "not private": {"private": False},
    "severity": {"severity": ["sev0"]},
    "types": {"types": ["security"]},
    "environments": {"environments": ["staging"]},
    "functionalities": {"functionalities": ["login"]},
    "services": {"services": ["search"]},
    "teams": {"teams": ["data-platform"]},
    "cause": {"cause": ["expired-certificate"]},
    **{f"{name} {op}": {name: {op: EARLY if "l" in op else LATE}} for name, op in product(TIMES, ("gt", "gte", "lt", "lte"))},
}
SHAPES = [
    {"shape": shape, "severity": severity} for shape, severity in product(("nested", "references"), ("nested", "flat", "string"))
]


def ask(sandbox: Sandbox, questions: list[dict[str, Any]], **options: str) -> list[dict[str, Any]]:
    async def one_by_one() -> list[dict[str, Any]]:
        async with Desk(settings_for(sandbox, **options), clock=lambda: NOW) as desk:
            return [json.loads((await desk.call("list_incidents", question)).text) for question in questions]

    return anyio.run(one_by_one)


@pytest.mark.parametrize("options", SHAPES, ids=lambda options: " ".join(options.values()))
def test_a_filter_that_was_not_heeded_is_named(sandbox: Sandbox, options: dict[str, str]) -> None:
    views: list[dict[str, Any]] = [{"fields": ["title"]}] if options["shape"] == "references" else [{}]
    asked = [(name, question | view) for name, question in FILTERS.items() for view in views]
    answers = ask(sandbox, [{**question, "page_size": 30} for _, question in asked], **options, fault="ignore-filters")
    for (name, question), answer in zip(asked, answers, strict=True):
        if name == "severity" and options["severity"] == "string":
            # A bare string may be the name, which is not what is filtered by: it shows nothing.
            assert "incidents" in answer
            continue
        assert answer["error"]["code"] == "unexpected_response", question
        argument = name.removeprefix("not ").partition(" ")[0]
        assert f"did not heed the filter {argument}:" in answer["error"]["message"]


def test_one_filter_among_others_is_named(sandbox: Sandbox) -> None:
    # Everything here is live or resolved, and none of it newer than now.
    wide = {"created_at": {"lte": "now"}, "private": False, "sort": ["created_at"], "fields": ["id"]}
    [answer] = ask(sandbox, [{**wide, "services": ["search"], "page_size": 5}], fault="ignore-filters")
    assert "services" in answer["error"]["message"] or "private" in answer["error"]["message"]


def combinations(sandbox: Sandbox) -> Iterator[dict[str, Any]]:
    """Questions that have answers, out of what the sandbox has."""

    def some(relation: str, column: str = "slug") -> list[str]:
        sql = f"SELECT DISTINCT {column} FROM links JOIN resources USING (key) WHERE relation = ? AND {column} <> '' ORDER BY 1"
        return [row[0] for row in sandbox.store.rows(sql, [relation])]

    lists: dict[str, list[Any]] = {
        "status": [["started", "mitigated"], ["resolved"], ["completed", "scheduled"], ["cancelled"]],
        "kind": [["normal"], ["scheduled"]],
        "severity": [[slug] for slug in some("severity")[:2]] + [some("severity")],
        "services": [[slug] for slug in some("services")[:4]] + [[some("services")[0].upper()]],
        "teams": [[slug] for slug in some("groups")[:2]],
        "environments": [[slug] for slug in some("environments")],
        "types": [[slug] for slug in some("incident_types")[:2]],
        "functionalities": [[slug] for slug in some("functionalities")[:2]],
        "cause": [[slug] for slug in some("causes")[:2]],
        "private": [True, False],
    }
    singles = [{name: value} for name, values in lists.items() for value in values]
    yield from singles
    yield from ({**one, **other} for one, other in zip(singles, singles[5:] + singles[:5], strict=True))
    at = sandbox.store.rows(
        "SELECT started_at, resolved_at, created_at, updated_at FROM incidents WHERE resolved_at <> '' LIMIT 3"
    )
    for row in at:
        for name, op in product(("started_at", "resolved_at", "created_at", "updated_at"), ("gt", "gte", "lt", "lte")):
            yield {name: {op: row[name]}}
    for name in TIMES:
        yield {name: {"gte": EARLY, "lt": LATE}, "status": ["resolved", "closed"]}


@pytest.mark.parametrize("options", SHAPES, ids=lambda options: " ".join(options.values()))
def test_there_is_no_false_alarm_where_filters_are_heeded(sandbox: Sandbox, options: dict[str, str]) -> None:
    questions = [*combinations(sandbox)]
    answers = ask(sandbox, [{**question, "page_size": 12} for question in questions], **options)
    for question, answer in zip(questions, answers, strict=True):
        assert "incidents" in answer, (question, answer)
    assert sum(bool(answer["incidents"]) for answer in answers) > len(answers) / 2


def test_the_bounds_of_a_continuation_are_checked_beside_the_callers(sandbox: Sandbox) -> None:
    wide = {"created_at": {"lte": "2026-11-30T00:00:00Z"}, "page_size": 5}
    [first] = ask(sandbox, [wide], cursor="off")
    [second] = ask(sandbox, [{**wide, **first["next"]}], cursor="off", fault="ignore-filters")
    assert "did not heed the filter created_at" in second["error"]["message"]


def shaped(question: Mapping[str, Any], attributes: Mapping[str, Any]) -> list[Any]:
    """The rows that come of one incident with these attributes, such as no sandbox sends."""
    shown = {"created_at": "2026-11-01T00:00:00Z", "title": "x", **attributes}
    body = {"data": [{"id": "1", "type": "incidents", "attributes": shown}]}

    async def run() -> list[Any]:
        async with mocked(lambda request: reply(200, body)) as connection:
            answer = await LIST_INCIDENTS.run(validate(ListIncidents, question, now=NOW, vendor="Rootly"), connection)
            return answer.rows

    return anyio.run(run)


@pytest.mark.parametrize(
    ("question", "attributes"),
    [
        ({"services": ["search"]}, {}),
        ({"services": ["search"]}, {"services": 17}),
        ({"services": ["search"]}, {"services": [{"data": {"id": "5", "type": "services"}}]}),
        ({"services": ["search"]}, {"services": [{"data": {"attributes": {"slug": 5}}}]}),
        ({"services": ["Search"]}, {"services": [{"data": {"attributes": {"slug": "search"}}}]}),
        ({"severity": ["SEV1"]}, {"severity": {"slug": "sev1"}}),
        ({"severity": ["sev1"]}, {"severity": {"slug": 0}}),
        ({"severity": ["sev1"]}, {"severity": None}),
        ({"status": ["started"]}, {"status": 17}),
        ({"status": ["started"]}, {}),
        ({"private": True}, {"private": "yes"}),
        ({"resolved_at": {"gte": "2026-01-01"}}, {"resolved_at": "yesterday"}),
        ({"resolved_at": {"gte": "2026-01-01"}}, {}),
        ({"resolved_at": {"gte": "2026-11-01T10:00:00Z"}}, {"resolved_at": "2026-11-01T02:00:00.000-08:00"}),
        ({"resolved_at": {"gte": "2026-11-01T10:00:00Z"}}, {"resolved_at": "2026-11-01T09:59:59.500Z"}),
    ],
    ids=str,
)
def test_what_a_row_does_not_show_is_no_alarm(question: dict[str, Any], attributes: dict[str, Any]) -> None:
    assert len(shaped(question, attributes)) == 1


@pytest.mark.parametrize(
    ("question", "attributes"),
    [
        ({"services": ["search"]}, {"services": []}),
        ({"services": ["search"]}, {"services": [{"data": {"attributes": {"slug": "searching"}}}]}),
        ({"severity": ["sev1"]}, {"severity": {"data": {"attributes": {"slug": "sev2"}}}}),
        ({"status": ["started"]}, {"status": "newer_started"}),
        ({"private": False}, {"private": True}),
        ({"resolved_at": {"gte": "2026-01-01"}}, {"resolved_at": None}),
        ({"created_at": {"lte": "2026-10-31T23:59:00Z"}}, {}),
        ({"created_at": {"gt": "2026-11-02", "lt": "2026-11-05"}}, {}),
    ],
    ids=str,
)
def test_what_a_row_shows_to_be_outside_the_question_is_one(question: dict[str, Any], attributes: dict[str, Any]) -> None:
    with pytest.raises(UnexpectedResponse, match=f"did not heed the filter {next(iter(question))}:"):
        shaped(question, attributes)


@pytest.mark.anyio
async def test_a_sort_that_is_not_heeded_is_noted() -> None:
    days = ("2026-11-02", "2026-11-03", "2026-11-01")
    rows = [{"id": day, "attributes": {"title": day, "created_at": f"{day}T00:00:00.000Z"}} for day in days]
    async with mocked(lambda _: reply(body={"data": rows, "meta": {"next_page": 2, "total_count": 6}})) as connection:
        answer = await LIST_INCIDENTS.run(validate(ListIncidents, {"page_size": 3}, now=NOW, vendor="Rootly"), connection)
    assert any("did not sort by -created_at" in note for note in answer.notes)
