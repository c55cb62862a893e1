"""Answers a list whose incidents are read first, and then checked and sorted in memory."""

from collections.abc import Sequence
from typing import Any

from tools.answer import Answer
from tools.connection import Connection
from tools.rootly.conditions.candidates import Candidate, all_are_known, records
from tools.rootly.list_request import ListRequest
from tools.rootly.match import Match, MatchMaker, in_order
from tools.rootly.match_list import MatchList
from tools.rootly.match_page import MatchPage, new_matches
from tools.rootly.position import Keyset
from tools.rootly.reading.reading import Reading
from tools.rootly.search import Search


async def list_matches(search: Search, request: ListRequest, connection: Connection) -> Answer:
    """Answer with a page of the incidents that meet the conditions of *search*.

    Raises:
        ToolError: see `Search.read`.
    """
    position = request.position
    if position:
        search = search.after(position.bounds(descending=request.is_descending))
    maker = MatchMaker(request.view, request.sort)
    reading = await search.read(maker.match, maker.needs, connection)
    matches = _in_list(reading, request)
    page = MatchPage(request, matches, reading.since)
    answer = MatchList(
        request=request,
        page=page,
        at=reading.at,
        columns=search.columns(request.view),
        more=_covered(reading, request),
        total=_total(request, reading, len(matches)),
        notes=[
            *request.notes,
            *reading.notes(next_has_older=page.continues_into_older),
            *_condition_notes(search, reading, request),
        ],
    ).answer(connection)
    if not reading.incidents and request.begins_at_first_row:
        answer.more |= await search.hint(connection)
    return answer


def _in_list(reading: Reading[Candidate[Match]], request: ListRequest) -> Sequence[Match]:
    """The matches from this page on, in the order of the list, as far as all of them were read."""
    ordered = in_order(records(reading.incidents.values()), request.sort)
    matches = new_matches(ordered, request)
    since = reading.since
    if since is None or not request.is_newest_first:
        return matches
    # Of the older ones, only some were read. The next pages have all of them.
    return [match for match in matches if match.created_at is None or match.created_at >= since]


def _covered(reading: Reading[Candidate[Match]], request: ListRequest) -> dict[str, Any]:
    """The member `covered`; empty where an earlier page has it, with the oldest incidents first.

    That page has read all that follows. What it has not read is older, and no page has it.
    """
    is_after_oldest = isinstance(request.position, Keyset) and not request.is_descending
    if is_after_oldest and reading.since is None:
        return {}
    return {"covered": reading.covered()}


def _condition_notes(
    search: Search, reading: Reading[Candidate[Match]], request: ListRequest
) -> Sequence[str]:
    """The notes on the conditions, unless those of an earlier page hold for this one."""
    position = request.position
    if isinstance(position, Keyset) and position.is_noted:
        return ()
    return search.notes(reading)


def _total(request: ListRequest, reading: Reading[Candidate[Match]], count: int) -> int | None:
    """How many incidents match; None after a continuation, and if that is not certain."""
    is_whole = request.position is None and reading.since is None
    is_certain = reading.is_proven and all_are_known(reading.incidents.values())
    return count if is_whole and is_certain else None
