"""Answers a list whose incidents are read first, and then checked and sorted in memory."""

from typing import Any

from tools.answer import Answer
from tools.connection import Connection
from tools.rootly.candidates import records
from tools.rootly.list_request import ListRequest
from tools.rootly.match import Match, MatchMaker, in_order
from tools.rootly.match_list import MatchList
from tools.rootly.match_page import MatchPage, new_matches
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


def _columns(request: ListRequest, matches: Iterable[Match]) -> list[str]:
    """The columns of the view, and those that the conditions add."""
    cells = {name: None for match in matches for name in match.row}
    return [*request.view.columns, *(name for name in cells if name not in request.view.columns)]


def _total(request: ListRequest, reading: Reading[Any], count: int) -> int | None:
    """How many incidents match; None on later pages, and if that is not certain."""
    is_whole = request.begins_at_first_row and reading.since is None
    return count if is_whole and reading.is_proven else None
