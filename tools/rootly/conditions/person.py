"""The condition `person`: someone has a role in the incident, or did something with it."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BeforeValidator
from pydantic_core import PydanticCustomError

from tools.arguments import Word
from tools.rootly.conditions.condition import Check
from tools.rootly.conditions.participants import NEEDS, Participant, participants
from tools.rootly.conditions.person_name import PersonName
from tools.rootly.conditions.person_remark import PersonRemark, nobody_fits, who_fits
from tools.rootly.document import Document, Incident
from tools.rootly.question import Needs

_ID = re.compile(r"[0-9]+")

_FITS = "fits"
_SIMILAR = "similar"
_OTHER = "other"
_UNKNOWN = "unknown"
"""The likeness of a person with what the argument names."""

_LEFT_OUT = "left out"
_MORE_PARTS = "more parts"
_NOTES: Mapping[str, str] = {
    _LEFT_OUT: "Left out by where.person: {count} of the incidents, because Rootly's answer does "
    "not say who all their people are.",
    _MORE_PARTS: "where.person: someone who fits may have more parts in {count} of these "
    "incidents, because Rootly's answer does not say who all their people are.",
}
"""The notes on people who are not known, by the remarks on them."""


def _check_form(value: Any) -> Any:
    """An id may be an integer. An address is refused before any other check can repeat it."""
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return str(value)
    if isinstance(value, str) and "@" in unicodedata.normalize("NFKC", value):
        raise PydanticCustomError(
            "address", "is an e-mail address or a handle: give a name, or a Rootly user id"
        )
    return value


def _check_words(value: str) -> str:
    if not PersonName.parse(value).words:
        raise PydanticCustomError("name", "has no letters: give a name, or a Rootly user id")
    return value


PersonText = Annotated[Word, BeforeValidator(_check_form), AfterValidator(_check_words)]
"""A name, or the digits of a Rootly user id."""


@dataclass(frozen=True)
class PersonCondition:
    """One of the people of the incident has the name, or whole words of it, or the user id.

    `text` is the argument: digits are an id. The cell `person` lists the parts that the person has
    in the incident: names of roles, and Rootly's attributes such as `resolved_by`.
    """

    text: str
    columns: ClassVar[Sequence[str]] = ("person",)
    needs: ClassVar[Needs] = NEEDS
    _likenesses: dict[str, str] = field(default_factory=dict, compare=False, repr=False)
    """The likeness of each name that was read. The same few people are in many incidents."""

    def check(self, document: Document, incident: Incident) -> Check:
        """Whether the person is one of the people of *incident*."""
        by_likeness: dict[str, list[Participant]] = {}
        for participant in participants(document, incident):
            by_likeness.setdefault(self._likeness(participant), []).append(participant)
        matches = by_likeness.get(_FITS, ())
        if matches:
            remarks = _remarks(_FITS, matches)
        else:
            remarks = _remarks(_SIMILAR, by_likeness.get(_SIMILAR, ()))
        is_unknown = _UNKNOWN in by_likeness
        if is_unknown:
            remarks += (_MORE_PARTS if matches else _LEFT_OUT,)
        if not matches:
            return Check(None if is_unknown else False, remarks=remarks)
        parts = [*dict.fromkeys(match.part for match in matches)]
        return Check(True, (("person", parts),), remarks)

    @property
    def _is_id(self) -> bool:
        return _ID.fullmatch(self.text) is not None

    def _likeness(self, participant: Participant) -> str:
        if self._is_id:
            return self._likeness_of_id(participant.id)
        return self._likeness_of_name(participant.name)

    def _likeness_of_id(self, id_: str | None) -> str:
        if id_ is None:
            return _UNKNOWN
        return _FITS if id_ == self.text else _OTHER

    def _likeness_of_name(self, name: str | None) -> str:
        if name is None:
            return _UNKNOWN
        if name not in self._likenesses:
            self._likenesses[name] = _compare(PersonName.parse(self.text), PersonName.parse(name))
        return self._likenesses[name]

    def notes(self, remarks: Counter[str]) -> Iterator[str]:
        """Notes that say who fits, who has a similar name, and where people are not known."""
        by_likeness: dict[str, list[PersonRemark]] = {}
        for text, _ in remarks.most_common():
            if text not in _NOTES:
                remark = PersonRemark.parse(text)
                by_likeness.setdefault(remark.likeness, []).append(remark)
        if _FITS in by_likeness:
            yield from who_fits(self.text, by_likeness[_FITS])
        else:
            yield nobody_fits(self.text, by_likeness.get(_SIMILAR, ()))
        for remark_text, note in _NOTES.items():
            if remark_text in remarks:
                yield note.format(count=remarks[remark_text])


def _compare(query: PersonName, name: PersonName) -> str:
    """The likeness of *name* and of the name that the argument has."""
    if query.fits(name):
        return _FITS
    return _SIMILAR if query.is_close_to(name) else _OTHER


def _remarks(likeness: str, people: Iterable[Participant]) -> tuple[str, ...]:
    """A remark for each of *people*. Someone may have several parts in an incident."""
    remarks = [PersonRemark(likeness, one.name or "", one.id or "").text() for one in people]
    return tuple(dict.fromkeys(remarks))
