"""show_board: shows a page of incidents to people, in hosts that render MCP Apps.

It asks list_incidents. Only the page gets the rows; the model gets a few sentences about them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Annotated, Any

from tools.arguments import Arguments, OneOf, Problem, Words
from tools.connection import Connection
from tools.limits import Limits
from tools.rootly import ROOTLY, list_incidents
from tools.rootly.board import questions
from tools.rootly.board.board import MAX_PAGE_BYTES, Board, Describe
from tools.rootly.board.text import describe_incident, describe_live, describe_plot
from tools.rootly.incident_number import OneIncidentNumber
from tools.rootly.list_arguments import ListIncidents
from tools.tool import Tool
from tools.validation import validate

_FILTERS = ("severity", "services", "teams", "environments")


class ShowBoard(Arguments):
    """What the page shows: live incidents, one incident (`sequential_id`), or a plot (`group_by`).

    The schema has no descriptions, because the tool may cost only 150 tokens.
    """

    severity: Words | None = None
    services: Words | None = None
    teams: Words | None = None
    environments: Words | None = None
    sequential_id: OneIncidentNumber | None = None
    group_by: Annotated[str, OneOf(questions.PERIODS)] | None = None

    @classmethod
    def contradictions(cls, arguments: Mapping[str, Any]) -> Iterator[Problem]:
        if "sequential_id" not in arguments:
            return
        for argument in arguments:
            if argument != "sequential_id":
                problem = "means nothing beside sequential_id: leave one of them out"
                yield {"argument": argument, "problem": problem}

    @property
    def filters(self) -> dict[str, list[str]]:
        """The filters that the call has."""
        return self.model_dump(include={*_FILTERS}, exclude_none=True)

    def question(self, now: datetime) -> questions.Question:
        """The arguments of list_incidents."""
        if self.sequential_id:
            return questions.one_incident(self.sequential_id.reference or self.sequential_id)
        if self.group_by:
            return questions.plot(self.group_by, self.filters, now.date())
        return questions.live(self.filters)

    def describe(self) -> Describe:
        """The function that makes the text for the model from the answer."""
        if self.sequential_id:
            return partial(describe_incident, number=self.sequential_id)
        if self.group_by:
            return partial(describe_plot, period=self.group_by, filters=self.filters)
        return partial(describe_live, filters=self.filters)

    def page(self, now: datetime) -> dict[str, Any]:
        """What the page needs to ask again. `live` are the arguments for the live incidents."""
        arguments, live = self.question(now), questions.live(self.filters)
        if arguments == live:
            return {"arguments": arguments}
        return {"arguments": arguments, "live": live}


async def run(arguments: ShowBoard, connection: Connection) -> Board:
    """Ask list_incidents once.

    Raises:
        ToolError: see `list_incidents.run`.
    """
    now = connection.clock()
    page = arguments.page(now)
    connection.record.page = page
    question = validate(ListIncidents, page["arguments"], now=now, vendor=ROOTLY.title)
    limits = replace(connection.limits, max_result_chars=MAX_PAGE_BYTES)
    answer = await list_incidents.run(question, replace(connection, limits=limits))
    return Board(answer, arguments.describe())


def timeout_s(arguments: ShowBoard, limits: Limits) -> float:
    return limits.summary_timeout_s if arguments.group_by else limits.timeout_s


TOOL = Tool(
    name="show_board",
    title="Show incidents",
    description="Show people live Rootly incidents, one, or a plot",
    vendor=ROOTLY,
    arguments=ShowBoard,
    run=run,
    timeout_s=timeout_s,
    examples=({}, {"services": ["checkout-api"]}, {"sequential_id": "4821"}, {"group_by": "week"}),
)
