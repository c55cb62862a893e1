"""SQL and the sandbox's HTTP answers agree, with the default dials."""

from typing import Any

import httpx
import pytest

from evals.conditions import OPERATORS, matching
from sandbox.serving import Sandbox, serve
from tests.sandbox.conftest import NOW

QUESTIONS: list[dict[str, Any]] = [
    {},
    {"status": ["started", "mitigated"]},
    {"kind": "normal", "private": False},
    {"severity": ["sev1", "sev2"], "environments": "production"},
    {"services": "checkout-api", "created_at": {"gte": "2026-09-01T00:00:00Z", "lt": NOW}},
    {"teams": "payments", "labels": ["tier:1"]},
    {"types": "security", "exclude": {"services": "ingress", "status": ["cancelled"]}},
    {"exclude": {"cause": ["bad-deploy"]}, "resolved_at": {"gt": "2026-10-01T00:00:00Z"}},
    {"sequential_id": [4821, 4733]},
]


def parameters(question: dict[str, Any]) -> dict[str, str]:
    """The question, as Rootly's parameters."""
    found = dict[str, str]()
    for name, value in question.items():
        if name == "exclude":
            excluded = parameters(value)
            found |= {
                f"{key.replace('[cause]', '[causes]')}[not_in]": text
                for key, text in excluded.items()
            }
        elif isinstance(value, dict) and value.keys() <= OPERATORS.keys():
            for operator, bound in value.items():
                found[f"filter[{name}][{operator}]"] = (
                    bound if isinstance(bound, str) else bound.isoformat()
                )
        else:
            values = value if isinstance(value, list) else [value]
            found[f"filter[{name}]"] = ",".join(
                str(one).lower() if isinstance(one, bool) else str(one) for one in values
            )
    return found


@pytest.mark.parametrize("question", QUESTIONS, ids=str)
def test_the_truth_is_what_the_sandbox_answers(
    client: httpx.Client, question: dict[str, Any]
) -> None:
    with serve(now=NOW, size=60) as sandbox:
        assert walked(client, sandbox, question) == matching(sandbox.store, question)


def test_the_truth_follows_the_changes_of_the_world(client: httpx.Client) -> None:
    question = {"status": "started", "services": "ingress"}
    with serve(now=NOW, size=60) as sandbox:
        before = matching(sandbox.store, question)
        new = sandbox.store.create_incident({"services": ["ingress"]})
        assert (
            matching(sandbox.store, question) == [new, *before] == walked(client, sandbox, question)
        )
        sandbox.store.update_incident(new, services=["event-bus"])
        assert matching(sandbox.store, question) == before == walked(client, sandbox, question)


def walked(client: httpx.Client, sandbox: Sandbox, question: dict[str, Any]) -> list[int]:
    url, asked = (
        f"{sandbox.url('rootly')}/v1/incidents",
        {**parameters(question), "page[size]": "100"},
    )
    return [
        row["attributes"]["sequential_id"] for row in client.get(url, params=asked).json()["data"]
    ]
