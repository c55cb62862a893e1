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

FORMS = "the number of an incident (123, #123, or its link at rootly.com), or words"

# A slug such as 503-errors is words, although sequential_id reads it as a number. People write
# "incident 123", and for a prompt nobody shortens it.
_NUMBER = re.compile(r"(?:incident\s+)?(?P<number>(?:#|INC-)?\d+)", re.ASCII | re.IGNORECASE)
_LINK = re.compile(r"https?://\S+", re.IGNORECASE)
# Trackers write their keys in capitals. In small letters, sev-1 or utf-8 are words.
_TRACKER_KEY = re.compile(r"[A-Z][A-Z0-9_]*-\d+", re.ASCII)

_BLANK = "is blank: give a value, or leave it out"
_TOO_LONG = f"is longer than {MAX_CHARS:,} characters: give the part of it that says most"
_NOT_A_NUMBER = f"is not the number of an incident: give {FORMS}"
_NOT_A_LINK = (
    f"is a link without the number of a Rootly incident: give {FORMS}; where.linked finds the"
    " incident of a link"
)
_OF_A_TRACKER = (
    f"is an issue key of another tracker: give {FORMS}; where.linked finds the incident of a key"
)
_WITHOUT_WORDS = (
    "has no word that can be compared: single letters, numbers below 100, and words such as "
    '"the", "after" or "happened" do not say what happened'
)


@dataclass(frozen=True)
class Query:
    """The incident or the words that others are compared with.

    * `number`: the number of the incident; None if the argument is words.
    * `words`: the words on one line; empty if the argument is a number.
    """

    number: IncidentNumber | None = None
    words: str = ""

    @classmethod
    def parse(cls, value: Any) -> Self:
        """Read *value*.

        Raises:
            PydanticCustomError: it is neither the number of an incident nor words.
        """
        text = _text(value)
        number = _NUMBER.fullmatch(text)
        if number:
            return cls(number=_number(number["number"], _NOT_A_NUMBER))
        if _LINK.fullmatch(text):
            return cls(number=_number(text, _NOT_A_LINK))
        if _TRACKER_KEY.fullmatch(text):
            raise PydanticCustomError("tracker", _OF_A_TRACKER)
        if not has_words(text):
            raise PydanticCustomError("words", _WITHOUT_WORDS)
        return cls(words=text)


def _text(value: Any) -> str:
    """*value* as text on one line, without hidden characters. It can be an integer."""
    if type(value) is int and 0 < value < 10**12:
        return str(value)
    if not isinstance(value, str):
        raise PydanticCustomError("similar_to", f"must be a string: {FORMS}")
    if len(value) > MAX_CHARS:
        raise PydanticCustomError("long", _TOO_LONG)
    text = clean(value, MAX_CHARS)
    if not text:
        raise PydanticCustomError("blank", _BLANK)
    return text


def _number(text: str, problem: str) -> IncidentNumber:
    try:
        return IncidentNumber.parse(text)
    except PydanticCustomError:
        raise PydanticCustomError("number", problem) from None


SimilarTo = Annotated[
    InstanceOf[Query], BeforeValidator(Query.parse), WithJsonSchema({"type": "string"})
]
