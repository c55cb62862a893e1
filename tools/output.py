"""The members of an answer, and the output schema derived from them."""

from typing import Any, TypedDict, get_origin, get_type_hints

_TYPES = {str: "string", int: "integer", list: "array", dict: "object"}


class Output(TypedDict, total=False):
    """The members that the answers of every tool can have; `tools.answer` puts them in order.

    Each tool has a subclass with its own members: the key of its rows, and the facts before and
    after them. All are optional, because an error has none of them, and some clients check errors
    against the schema, too.
    """

    total: int
    next: dict[str, Any]
    as_of: str
    notes: list[str]
    source: str


def output_schema(output: type[Output]) -> dict[str, Any]:
    """The JSON schema of *output*: the names and types of its members.

    It says nothing about the items of lists. Clients check every result against it, and a schema
    with rows would cost a Python client 23 ms for each answer of 100 rows.
    """
    properties = {}
    for name, type_ in get_type_hints(output).items():
        origin = get_origin(type_) or type_
        properties[name] = {"type": _TYPES[origin]}
    return {"type": "object", "properties": properties}
