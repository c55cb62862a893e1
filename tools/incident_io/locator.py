"""The id or the number of an incident of incident.io, in the forms that people paste."""

import re
from dataclasses import dataclass
from typing import Self

FORMS = (
    "an id (01G0J1EXE7AXZ2C93K61WBPYEH), a reference (INC-123), "
    "or a link to the incident in incident.io's dashboard"
)

_REFERENCE = re.compile(
    r"(?P<prefix>[A-Za-z][A-Za-z0-9]{0,9})-0*(?P<number>[1-9]\d{0,8})", re.ASCII
)
_LINK = re.compile(
    r"https://app\.incident\.io/(?:(?P<organisation>[\w.~-]+)/)?incidents/(?P<key>[\w-]+)"
    r"(?:[/?#].*)?",
    re.ASCII,
)
_NUMBER = re.compile(r"0*(?P<number>[1-9]\d{0,8})", re.ASCII)
# INC1207, INC--1207 and the like are references with typing errors. A bare number is not an id.
_ID = re.compile(r"(?![A-Za-z]+[_-]*\d*$)(?!\d{1,12}$)[\w-]+", re.ASCII)


@dataclass(frozen=True)
class Locator:
    """An incident's id, or its number and facts that must agree with the incident.

    `prefix` is the INC of INC-123. `organisation` is that of a link, if the link has one.
    """

    id: str | None = None
    number: str | None = None
    prefix: str | None = None
    organisation: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read an id, a reference, or a link to incident.io's dashboard.

        None if *text* is none of these.
        """
        reference = _REFERENCE.fullmatch(text)
        if reference:
            return cls(number=reference["number"], prefix=reference["prefix"].upper())
        link = _LINK.fullmatch(text)
        if not link:
            return cls._of_id(text)
        number = _NUMBER.fullmatch(link["key"])
        if number:
            return cls(number=number["number"], organisation=link["organisation"])
        return cls._of_id(link["key"])

    @classmethod
    def _of_id(cls, text: str) -> Self | None:
        if _ID.fullmatch(text) is None:
            return None
        return cls(id=text)


def organisation(link: str) -> str | None:
    """The organisation in a link to incident.io's dashboard; None for any other text."""
    match = _LINK.fullmatch(link)
    if match is None:
        return None
    return match["organisation"]
