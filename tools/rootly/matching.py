"""Answers a list whose incidents are read first, and then checked and sorted in memory."""

from collections.abc import Iterator
from typing import Any

from tools.answer import Answer
from tools.connection import Connection
from tools.rootly import hint
from tools.rootly.candidates import Candidate, records
from tools.rootly.list_request import ListRequest
from tools.rootly.match import Match, MatchMaker, in_order
from tools.rootly.match_list import MatchList
from tools.rootly.match_page import MatchPage, new_matches
from tools.rootly.position import Keyset
from tools.rootly.reading import Reading
from tools.rootly.search import Search


async def list_matches(search: Search, request: ListRequest, connection: Connection) -> Answer:
    """Answer with a page of the incidents that meet the conditions of *search*.

    Raises:
        ToolError: see `Search.read`.
    """
    position = request.position
    if position:
        search = search.created(position.bounds(descending=request.is_descending))
    maker = MatchMaker(request.view, request.sort)
    reading = await search.read(maker.match, maker.needs, connection)
    candidates = reading.incidents.values()
    matches = new_matches(in_order(records(candidates), request.sort), request)
    answer = MatchList(
        request=request,
        page=MatchPage(request, matches, reading.since),
        at=reading.at,
        columns=_columns(request, matches),
        more={"covered": reading.covered()},
        total=_total(request, reading, len(matches)),
        notes=[
            *request.notes,
            *reading.notes(),
            *search.conditions.notes(candidates),
            *_nothing_matches(reading, len(matches)),
        ],
    ).fitting(connection)
    if not reading.incidents and request.begins_at_first_row:
        answer.more |= await _hint(search, connection)
    return answer
