"""The number of a Rootly incident, in the forms that people write and paste."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from tools.arguments import excerpt, value_list

FORMS = "123, #123, 123-some-slug, or a link to an incident at rootly.com"
"""The forms that errors offer. INC-123 is also read, with a note: incident.io has the same form."""

_DIGITS = r"(?P<number>[1-9]\d{0,11})"
_UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_PATTERNS = (
    re.compile(rf"(?:#|INC-)?0*{_DIGITS}", re.ASCII | re.IGNORECASE),
    # A slug has a letter: 2026-11-21 and 123-456 have no slug. A UUID may begin with digits, too,
    # and is not an incident number.
    re.compile(rf"(?!{_UUID}\Z){_DIGITS}-[^\s/?#,]*[^\W\d_][^\s/?#,]*"),
    re.compile(
        r"https://rootly\.com/account/incidents/"
        rf"(?!{_UUID}(?:[/?#]|\Z)){_DIGITS}(?:-[^\s/?#]*)?(?:[/?#]\S*)?"
    ),
)
"""A number (also #123, INC-123, and with leading zeros), a number with a slug, a link."""
_PROBLEMS = {
    re.compile(r"https?://root\.ly/\S*"): "is a short link, which contains no incident number",
    re.compile(r"[A-Za-z][A-Za-z0-9_]*-\d+", re.ASCII): (
        "is an issue key of another tracker, not a Rootly number"
    ),
}
"""Texts that are not a number, and the problem with each."""
_MAX_CHARS = 500


class IncidentNumber(str):
    """The digits of a Rootly `sequential_id`, as a string: filters take text.

    `reference` is the text, if it had the form INC-123; otherwise None.
    """

    __slots__ = ("reference",)
    reference: str | None

    @classmethod
    def parse(cls, value: Any) -> "IncidentNumber":
        """Read *value*, in any of the forms.

        Raises:
            PydanticCustomError: it is not the number of an incident.
        """
        text = _as_text(value)
        if not isinstance(text, str) or len(text) > _MAX_CHARS:
            raise PydanticCustomError("number", f"must be an incident number: {FORMS}")
        for form in _PATTERNS:
            match = form.fullmatch(text)
            if match:
                return cls._of(match["number"], text)
        raise PydanticCustomError("number", _problem(text))

    @classmethod
    def _of(cls, digits: str, text: str) -> "IncidentNumber":
        number = cls(digits)
        number.reference = None
        if text.upper().startswith("INC-"):
            number.reference = excerpt(text)
        return number


def _as_text(value: Any) -> Any:
    """An integer as text; other values unchanged."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value


def _problem(text: str) -> Any:
    """The problem with *text*, and the forms to give instead."""
    for form, problem in _PROBLEMS.items():
        if form.fullmatch(text):
            return f"{problem}: give {FORMS}; where.linked finds the incident of a link or a key"
    return f"is not an incident number: give {FORMS}"


def _number_list(value: Any) -> Any:
    """A single number as a list. Lists are checked."""
    if isinstance(value, int):
        value = [value]
    return value_list(value)


OneIncidentNumber = Annotated[
    IncidentNumber, PlainValidator(IncidentNumber.parse), WithJsonSchema({"type": "string"})
]
IncidentNumbers = Annotated[list[OneIncidentNumber], BeforeValidator(_number_list)]
