"""Describes Pydantic's validation errors in words that say what to do."""

import re
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any, NamedTuple

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from tools.arguments import Arguments, OneOf, Problem, excerpt, nearest, nested_model
from tools.times import OPERATORS

_Location = tuple[int | str, ...]
"""The place of an error: the name of an argument, then keys and indices within it."""

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
"""The type that is expected, by the type of the error."""
_LIMITS = {"greater_than_equal": "at least {ge}", "less_than_equal": "at most {le}"}
"""The limit of a number, by the type of the error."""
_UNQUOTED = ("blank", "range", "address")
"""The types of errors whose message does not repeat the value."""
_KEYS = 6
"""How many keys of an object a message names."""


def describe(
    model: type[Arguments], errors: Iterable[ErrorDetails], vendor: str, most: int
) -> list[Problem]:
    """Describe the first *most* of *errors*. Each list of allowed values is given only once."""
    lists: set[tuple[str, ...]] = set()
    problems: list[Problem] = []
    for error in islice(errors, most):
        advice = _advice(model, error, vendor)
        problem: Problem = {"argument": _path(error["loc"]), "problem": advice.problem}
        if advice.nearest:
            problem["did_you_mean"] = advice.nearest
        if advice.allowed and advice.allowed not in lists:
            lists.add(advice.allowed)
            problem["allowed"] = [*advice.allowed]
        problems.append(problem)
    return problems


class _Advice(NamedTuple):
    """The problem, the name or the value that was probably meant, and all that are allowed."""

    problem: str
    nearest: str | None = None
    allowed: tuple[str, ...] = ()


def _advice(model: type[Arguments], error: ErrorDetails, vendor: str) -> _Advice:
    if error["type"] == "extra_forbidden":
        return _on_unknown_name(model, error["loc"])
    if error["type"] == "one_of":
        return _on_unknown_value(error, vendor)
    did_you_mean = error.get("ctx", {}).get("did_you_mean")
    return _Advice(_what_is_wrong(model, error), did_you_mean)


def _on_unknown_name(model: type[Arguments], loc: _Location) -> _Advice:
    """Advice on the name of an argument, or on a key in it."""
    if len(loc) == 1:
        names = tuple(model.model_fields)
        nearest_name = _nearest_argument(model, _plain_name(str(loc[0])), names)
        return _Advice("unknown argument", nearest_name, names)
    nested = _model_at(model, loc[:-1])
    if nested is None:
        return _Advice("unknown key")
    nearest_key = _nearest_key(nested, str(loc[-1]).lower())
    return _Advice("unknown key", nearest_key, tuple(nested.model_fields))


def _on_unknown_value(error: ErrorDetails, vendor: str) -> _Advice:
    one_of: OneOf = error["ctx"]["one_of"]
    *_, noun = (part for part in error["loc"] if isinstance(part, str))
    value = excerpt(error["input"])
    problem = f"{vendor} has no {noun} '{value}'{one_of.remark}"
    return _Advice(problem, one_of.nearest(error["input"]), one_of.values)


def _what_is_wrong(model: type[Arguments], error: ErrorDetails) -> str:
    kind = error["type"]
    if kind == "missing":
        return "is missing"
    if kind in _UNQUOTED:
        return error["msg"]
    got = _description(error["input"])
    if kind in _TYPES:
        return f"must be {_expected(model, error)}, got {got}"
    if kind in _LIMITS:
        limit = _LIMITS[kind].format_map(error["ctx"])
        return f"must be {limit}, got {got}"
    return f"{error['msg']}, got {got}"


def _expected(model: type[Arguments], error: ErrorDetails) -> str:
    """The type that is expected; for an object with an example, or with its keys."""
    expected = _TYPES[error["type"]]
    nested = _model_at(model, error["loc"])
    if expected != "an object" or nested is None:
        return expected
    example = getattr(nested, "example", None)
    if example:
        return f"an object such as {example}"
    return f"an object with keys such as {', '.join([*nested.model_fields][:_KEYS])}"


def _model_at(model: type[BaseModel], loc: _Location) -> type[BaseModel] | None:
    """The model of the object at *loc*; None if no object belongs there."""
    at: type[BaseModel] | None = model
    for name in loc:
        at = nested_model(at, str(name)) if at else None
    return at


def _nearest_key(model: type[BaseModel], key: str) -> str | None:
    """The key of the object that *key* probably means. The model may have `synonyms` for that."""
    synonyms: Mapping[str, str] = getattr(model, "synonyms", {})
    synonym = synonyms.get(key)
    if synonym in model.model_fields:
        return synonym
    return nearest(key, model.model_fields)


def _nearest_argument(model: type[Arguments], name: str, names: tuple[str, ...]) -> str | None:
    stem, _, operator = name.rpartition("_")
    if operator in OPERATORS and stem in names:
        return f"{stem}.{operator}"
    return model.synonyms.get(name) or nearest(name, names)


def _plain_name(name: str) -> str:
    """*name* in our spelling.

    The vendor's own is `filter[status]` and `page[size]`. Some clients write `createdAt[gte]`.
    """
    snake_case = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name[:100]).lower()
    return re.sub(r"[\[\].-]+", "_", snake_case.removeprefix("filter")).strip("_")


def _path(loc: _Location) -> str:
    path = ""
    for part in loc:
        path += f"[{part}]" if isinstance(part, int) else f".{part}"
    return excerpt(path.removeprefix("."))


def _integer(value: int) -> str:
    if abs(value) < 10**40:
        return excerpt(value)
    return "a huge number"


_DESCRIPTIONS: Mapping[type, Callable[[Any], str]] = {
    type(None): lambda _: "null",
    bool: lambda value: str(value).lower(),
    str: lambda value: f"the string '{excerpt(value)}'",
    int: _integer,
    float: lambda value: f"the number {value!r}",
    list: lambda _: "a list",
    dict: lambda _: "an object",
}
"""The function that describes a wrong value in a message, by the type of the value."""


def _description(value: object) -> str:
    describe_value = _DESCRIPTIONS.get(type(value))
    if describe_value is None:
        return "something else"
    return describe_value(value)
