"""The types of the arguments of list_incidents, and how their values are checked."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, InstanceOf, WithJsonSchema
from pydantic_core import PydanticCustomError

from tools.arguments import OneOf, list_of, value_list
from tools.rootly.continuation import Continuation
from tools.rootly.grouping import DIMENSIONS
from tools.rootly.incident import FIELD_NAMES
from tools.rootly.relations import RELATIONS
from tools.rootly.vocabulary import (
    KINDS,
    LIVE,
    SORT_SYNONYMS,
    SORTS,
    STATUS_SYNONYMS,
    STATUSES,
)

MAX_PAGE_SIZE = 100
DEFAULT_PAGE_SIZE = 25
MOST_SIMILAR = 10
"""How many similar incidents an answer has, unless the call asks for another number."""

LIVE_STATUSES_TEXT = ", ".join(LIVE)
SORT_KEYS_TEXT = ", ".join(key for key in SORTS if not key.startswith("-"))
_FIELD_SYNONYMS = {
    "groups": "teams",
    "incident_types": "types",
    "cause": "causes",
    "short_url": "url",
    "duration": "minutes",
    "durations": "minutes",
}


def _parse_continuation(value: object) -> Continuation:
    try:
        return Continuation.parse(value)
    except ValueError:
        problem = "is not valid: copy after from the next of a result of this tool"
        raise PydanticCustomError("after", problem) from None


def _check_dimensions(value: Any) -> Any:
    if isinstance(value, list) and len(value) > 2:
        problem = "has {count} values: give one or two"
        raise PydanticCustomError("long", problem, {"count": len(value)})
    names = value_list(value)
    if isinstance(names, list) and len(names) == 2 and names[0] == names[1]:
        raise PydanticCustomError("twice", "names a value twice: give each once")
    return names


_STATUS = OneOf(STATUSES, STATUS_SYNONYMS, remark=f"; live are {LIVE_STATUSES_TEXT}")
_KIND = OneOf(KINDS)

Statuses = Annotated[list[Annotated[str, _STATUS]], BeforeValidator(value_list)]
Kinds = Annotated[list[Annotated[str, _KIND]], BeforeValidator(value_list)]
ExcludedStatuses = Annotated[
    list[Annotated[str, _STATUS.without_enum()]], BeforeValidator(value_list)
]
ExcludedKinds = Annotated[list[Annotated[str, _KIND.without_enum()]], BeforeValidator(value_list)]
Sorts = Annotated[
    list[Annotated[str, OneOf(SORTS, SORT_SYNONYMS, is_listed=False)]],
    BeforeValidator(value_list),
]
Includes = Annotated[list[Annotated[str, OneOf(RELATIONS)]], BeforeValidator(value_list)]
# A call may name every field, and there are more fields than MAX_VALUES.
FieldNames = Annotated[
    list[Annotated[str, OneOf(FIELD_NAMES, _FIELD_SYNONYMS, is_listed=False)]],
    BeforeValidator(list_of(len(FIELD_NAMES))),
]
ViewName = Annotated[str, OneOf(("compact", "table", "full"))]
PageSize = Annotated[int, Field(ge=1, le=MAX_PAGE_SIZE)]
GroupBy = Annotated[list[Annotated[str, OneOf(DIMENSIONS)]], BeforeValidator(_check_dimensions)]
After = Annotated[
    InstanceOf[Continuation],
    BeforeValidator(_parse_continuation),
    WithJsonSchema({"type": "string"}),
]
