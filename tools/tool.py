"""What a tool is: a typed question, an answer, and the function between them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from tools.answer import Answer
from tools.arguments import Arguments
from tools.connection import Connection
from tools.vendor import Vendor

A = TypeVar("A", bound=Arguments)


@dataclass(frozen=True)
class Tool(Generic[A]):
    """A read-only query offered to agents.

    `description` and the arguments' descriptions are all that a model knows of it. `output_schema` is shallow on purpose:
    clients check results against it, row by row, at a cost. `timeout_s` is what a call may take.
    """

    name: str
    title: str
    description: str
    vendor: Vendor
    arguments: type[A]
    run: Callable[[A, Connection], Awaitable[Answer]]
    output_schema: dict[str, Any] = field(hash=False)
    timeout_s: Callable[[A, Connection], float] = lambda _, connection: connection.timeout_s
