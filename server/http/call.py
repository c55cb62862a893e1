"""A call of a tool or a completion, as it is allowed and recorded."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from server.http.principal import Principal
from server.prompts import COMPLETE
from server.vendor_key import SERVICE
from tools.tool import Tool


@dataclass(frozen=True)
class Call:
    """A call of a tool, or a completion of a prompt's argument.

    * `name`: the tool, or the method. Only known names are recorded.
    * `refusal`: the message if the call is not allowed.
    * `key`: whose vendor key its requests use: `own` or `service`. Empty if there is none.
    """

    name: str
    arguments: Mapping[str, Any]
    is_allowed: bool
    refusal: str = ""
    key: str = ""

    @classmethod
    def of_tool(
        cls, params: Mapping[str, Any], principal: Principal, tools: Mapping[str, Tool[Any]]
    ) -> Self:
        """The call in the *params* of a request that nobody has validated yet."""
        name = str(params.get("name"))
        is_allowed = principal.may_call(name)
        return cls(
            name=name if name in tools else "unknown",
            arguments=_mapping(params.get("arguments")),
            is_allowed=is_allowed,
            refusal=f"Unknown tool: {name[:80]}",
            key=_key(tools.get(name), principal) if is_allowed else "",
        )

    @classmethod
    def of_completion(
        cls, params: Mapping[str, Any], principal: Principal, tool: Tool[Any], *, is_allowed: bool
    ) -> Self:
        """The completion in the *params* of a request that nobody has validated yet.

        It asks the vendor of *tool*.
        """
        argument = _mapping(params.get("argument"))
        return cls(
            name=COMPLETE,
            arguments={
                "prompt": _mapping(params.get("ref")).get("name"),
                "argument": argument.get("name"),
                "value": argument.get("value"),
            },
            is_allowed=is_allowed,
            key=_key(tool, principal) if is_allowed else "",
        )


def _key(tool: Tool[Any] | None, principal: Principal) -> str:
    """Whose key *principal* calls *tool* with."""
    key = principal.keys.get(tool.vendor.name) if tool else None
    if key is None:
        return ""
    return SERVICE if key.short_name == SERVICE else "own"


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
