"""A tool's arguments: the types they are made of, and a validation that a model can correct itself from."""

import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from difflib import get_close_matches
from itertools import chain, islice
from typing import Annotated, Any, ClassVar, TypeVar, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationError,
)
from pydantic_core import CoreSchema, ErrorDetails, PydanticCustomError, core_schema

from tools.errors import InvalidArguments
from tools.text import clean, identifier

MAX_VALUES = 100
"""Values in a list."""
MAX_LENGTH = 500
"""Characters of a value."""
MAX_TEXT = 8_000
"""Characters of all values. They go to a vendor in a URL, which takes no more."""
MAX_DETAILS = 20
"""Wrong arguments that are described. The others are only counted."""

UNLISTED: Any = Field(default=None, json_schema_extra={"unlisted": True})
"""The default of an argument that is taken, but not in the schema, where it would cost every conversation tokens."""

Complaint = dict[str, Any]
"""One wrong argument: `argument`, `problem`, and where they help `did_you_mean` and `allowed`."""


class Arguments(BaseModel):
    """Base of every tool's arguments. Unknown names are refused, so that a typing error never silently widens a question.

    An argument that may be absent is typed `… | None` here and is just not required in the schema: `null` is refused.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    synonyms: ClassVar[Mapping[str, str]] = {}
    """Names that models and people try, and the argument that they mean."""

    @classmethod
    def contradictions(cls, given: Mapping[str, Any]) -> Iterable[Complaint]:
        """What is wrong between arguments, told from what was *given*, however wrong each of them is by itself."""
        return ()


A = TypeVar("A", bound=Arguments)


class OneOf:
    """A string out of *values*; a wrong one is answered with the nearest of them.

    *synonyms* are values that people use for one of them; *remark* is told with every refusal. Where *listed* is false, the
    schema does not have the values, because they are many and cost tokens.
    """

    def __init__(
        self,
        values: Iterable[str],
        synonyms: Mapping[str, str] | None = None,
        *,
        remark: str = "",
        listed: bool = True,
    ) -> None:
        self.values = tuple(values)
        self.synonyms = synonyms or {}
        self.remark = remark
        self.listed = listed

    def with_values(self, extra: Iterable[str]) -> "OneOf":
        """The same with *extra* values after its own."""
        values = dict.fromkeys((*self.values, *extra))
        return OneOf(values, self.synonyms, remark=self.remark, listed=self.listed)

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(
            self._check, core_schema.str_schema(strict=True)
        )

    def __get_pydantic_json_schema__(
        self, _: CoreSchema, __: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": "string", "enum": [*self.values]} if self.listed else {"type": "string"}

    def _check(self, value: str) -> str:
        if value in self.values:
            return value
        raise PydanticCustomError("one_of", "not one of the allowed values", {"one_of": self})

    def nearest(self, value: str) -> str | None:
        """Not part of the check: it takes long, and of thousands of wrong values only a few are described."""
        return self.synonyms.get(value[:100].strip().lower()) or nearest(value, self.values)


def list_of(most: int, noun: str = "values") -> Callable[[Any], Any]:
    """A check of a list before any of its values is looked at. A list argument also takes one bare string."""

    def check(value: Any) -> Any:
        if isinstance(value, str):
            return [value]
        if value == []:
            raise PydanticCustomError(
                "blank", "is an empty list: give at least one value, or leave it out"
            )
        if isinstance(value, list) and len(value) > most:
            raise PydanticCustomError(
                "long",
                "has {count} {noun}: give at most {most}",
                {"count": len(value), "noun": noun, "most": most},
            )
        return value

    return check


listed = list_of(MAX_VALUES)


def _whole(value: str) -> str:
    if not value.strip():
        raise PydanticCustomError("blank", "is blank: give a value, or leave it out")
    if len(value) > MAX_LENGTH:
        raise PydanticCustomError("long", "is longer than {most} characters", {"most": MAX_LENGTH})
    if identifier(value.strip(" ")) is None:
        raise PydanticCustomError("hidden", "has control or invisible characters")
    if value != value.strip():
        raise PydanticCustomError("space", "has white space around it")
    return value


def _without_comma(value: str) -> str:
    # Vendors take lists joined by commas, so that a comma in a value would silently become two values.
    if "," in value:
        raise PydanticCustomError("comma", "has a comma: give a list with one value an element")
    return value


def _from_1(value: int) -> int:
    if not 1 <= value < 2**53:
        raise PydanticCustomError("number", "must be an integer from 1")
    return value


Word = Annotated[str, AfterValidator(_whole)]
Words = Annotated[
    list[Annotated[str, AfterValidator(_whole), AfterValidator(_without_comma)]],
    BeforeValidator(listed),
]
Number = Annotated[int, AfterValidator(_from_1)]


def nearest(value: str, allowed: Iterable[str]) -> str | None:
    """The one of *allowed* that *value* is close to, or None: never a wild guess."""
    plain = {name.lower(): name for name in allowed}
    found = get_close_matches(
        re.sub(r"(?<!^)[\s-]+", "_", value[:100].strip().lower()), plain, n=1, cutoff=0.75
    )
    return plain[found[0]] if found else None


def validate(model: type[A], arguments: Mapping[str, Any], *, now: datetime, vendor: str) -> A:
    """*arguments* as a *model*; relative times are meant from *now*, to the second.

    Raises:
        InvalidArguments: with up to `MAX_DETAILS` wrong arguments, and how many there are.
    """
    bounded, count = _bounded(model, arguments)
    if (length := _length(bounded)) > MAX_TEXT:
        too_long = (
            f"The arguments are too long ({length:,} of {MAX_TEXT:,} characters): give fewer values"
        )
        raise InvalidArguments(f"{too_long}; nothing was sent to {vendor}.")
    present, complaints = _without_nulls(bounded)
    count += len(complaints)
    validated: A | None = None
    try:
        validated = model.model_validate(present, context={"now": now.replace(microsecond=0)})
    except ValidationError as error:
        count += error.error_count()
        complaints += islice(_told(model, error.errors(include_url=False), vendor), MAX_DETAILS)
    contradictions = [*model.contradictions(present)]
    count += len(contradictions)
    complaints += contradictions
    if validated is None or count:
        wrong = "1 argument is wrong" if count == 1 else f"{count} arguments are wrong"
        details = complaints[:MAX_DETAILS]
        raise InvalidArguments(
            f"{wrong}; nothing was sent to {vendor}.",
            details=details,
            more_details=count - len(details),
        )
    return validated


def _bounded(model: type[Arguments], arguments: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """*arguments* with a few of the unknown names and of the unknown keys in objects, and how many were left out.

    Pydantic takes a third of a second for some thousand of them, and all other calls wait.
    """
    bounded, count = _few_unknown(arguments, model.model_fields)
    for name, value in bounded.items():
        if isinstance(value, Mapping):
            keys = frozenset(_keys(model, name))
            bounded[name], left_out = _few_unknown(value, keys)
            # What is no object at all is one wrong argument, whatever its keys are.
            count += left_out if keys else 0
    return bounded, count


def _length(arguments: Mapping[str, Any]) -> int:
    """Characters of all values, without those that are refused for their own length, or for that of their list."""
    values: list[Any] = []
    for value in arguments.values():
        values += value.values() if isinstance(value, Mapping) else [value]
    lists = [value for value in values if isinstance(value, list) and len(value) <= MAX_VALUES]
    texts = (text for text in chain(values, *lists) if isinstance(text, str))
    return sum(len(text) for text in texts if len(text) <= MAX_LENGTH)


def _few_unknown(members: Mapping[str, Any], known: Container[str]) -> tuple[dict[str, Any], int]:
    """*members* with only the first `MAX_DETAILS` of the unknown names, and how many more there are."""
    unknown = [name for name in members if name not in known]
    left_out = {*unknown[MAX_DETAILS:]}
    return {name: value for name, value in members.items() if name not in left_out}, len(left_out)


def _without_nulls(
    arguments: Mapping[str, Any], path: str = ""
) -> tuple[dict[str, Any], list[Complaint]]:
    """*arguments* without `null`s, and a complaint for each: a type that allows None must not make null an argument."""
    present: dict[str, Any] = {}
    complaints: list[Complaint] = []
    for name, value in arguments.items():
        if value is None:
            complaints.append(
                {
                    "argument": shown(path + name),
                    "problem": "is null: give a value, or leave it out",
                }
            )
        elif isinstance(value, Mapping) and not path:
            present[name], inner = _without_nulls(value, f"{name}.")
            complaints += inner
            if inner and not present[name]:
                del present[name]
        else:
            present[name] = value
    return present, complaints


def _told(
    model: type[Arguments], errors: Iterable[ErrorDetails], vendor: str
) -> Iterator[Complaint]:
    """Pydantic's errors in words that say what to do; a list of allowed values stands once."""
    listed_once: set[tuple[str, ...]] = set()
    for error in errors:
        kind, value, ctx = error["type"], error["input"], error.get("ctx", {})
        complaint: Complaint = {"argument": _path(error["loc"])}
        near: str | None = None
        allowed: Sequence[str] = ()
        if kind == "extra_forbidden":
            near, allowed = _nearest_name(model, error["loc"])
            complaint["problem"] = "unknown argument" if len(error["loc"]) == 1 else "unknown key"
        elif kind == "one_of":
            noun = [part for part in error["loc"] if isinstance(part, str)][-1]
            one_of: OneOf = ctx["one_of"]
            near, allowed = one_of.nearest(value), one_of.values
            complaint["problem"] = f"{vendor} has no {noun} '{shown(value)}'" + one_of.remark
        elif (
            kind in _TYPES
            and _TYPES[kind] == "an object"
            and (keys := _keys(model, str(error["loc"][0])))
        ):
            example = '{"gte":"-24h"}' if "gte" in keys else f"with any of {', '.join(keys[:6])}"
            complaint["problem"] = f"must be an object such as {example}, got {_got(value)}"
        elif kind in _TYPES:
            complaint["problem"] = f"must be {_TYPES[kind]}, got {_got(value)}"
        elif kind in _BOUNDS:
            complaint["problem"] = (
                f"must be at {_BOUNDS[kind]} {next(iter(ctx.values()))}, got {_got(value)}"
            )
        elif kind == "missing":
            complaint["problem"] = "is missing"
        else:
            complaint["problem"] = error["msg"] + (
                f", got {_got(value)}" if kind not in ("blank", "range") else ""
            )
        if near:
            complaint["did_you_mean"] = near
        if allowed and tuple(allowed) not in listed_once:
            listed_once.add(tuple(allowed))
            complaint["allowed"] = [*allowed]
        yield complaint


