"""What a model of the test asks for, and what must come of it."""
# ruff: noqa: S101

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Call:
    tool: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True)
class ListedTool:
    """A tool as the model sees it. `schema` is the JSON schema of its arguments, as text."""

    description: str
    schema: str


@dataclass
class Script:
    """The calls of the model, in one turn. The model records what it sees.

    * `expected`: the tools as the server lists them.
    * `unlisted`: calls with one unlisted argument each, whose value is wrong.
    * `tools`: the tools that the model was offered.
    * `results`: the text of each result, in the order of the calls.
    """

    expected: list[dict[str, Any]]
    unlisted: list[dict[str, Any]]
    tools: dict[str, ListedTool] = field(default_factory=dict)
    results: list[str] = field(default_factory=list)

    @property
    def calls(self) -> list[Call]:
        nested = {"created_at": {"gte": "-60d"}, "exclude": {"status": ["resolved"]}}
        [incidents] = [tool for tool in self.expected if tool["name"] == "list_incidents"]
        nulls = dict.fromkeys(_properties(incidents)) | {
            "created_at": {"gte": "-60d", "lt": None},
            "exclude": {"teams": None},
            "page_size": 2,
        }
        return [
            Call("list_incidents", nested),
            Call("list_incidents", {"status": ["investigating"]}),
            Call("list_incidents", {"view": "full", "page_size": 100}),
            Call("list_incidents", nulls),
            *(Call(call["tool"], call["arguments"]) for call in self.unlisted),
        ]

    def check(self) -> None:
        """Fail if the model did not see everything as it should."""
        self._check_tools()
        nested, error, long, nulls, *unlisted = map(json.loads, self.results)
        assert nested["incidents"]
        assert "resolved" not in {row["status"] for row in nested["incidents"]}
        [detail] = error["error"]["details"]
        assert detail["did_you_mean"] == "started", detail
        assert len(detail["allowed"]) == 11, detail
        assert max(map(len, self.results)) > 30_000
        assert long["incidents"]
        assert len(nulls["incidents"]) == 2
        for call, result in zip(self.unlisted, unlisted, strict=True):
            assert "error" in result, f"{call['argument']} was dropped unseen"
            named = result["error"]["details"][0]["argument"]
            assert named.partition("[")[0] == call["argument"], result

    def _check_tools(self) -> None:
        assert {*self.tools} == {tool["name"] for tool in self.expected}, [*self.tools]
        for tool in self.expected:
            listed = self.tools[tool["name"]]
            assert tool["description"] in listed.description
            for name, schema in _properties(tool).items():
                assert json.dumps(name) in listed.schema
                description = json.dumps(schema.get("description", ""))[1:-1]
                assert description in listed.schema, f"the description of {name} is missing"


def _properties(tool: Mapping[str, Any]) -> dict[str, Any]:
    properties: dict[str, Any] = tool["inputSchema"]["properties"]
    return properties
