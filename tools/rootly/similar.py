"""Answers similar_to: the incidents whose texts share the most words with an incident or a text.

It compares words, and knows no causes.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from pydantic_core import to_json

from tools.answer import Answer
from tools.connection import Connection
from tools.errors import NotFound
from tools.rootly.conditions.candidates import Candidate, Cells
from tools.rootly.document import Document, Incident
from tools.rootly.identity import key_of
from tools.rootly.incident import View
from tools.rootly.list_request import ListRequest
from tools.rootly.match import Match, MatchMaker, gaps_of, rows_of
from tools.rootly.named_incident import find_incident
from tools.rootly.question import Needs
from tools.rootly.reading.reading import Reading
from tools.rootly.search import Search
from tools.rootly.similar_notes import notes_on_nothing
from tools.rootly.similarity.query import Query
from tools.rootly.similarity.ranking import Hit, Text, rank, require_index
from tools.rootly.values import long_text
from tools.text import clean, title
from tools.times import EARLIEST

_SHARED_WORDS = "shared_words"
_RESOLUTION = "resolution_message"
_MAX_RESOLUTION = 200
"""The most characters of a resolution message, unless fields asks for it."""
_TEXTS = Needs(frozenset({"title", "summary"}))


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
    subject = await _subject(query, connection)
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
            *notes_on_nothing(comparison, subject.text, others, is_alone=is_alone),
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
        return _Comparable(maker.match(document, incident, cells), _text_of(incident))

    return await search.read(comparable, maker.needs | _TEXTS, connection)


@dataclass(frozen=True)
class _Subject:
    """What the incidents are compared with.

    * `text`: its text.
    * `key`: the key of the incident, if one was named. It is not similar to itself.
    * `facts`: the members of the answer that say which incident was named.
    """

    text: Text
    key: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)


async def _subject(query: Query, connection: Connection) -> _Subject:
    if query.number is None:
        return _Subject(Text(title=query.words))
    try:
        incident = await find_incident("similar_to", query.number, _TEXTS, connection)
    except NotFound as error:
        advice = f'If {query.number} is not an incident, write words: "{query.number} errors".'
        raise NotFound(f"{error} {advice}") from error
    text = _text_of(incident)
    named: dict[str, Any] = {"sequential_id": int(query.number)}
    if text.title:
        named["title"] = text.title
    return _Subject(text, key_of(incident), {"similar_to": named})


def _text_of(incident: Incident) -> Text:
    attributes = incident.attributes
    return Text(
        title=title(attributes.get("title")) or "",
        summary=long_text(attributes.get("summary")) or "",
    )


def _newest_first(
    reading: Reading[Candidate[_Comparable]], subject: _Subject
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
