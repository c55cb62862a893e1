"""An API of a model provider, as far as a host uses it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from model.turn import Tool, Turn

Body = Mapping[str, Any]


@dataclass(frozen=True)
class Reply:
    """The body of a response: one JSON document, or the events of a stream."""

    content_type: str
    text: str


@dataclass(frozen=True)
class Api:
    """How one provider writes tools, results and replies.

    `tools` and `results` read a request: the tools that are offered, and the results of earlier
    calls, oldest first. A search for tools is not among the results. `reply` writes the answer to
    the request at a path.
    """

    tools: Callable[[Body], list[Tool]]
    results: Callable[[Body], list[str]]
    reply: Callable[[str, Body, Turn], Reply]
