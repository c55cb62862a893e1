"""What similar_to compares incidents with: another incident, or words."""

from dataclasses import dataclass, field
from typing import Any

from tools.connection import Connection
from tools.errors import NotFound
from tools.rootly.document import Incident
from tools.rootly.identity import key_of
from tools.rootly.named_incident import find_incident
from tools.rootly.question import Needs
from tools.rootly.similarity.query import Query
from tools.rootly.similarity.ranking import Text
from tools.rootly.values import long_text
from tools.text import title

TEXTS = Needs(frozenset({"title", "summary"}))
"""What `text_of` needs."""


@dataclass(frozen=True)
class Subject:
    """What the incidents are compared with.

    * `text`: its text.
    * `key`: the key of the incident, if one was named. It is not similar to itself.
    * `facts`: the members of the answer that say which incident was named.
    """

    text: Text
    key: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    @classmethod
    async def find(cls, query: Query, connection: Connection) -> "Subject":
        """The subject of *query*.

        Raises:
            NotFound: the query names an incident that does not exist.
            ToolError: see `find_incident`.
        """
        if query.number is None:
            return cls(Text(title=query.words))
        try:
            incident = await find_incident("similar_to", query.number, TEXTS, connection)
        except NotFound as error:
            advice = f'If {query.number} is not an incident, write words: "{query.number} errors".'
            raise NotFound(f"{error} {advice}") from error
        text = text_of(incident)
        named: dict[str, Any] = {"sequential_id": int(query.number)}
        if text.title:
            named["title"] = text.title
        return cls(text, key_of(incident), {"similar_to": named})


def text_of(incident: Incident) -> Text:
    attributes = incident.attributes
    return Text(
        title=title(attributes.get("title")) or "",
        summary=long_text(attributes.get("summary")) or "",
    )
