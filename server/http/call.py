"""A call of a tool or a completion, as it is allowed and recorded."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any, Self

from server.http.principal import Principal
from server.prompts import COMPLETE


@dataclass(frozen=True)
class Call:
    """A call of a tool, or a completion of a prompt's argument.

    * `name`: the tool, or the method. Only known names are recorded.
    * `refusal`: the message if the call is not allowed.
    """

    name: str
    arguments: Mapping[str, Any]
    is_allowed: bool
    refusal: str = ""

    @classmethod
    def of_tool(
        cls, params: Mapping[str, Any], principal: Principal, tools: Container[str]
    ) -> Self:
        """The call in the *params* of a request that nobody has validated yet."""
        tool = str(params.get("name"))
        return cls(
            name=tool if tool in tools else "unknown",
            arguments=_mapping(params.get("arguments")),
            is_allowed=principal.may_call(tool),
            refusal=f"Unknown tool: {tool[:80]}",
        )

    @classmethod
    def of_completion(cls, params: Mapping[str, Any], *, is_allowed: bool) -> Self:
        """The completion in the *params* of a request that nobody has validated yet."""
        argument = _mapping(params.get("argument"))
        return cls(
            name=COMPLETE,
            arguments={
                "prompt": _mapping(params.get("ref")).get("name"),
                "argument": argument.get("name"),
                "value": argument.get("value"),
            },
            is_allowed=is_allowed,
        )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
