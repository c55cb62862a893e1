"""Answers similar_to: the incidents whose texts share the most words with an incident or a text.

It compares words, and knows no causes.
"""

from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import NamedTuple

from pydantic_core import to_json

from tools.answer import Answer
from tools.connection import Connection
from tools.rootly.conditions.candidates import Candidate, Cells
from tools.rootly.document import Document, Incident
from tools.rootly.incident import View
from tools.rootly.list_request import ListRequest
from tools.rootly.match import Match, MatchMaker, gaps_of, rows_of
from tools.rootly.reading.reading import Reading
from tools.rootly.search import Search
from tools.rootly.similar_notes import notes_without_hits
from tools.rootly.similar_subject import TEXTS, Subject, text_of
from tools.rootly.similarity.query import Query
from tools.rootly.similarity.ranking import Hit, Text, rank, require_index
from tools.text import clean
from tools.times import EARLIEST

_SHARED_WORDS = "shared_words"
_RESOLUTION = "resolution_message"
_MAX_RESOLUTION = 200
"""The most characters of a resolution message, unless fields asks for it."""


async def list_similar(
    search: Search, query: Query, request: ListRequest, connection: Connection
) -> Answer:
    """Answer with the incidents of *search* that are most similar to *query*.

    Raises:
        NotFound: the query names an incident that does not exist.
        NotConfigured: this Python cannot rank texts.
        ToolError: see `Search.read`.
    """
    await require_index()
    subject = await Subject.find(query, connection)
    reading = await _read(search, request, connection)
    others = _newest_first(reading, subject)
    texts = {key: other.text for key, other in others.items()}
    connection.record.timeout_message = partial(_out_of_time, len(texts))
    comparison = await rank(texts, subject.text, limit=request.size)
    matches = [_similar(others[hit.key].match, hit, request.view) for hit in comparison.hits]
    is_alone = not others and subject.key in reading.incidents
    columns = [*search.columns(request.view), _SHARED_WORDS]
    table, rows = rows_of(matches, columns, is_table=request.is_table)
    answer = Answer(
        rows_key="rows" if table else "incidents",
        rows=rows,
        columns=columns,
        facts={**subject.facts, **table},
        more={"covered": reading.covered()},
        as_of=reading.at,
        notes=[
            *request.notes,
            *reading.notes(),
            *search.notes(reading),
            *notes_without_hits(comparison, subject.text, others, is_alone=is_alone),
            *gaps_of(matches).notes(),
        ],
    )
    if not reading.incidents:
        answer.more |= await search.hint(connection)
    return answer


def _out_of_time(count: int, timeout_s: float) -> str:
    return (
        f"{count:,} incidents were read within {timeout_s:g} s, but there was no time to compare"
        " them: narrow the question, for example by created_at or status."
    )


class _Comparable(NamedTuple):
    """An incident that can be shown, with the text that is compared."""

    match: Match
    text: Text


async def _read(
    search: Search, request: ListRequest, connection: Connection
) -> Reading[Candidate[_Comparable]]:
    """Read the incidents to compare."""
    maker = MatchMaker(request.view, request.sort)

    def comparable(document: Document, incident: Incident, cells: Cells) -> _Comparable:
        return _Comparable(maker.match(document, incident, cells), text_of(incident))

    return await search.read(comparable, maker.needs | TEXTS, connection)


def _newest_first(
    reading: Reading[Candidate[_Comparable]], subject: Subject
) -> dict[str, _Comparable]:
    """The incidents to compare with the subject, by their keys, in the order for `rank`."""
    others = {}
    for key, candidate in reading.incidents.items():
        if candidate.record is not None and key != subject.key:
            others[key] = candidate.record
    return dict(sorted(others.items(), key=_created_at, reverse=True))


def _created_at(item: tuple[str, _Comparable]) -> datetime:
    _, comparable = item
    return comparable.match.created_at or EARLIEST


def _similar(match: Match, hit: Hit, view: View) -> Match:
    """The match with the words that it shares. Texts are short, unless fields asks for them."""
    row = {**match.row, _SHARED_WORDS: hit.shared_words}
    if _RESOLUTION in row and not view.long_texts:
        row[_RESOLUTION] = clean(row[_RESOLUTION], _MAX_RESOLUTION)
    return replace(match, row_json=to_json(row))
