"""Validates a tool's arguments, and reports everything that is wrong with them at once."""

from collections.abc import Container, Iterator, Mapping
from datetime import datetime
from itertools import chain
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from tools.argument_problems import describe
from tools.arguments import MAX_LENGTH, MAX_VALUES, Arguments, Problem, nested_model
from tools.errors import InvalidArguments

MAX_TEXT = 8_000
"""The most characters of all values together. They are part of a URL, which cannot be longer."""
MAX_DETAILS = 20
"""How many wrong arguments are described. The others are only counted."""

A = TypeVar("A", bound=Arguments)


def validate(model: type[A], arguments: Mapping[str, Any], *, now: datetime, vendor: str) -> A:
    """Validate *arguments* as a *model*. Relative times are relative to *now*, cut to the second.

    `null` means that an argument is not given: some clients send every argument.

    Raises:
        InvalidArguments: with up to `MAX_DETAILS` wrong arguments, and how many there are.
    """
    bounded, left_out = _without_most_unknown(model, arguments)
    length = _length(bounded)
    if length > MAX_TEXT:
        raise InvalidArguments(
            f"The arguments are too long ({length:,} of {MAX_TEXT:,} characters): "
            f"give fewer values; nothing was sent to {vendor}."
        )
    present = _without_nulls(model, bounded)
    problems: list[Problem] = []
    count = left_out
    validated: A | None = None
    try:
        validated = model.model_validate(present, context={"now": now.replace(microsecond=0)})
    except ValidationError as error:
        count += error.error_count()
        problems += describe(model, error.errors(include_url=False), vendor, MAX_DETAILS)
    contradictions = [*model.contradictions(present)]
    count += len(contradictions)
    problems += contradictions
    if validated is None or count:
        details = problems[:MAX_DETAILS]
        raise invalid(details, vendor, more=count - len(details))
    return validated


def invalid(problems: list[Problem], vendor: str, *, more: int = 0) -> InvalidArguments:
    """The error for wrong arguments: *problems* describe some, and there are *more*."""
    count = len(problems) + more
    wrong = "1 argument is wrong" if count == 1 else f"{count} arguments are wrong"
    return InvalidArguments(
        f"{wrong}; nothing was sent to {vendor}.",
        details=problems,
        more_details=more,
    )


def _without_most_unknown(
    model: type[BaseModel], members: Mapping[str, Any]
) -> tuple[dict[str, Any], int]:
    """*members* with only a few unknown names and keys, and how many were left out.

    For some thousand of them, Pydantic takes a third of a second, and all other calls wait.
    """
    bounded, count = _few_unknown(members, model.model_fields)
    for name, value in bounded.items():
        if not isinstance(value, Mapping):
            continue
        nested = nested_model(model, name)
        if nested is None:
            # Where no object belongs, an object is one wrong argument, whatever its keys are.
            bounded[name], _ = _few_unknown(value, ())
        else:
            bounded[name], left_out = _without_most_unknown(nested, value)
            count += left_out
    return bounded, count


def _few_unknown(members: Mapping[str, Any], known: Container[str]) -> tuple[dict[str, Any], int]:
    """*members* with only the first `MAX_DETAILS` unknown names, and how many were left out."""
    unknown = [name for name in members if name not in known]
    left_out = {*unknown[MAX_DETAILS:]}
    few = {name: value for name, value in members.items() if name not in left_out}
    return few, len(left_out)


def _length(arguments: Mapping[str, Any]) -> int:
    """Characters of all values, without those that are refused for their own length anyway."""
    texts = chain.from_iterable(map(_short_texts, _values(arguments)))
    return sum(map(len, texts))


def _values(arguments: Mapping[str, Any]) -> Iterator[Any]:
    """The values of all arguments, and those within objects."""
    for value in arguments.values():
        if isinstance(value, Mapping):
            yield from value.values()
        else:
            yield value


def _short_texts(value: Any) -> Iterator[str]:
    """*value* if it is a text, or the texts in a list; nothing that is longer than allowed."""
    items = value if isinstance(value, list) else [value]
    if len(items) > MAX_VALUES:
        return
    for item in items:
        if isinstance(item, str) and len(item) <= MAX_LENGTH:
            yield item


def _without_nulls(model: type[BaseModel], members: Mapping[str, Any]) -> dict[str, Any]:
    """*members* without those that are `null`, or an object of which every member is `null`.

    Unknown names stay, because they are wrong whatever their value is.
    """
    present: dict[str, Any] = {}
    for name, value in members.items():
        nested = nested_model(model, name)
        # An object without members is refused: it is not what a client sends for all arguments.
        if isinstance(value, Mapping) and nested and value:
            value = _without_nulls(nested, value) or None
        if value is not None or name not in model.model_fields:
            present[name] = value
    return present
