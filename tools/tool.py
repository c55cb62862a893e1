"""A tool: its arguments, its answers, and the function that makes one from the other."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Generic, TypeVar, get_args

from pydantic import Field, create_model

from tools.answer import ToolAnswer
from tools.arguments import Arguments, OneOf
from tools.connection import Connection
from tools.limits import Limits
from tools.output import Output, output_schema
from tools.vendor import Vendor

A = TypeVar("A", bound=Arguments)


@dataclass(frozen=True)
class Tool(Generic[A]):
    """A read-only query that agents can use.

    * `description`: the text about the tool that models read, beside its arguments.
    * `run`: answers a call.
    * `output`: the members that an answer can have; None if models need not know them.
    * `timeout_s`: the seconds that a call may take.
    * `examples`: arguments of useful calls, for the help of the command line.
    """

    name: str
    title: str
    description: str
    vendor: Vendor
    arguments: type[A]
    run: Callable[[A, Connection], Awaitable[ToolAnswer]]
    output: type[Output] | None = None
    timeout_s: Callable[[A, Limits], float] = lambda _, limits: limits.timeout_s
    examples: Sequence[Mapping[str, Any]] = ()

    @property
    def output_schema(self) -> dict[str, Any] | None:
        """The JSON schema of the answers; None if clients need none."""
        return output_schema(self.output) if self.output else None

    def with_values(self, argument: str, extra: Sequence[str]) -> "Tool[A]":
        """The tool with *extra* values for *argument*, an enum that the vendor may extend."""
        original = self.arguments.model_fields[argument]
        extended = Annotated[str, _one_of(original.annotation).with_values(extra)] | None
        field_ = Field(default=None, description=original.description)
        fields: dict[str, Any] = {argument: (extended, field_)}
        arguments = create_model(self.arguments.__name__, __base__=self.arguments, **fields)
        return replace(self, arguments=arguments)


def _one_of(annotation: Any) -> OneOf:
    """The `OneOf` in an annotation of the form `Annotated[str, OneOf(…)] | None`."""
    for choice in get_args(annotation):
        for mark in getattr(choice, "__metadata__", ()):
            if isinstance(mark, OneOf):
                return mark
    raise TypeError(f"{annotation} is not an enum")
