"""A conversation between a host and the scripted model, seen from both ends."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from fault import Fault
from host import Host
from model.api import Body
from model.endpoint import Step, serve
from model.turn import Tool
from record import Record
from session import Session

_QUESTION = "Which incidents are open?"


@dataclass(frozen=True)
class Conversation:
    """What the model asked for and was sent, and what our server was asked and answered.

    * `request`: the longest one that the model got, which has the whole conversation in it.
    * `output`: what the host printed.
    """

    host: Host
    script: Sequence[Step]
    request: Body
    record: Record
    output: str

    def tools(self) -> list[Tool]:
        return self.host.api.tools(self.request)

    def results(self) -> list[str]:
        return self.host.api.results(self.request)

    def texts(self) -> list[str]:
        """All strings that the model was sent."""
        return [*_strings(self.request)]


def converse(
    session: Session, script: Sequence[Step], question: Sequence[str] = ()
) -> Conversation:
    """Ask the host a question. The model then makes the calls of *script*.

    *question* are the arguments of the host, in place of those for our usual question.

    Raises:
        Fault: the host failed, or never asked the model with our tools.
    """
    host = session.host
    question = question or (*host.ask, _QUESTION)
    with serve(host.api, script) as endpoint:
        access = host.access(endpoint.url)
        session.apply(access)
        output = session.run(*question, *access.options)
    if not endpoint.requests:
        raise Fault(f"the model was never asked. The host printed:\n{output}")
    request = max(endpoint.requests, key=lambda body: len(json.dumps(body)))
    return Conversation(host, script, request, session.record(), output)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for member in value.values():
            yield from _strings(member)
    elif isinstance(value, list):
        for member in value:
            yield from _strings(member)
