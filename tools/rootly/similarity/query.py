"""The argument `similar_to`: the number of an incident, or words."""

import re
from dataclasses import dataclass
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, InstanceOf, WithJsonSchema
from pydantic_core import PydanticCustomError

from tools.rootly.incident_number import IncidentNumber
from tools.rootly.similarity.words import has_words
from tools.text import clean

MAX_CHARS = 2_000
"""The most characters of `similar_to`: enough for an alert that was pasted."""

FORMS = "the number of an incident (123, #123 or its link at rootly.com), or words"

_NUMBER = re.compile(r"(?:#|INC-)?\d+", re.ASCII | re.IGNORECASE)
_LINK = re.compile(r"https?://\S+", re.IGNORECASE)
# Trackers write their keys in capitals. Words such as sev-1 or utf-8 are usually not.
_TRACKER_KEY = re.compile(r"[A-Z][A-Z0-9_]*-\d+", re.ASCII)


@dataclass(frozen=True)
class Query:
    """What the incidents are compared with.

    * `number`: the incident that was named, or None.
    * `words`: the text to compare with if no incident was named; otherwise empty.
    """

    number: IncidentNumber | None = None
    words: str = ""

    @classmethod
    def parse(cls, value: Any) -> Self:
        """Read *value*. A slug such as `503-errors` is words, although it begins with a number.

        Raises:
            PydanticCustomError: it is neither the number of an incident nor words.
        """
        text = str(value) if type(value) is int else value
        if not isinstance(text, str):
            raise PydanticCustomError("similar_to", f"must be a string: {FORMS}")
        if not text.strip():
            raise PydanticCustomError("blank", "is blank: give a value, or leave it out")
        if len(text) > MAX_CHARS:
            problem = f"is longer than {MAX_CHARS:,} characters: give the part that tells most"
            raise PydanticCustomError("long", problem)
        words = clean(text, MAX_CHARS)
        if _NUMBER.fullmatch(words) or _LINK.fullmatch(words):
            return cls(number=_number(words))
        if _TRACKER_KEY.fullmatch(words):
            problem = f"is an issue key of another tracker: use where.linked, or give {FORMS}"
            raise PydanticCustomError("tracker", problem)
        if not has_words(words):
            problem = (
                "has no word to compare: single letters, numbers below 100 and words such as"
                ' "the" or "happened" say too little'
            )
            raise PydanticCustomError("words", problem)
        return cls(words=words)


def _number(text: str) -> IncidentNumber:
    try:
        return IncidentNumber.parse(text)
    except PydanticCustomError:
        noun = "a link" if _LINK.match(text) else "a number"
        problem = f"is {noun} that names no incident of Rootly: give {FORMS}"
        if _LINK.match(text):
            problem += "; to find the incident of a link, use where.linked"
        raise PydanticCustomError("similar_to", problem) from None


SimilarTo = Annotated[
    InstanceOf[Query], BeforeValidator(Query.parse), WithJsonSchema({"type": "string"})
]
