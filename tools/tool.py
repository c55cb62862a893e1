"""What a tool is: a typed question, an answer, and the function between them."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Generic, TypeVar, get_args

from pydantic import Field, create_model

from tools.answer import Answer
from tools.arguments import Arguments, OneOf
from tools.connection import Connection
from tools.limits import Limits
from tools.output import Output, output_schema
from tools.vendor import Vendor

A = TypeVar("A", bound=Arguments)


@dataclass(frozen=True)
class Tool(Generic[A]):
    """A read-only query offered to agents.

    `description` and the arguments' descriptions are all that a model knows of it. `output` has the
    members that its answers can have. `timeout_s` chooses the limit for the time of a call.
    """

    name: str
    title: str
    description: str
    vendor: Vendor
    arguments: type[A]
    run: Callable[[A, Connection], Awaitable[Answer]]
    output: type[Output]
    timeout_s: Callable[[A, Limits], float] = lambda _, limits: limits.timeout_s

    @property
    def output_schema(self) -> dict[str, Any]:
        return output_schema(self.output)

    def with_values(self, argument: str, extra: Sequence[str]) -> "Tool[A]":
        """The tool with *extra* values for an optional enum *argument*, which a vendor may add."""
        kept = self.arguments.model_fields[argument]
        [one_of] = [
            mark
            for choice in get_args(kept.annotation)
            for mark in getattr(choice, "__metadata__", ())
            if isinstance(mark, OneOf)
        ]
        annotation = Annotated[str, one_of.with_values(extra)] | None
        field_ = Field(default=None, description=kept.description)
        fields: dict[str, Any] = {argument: (annotation, field_)}
        arguments = create_model(self.arguments.__name__, __base__=self.arguments, **fields)
        return replace(self, arguments=arguments)
