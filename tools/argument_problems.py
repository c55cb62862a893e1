"""Describes Pydantic's validation errors in words that say what to do."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from pydantic_core import ErrorDetails

from tools.arguments import Arguments, OneOf, Problem, excerpt, nearest

_Location = tuple[int | str, ...]
"""Where an error is: the name of an argument, then keys and indices within it."""

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
_OPERATORS = ("gt", "gte", "lt", "lte")
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


def describe(
    model: type[Arguments], errors: Iterable[ErrorDetails], vendor: str, most: int
) -> list[Problem]:
    """The first *most* of *errors*. A list of allowed values is in only one of them."""
    lists: set[tuple[str, ...]] = set()
    problems: list[Problem] = []
    for error in islice(errors, most):
        problem: Problem = {"argument": _path(error["loc"])}
        if error["type"] == "extra_forbidden":
            problem["problem"] = "unknown argument" if len(error["loc"]) == 1 else "unknown key"
            near, allowed = _nearest_name(model, error["loc"])
        elif error["type"] == "one_of":
            one_of: OneOf = error["ctx"]["one_of"]
            noun = [part for part in error["loc"] if isinstance(part, str)][-1]
            value = excerpt(error["input"])
            problem["problem"] = f"{vendor} has no {noun} '{value}'{one_of.remark}"
            near, allowed = one_of.nearest(error["input"]), one_of.values
        else:
            problem["problem"] = _what_is_wrong(model, error)
            near, allowed = None, ()
        if near:
            problem["did_you_mean"] = near
        if allowed and allowed not in lists:
            lists.add(allowed)
            problem["allowed"] = [*allowed]
        problems.append(problem)
    return problems


def _what_is_wrong(model: type[Arguments], error: ErrorDetails) -> str:
    kind = error["type"]
    got = f", got {_description(error['input'])}"
    if kind in _TYPES:
        keys = model.keys_of(str(error["loc"][0])) if _TYPES[kind] == "an object" else ()
        example = f" such as {_example(keys)}" if keys else ""
        return f"must be {_TYPES[kind]}{example}{got}"
    match kind:
        case "greater_than_equal":
            return f"must be at least {error['ctx']['ge']}{got}"
        case "less_than_equal":
            return f"must be at most {error['ctx']['le']}{got}"
        case "missing":
            return "is missing"
        case "blank" | "range":
            return error["msg"]
    return f"{error['msg']}{got}"


def _example(keys: Sequence[str]) -> str:
    """What an object with these keys looks like."""
    if "gte" in keys:
        return '{"gte":"-24h"}'
    return f"with any of {', '.join(keys[:6])}"


def _nearest_name(model: type[Arguments], loc: _Location) -> tuple[str | None, tuple[str, ...]]:
    """The argument or the key that a wrong name is close to, and all that there are."""
    if len(loc) > 1:
        keys = model.keys_of(str(loc[0]))
        return _nearest_key(str(loc[-1]).lower(), keys), keys
    names = tuple(model.model_fields)
    return _nearest_argument(model, _plain_name(str(loc[0])), names), names


def _nearest_key(key: str, keys: tuple[str, ...]) -> str | None:
    synonym = _KEY_SYNONYMS.get(key)
    return synonym if synonym in keys else nearest(key, keys)


def _nearest_argument(model: type[Arguments], name: str, names: tuple[str, ...]) -> str | None:
    stem, _, operator = name.rpartition("_")
    if operator in _OPERATORS and stem in names:
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


_DESCRIPTIONS: Mapping[type, Callable[[Any], str]] = {
    type(None): lambda _: "null",
    bool: lambda value: "true" if value else "false",
    str: lambda value: f"the string '{excerpt(value)}'",
    int: lambda value: excerpt(value) if abs(value) < 10**40 else "a huge number",
    float: lambda value: f"the number {value!r}",
    list: lambda _: "a list",
    dict: lambda _: "an object",
}
"""A value as a message repeats it, by its type."""


def _description(value: object) -> str:
    return _DESCRIPTIONS.get(type(value), lambda _: "something else")(value)
