"""The number of an incident, in the forms that people write and paste."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from tools.arguments import excerpt, value_list

FORMS = "123, #123, 123-some-slug, or a link to an incident at rootly.com"

_NUMBER = re.compile(r"(?P<prefix>#|INC-)?0*(?P<number>[1-9]\d{0,11})", re.ASCII | re.IGNORECASE)
# A slug has a letter: 2026-11-21 and 123-456 are something else.
_SLUG = re.compile(r"(?P<number>[1-9]\d{0,11})-[^\s/?#,]*[^\W\d_][^\s/?#,]*")
_LINK = re.compile(
    r"https://rootly\.com/account/incidents/(?P<number>[1-9]\d{0,11})(?P<slug>-[^\s/?#]*)?(?:[/?#]\S*)?"
)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_SHORT_LINK = re.compile(r"https?://root\.ly/\S*")
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]*-\d+", re.ASCII)
_MAX_CHARS = 500


class IncidentNumber(str):
    """The digits of a Rootly `sequential_id`. `reference` is how it was written, where that was as INC-123."""

    __slots__ = ("reference",)
    reference: str | None

    @classmethod
    def parse(cls, value: Any) -> "IncidentNumber":
        """Raises:
        PydanticCustomError: *value* names no Rootly incident.
        """
        written = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        if not isinstance(written, str) or len(written) > _MAX_CHARS:
            raise PydanticCustomError("number", f"must be an incident number: {FORMS}")
        match = _NUMBER.fullmatch(written) or _slug(written) or _link(written)
        if match is None:
            raise PydanticCustomError("number", _problem(written))
        number = cls(match["number"])
        number.reference = excerpt(written) if written[:1] in "Ii" else None
        return number


def _slug(written: str) -> re.Match[str] | None:
    return None if _UUID.fullmatch(written) else _SLUG.fullmatch(written)


def _link(written: str) -> re.Match[str] | None:
    match = _LINK.fullmatch(written)
    return None if match and _UUID.fullmatch(match["number"] + (match["slug"] or "")) else match


def _problem(written: str) -> Any:
    if _SHORT_LINK.fullmatch(written):
        return f"is a short link, which holds no incident number: give {FORMS}"
    if _KEY.fullmatch(written):
        return f"is the key of another tracker, not a Rootly number: give {FORMS}"
    return f"is not an incident number: give {FORMS}"


def _numbers(value: Any) -> Any:
    return value_list([value] if isinstance(value, int) else value)


IncidentNumbers = Annotated[
    list[
        Annotated[
            IncidentNumber, PlainValidator(IncidentNumber.parse), WithJsonSchema({"type": "string"})
        ]
    ],
    BeforeValidator(_numbers),
]