_TYPES = {
    "string_type": "a string",
    "string_unicode": "valid Unicode text",
    "string_sub_type": "a string",
    "int_type": "an integer",
    "int_from_float": "an integer",
    "bool_type": "true or false",
    "list_type": "a list of strings",
    "dict_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
}
_BOUNDS = {"greater_than_equal": "least", "less_than_equal": "most"}


def _nearest_name(
    model: type[Arguments], loc: tuple[int | str, ...]
) -> tuple[str | None, Sequence[str]]:
    """The argument, or the key within one, that a wrong name is close to, and all there are."""
    if len(loc) > 1:
        key, keys = str(loc[-1]).lower(), _keys(model, str(loc[0]))
        synonym = _KEY_SYNONYMS.get(key)
        return synonym if synonym in keys else nearest(key, keys), keys
    # `filter[status]`, `page[size]`, `createdAt[gte]` and the like: the vendor's own spelling, or another language's.
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", str(loc[0])[:100]).lower().removeprefix("filter")
    name = re.sub(r"[\[\].-]+", "_", name).strip("_")
    names = tuple(model.model_fields)
    stem, _, operator = name.rpartition("_")
    if operator in ("gt", "gte", "lt", "lte") and stem in names:
        return f"{stem}.{operator}", names
    return model.synonyms.get(name) or nearest(name, names), names


_KEY_SYNONYMS = {
    ">": "gt",
    ">=": "gte",
    "<": "lt",
    "<=": "lte",
    "from": "gte",
    "since": "gte",
    "until": "lte",
    "to": "lte",
    "cause": "causes",
}


def _keys(model: type[Arguments], name: str) -> tuple[str, ...]:
    """The keys of an argument that is an object."""
    choices = get_args(model.model_fields[name].annotation) if name in model.model_fields else ()
    return next(
        (
            tuple(c.model_fields)
            for c in choices
            if isinstance(c, type) and issubclass(c, BaseModel)
        ),
        (),
    )


def _path(loc: tuple[int | str, ...]) -> str:
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc)
    return shown(path.removeprefix("."))


def shown(value: object) -> str:
    """A caller's own value, short and clean enough to be told back."""
    text = value if isinstance(value, str) else str(value)
    # To clean thousands of hidden characters takes milliseconds.
    return clean(text if len(text) <= 200 else f"{text[:200]}…", 80)


def _got(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return f"the string '{shown(value)}'"
        case int():
            return shown(value) if abs(value) < 10**40 else "a huge number"
        case float():
            return f"the number {value!r}"
        case list():
            return "a list"
        case dict():
            return "an object"
    return "something else"
