"""The number of a Rootly incident, in the forms that people write and paste."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from tools.arguments import excerpt, value_list

FORMS = "123, #123, 123-some-slug, or a link to an incident at rootly.com"

_NUMBER = re.compile(r"(?P<prefix>#|INC-)?0*(?P<number>[1-9]\d{0,11})", re.ASCII | re.IGNORECASE)
# A slug has a letter. Without one it is something else: 2026-11-21, 123-456.
_SLUG = re.compile(r"(?P<number>[1-9]\d{0,11})-[^\s/?#,]*[^\W\d_][^\s/?#,]*")
_LINK = re.compile(
    r"https://rootly\.com/account/incidents/(?P<number>[1-9]\d{0,11})(?P<slug>-[^\s/?#]*)?"
    r"(?:[/?#]\S*)?"
)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_SHORT_LINK = re.compile(r"https?://root\.ly/\S*")
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]*-\d+", re.ASCII)
_MAX_CHARS = 500


class IncidentNumber(str):
    """The digits of a Rootly `sequential_id`.

    `reference` is the text that it was read from, if that was like INC-123.
    """

    __slots__ = ("reference",)
    reference: str | None

    @classmethod
    def parse(cls, value: Any) -> "IncidentNumber":
        """Raises:
        PydanticCustomError: *value* is not the number of an incident, in any form.
        """
        text = value
        if isinstance(value, int) and not isinstance(value, bool):
            text = str(value)
        if not isinstance(text, str) or len(text) > _MAX_CHARS:
            raise PydanticCustomError("number", f"must be an incident number: {FORMS}")
        match = _NUMBER.fullmatch(text) or _slug(text) or _link(text)
        if match is None:
            raise PydanticCustomError("number", _problem(text))
        number = cls(match["number"])
        number.reference = excerpt(text) if text[:1] in "Ii" else None
        return number


def _slug(text: str) -> re.Match[str] | None:
    if _UUID.fullmatch(text):
        # A UUID may begin with digits.
        return None
    return _SLUG.fullmatch(text)


def _link(text: str) -> re.Match[str] | None:
    match = _LINK.fullmatch(text)
    if match and _UUID.fullmatch(match["number"] + (match["slug"] or "")):
        return None
    return match


def _problem(text: str) -> Any:
    if _SHORT_LINK.fullmatch(text):
        return f"is a short link, which holds no incident number: give {FORMS}"
    if _KEY.fullmatch(text):
        return f"is the key of another tracker, not a Rootly number: give {FORMS}"
    return f"is not an incident number: give {FORMS}"


def _numbers(value: Any) -> Any:
    if isinstance(value, int):
        value = [value]
    return value_list(value)


Number = Annotated[
    IncidentNumber, PlainValidator(IncidentNumber.parse), WithJsonSchema({"type": "string"})
]
IncidentNumbers = Annotated[list[Number], BeforeValidator(_numbers)]
