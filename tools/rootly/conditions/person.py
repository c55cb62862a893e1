"""The condition `person`: someone has a role in the incident, or did something with it."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, NamedTuple, Self

from pydantic import AfterValidator, BeforeValidator
from pydantic_core import PydanticCustomError

from tools.arguments import Word, excerpt
from tools.rootly.conditions.condition import Check
from tools.rootly.conditions.participants import NEEDS, Participant, participants
from tools.rootly.conditions.person_name import PersonName
from tools.rootly.document import Document, Incident
from tools.rootly.question import Needs

_ID = re.compile(r"[0-9]+")
_MOST_NAMES = 5
"""How many people a note names; the others are counted."""
_MOST_SIMILAR = 3
"""How many similar names a note has."""

_FITS = "fits"
_SIMILAR = "similar"
_OTHER = "other"
_UNKNOWN = "unknown"


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


class _Remark(NamedTuple):
    """How someone compares with the person that is wanted, and who it is.

    As a text, it has one line for each part: neither names nor ids have line breaks.
    """

    likeness: str
    name: str = ""
    id: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        return cls(*text.split("\n"))

    def text(self) -> str:
        return "\n".join(self)


@dataclass(frozen=True)
class PersonCondition:
    """One of the people of the incident has the name, or whole words of it, or the user id.

    `text` is the argument: digits are an id. The cell `person` lists the parts that the person has
    in the incident: names of roles, and Rootly's attributes such as `resolved_by`.
    """

    text: str
    needs: ClassVar[Needs] = NEEDS
    _likenesses: dict[str, str] = field(default_factory=dict, compare=False, repr=False)
    """The likeness of each name that was read. The same few people are in many incidents."""

    def check(self, document: Document, incident: Incident) -> Check:
        """Whether the person is one of the people of *incident*."""
        group = participants(document, incident)
        by_likeness: dict[str, list[Participant]] = {}
        for participant in group.people:
            by_likeness.setdefault(self._likeness(participant), []).append(participant)
        if _FITS in by_likeness:
            matches = by_likeness[_FITS]
            parts = [*dict.fromkeys(match.part for match in matches)]
            return Check(True, (("person", parts),), tuple(_remarks(_FITS, matches)))
        remarks = [*_remarks(_SIMILAR, by_likeness.get(_SIMILAR, ()))]
        if _UNKNOWN in by_likeness or not group.is_complete:
            remarks.append(_Remark(_UNKNOWN).text())
        return Check(False, remarks=tuple(remarks))

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
        by_likeness: dict[str, list[_Remark]] = {}
        for text, _ in remarks.most_common():
            remark = _Remark.parse(text)
            by_likeness.setdefault(remark.likeness, []).append(remark)
        yield from self._who_fits(by_likeness.get(_FITS, []))
        if _FITS not in by_likeness:
            yield self._nobody_fits(by_likeness.get(_SIMILAR, []))
        if _UNKNOWN in by_likeness:
            count = remarks[_Remark(_UNKNOWN).text()]
            yield (
                f"Left out by where.person: {count} of the incidents, because Rootly's answer does "
                "not say who all their people are."
            )

    def _who_fits(self, people: Sequence[_Remark]) -> Iterator[str]:
        names = _names(people)
        text = excerpt(self.text)
        if len(names) > 1:
            yield (
                f"where.person: {text} fits several people: {_listed(names, _MOST_NAMES)}. "
                "Give more of the name, or an id."
            )
        elif people and people[0].name and people[0].name != self.text:
            yield f"where.person: {text} is {people[0].name}."

    def _nobody_fits(self, similar: Sequence[_Remark]) -> str:
        wanted = PersonName.parse(self.text)
        names = sorted(
            {remark.name for remark in similar},
            key=lambda name: (-wanted.similarity(PersonName.parse(name)), name),
        )
        noun = "id" if self._is_id else "name"
        note = (
            f"where.person: in the incidents that meet the rest, nobody has the {noun} "
            f"{excerpt(self.text)}"
        )
        if not names:
            return f"{note}."
        return f"{note}. Similar names: {_listed(names, _MOST_SIMILAR)}."


def _compare(wanted: PersonName, name: PersonName) -> str:
    """The likeness of a *name* with the one that is *wanted*."""
    if wanted.fits(name):
        return _FITS
    return _SIMILAR if wanted.is_close_to(name) else _OTHER


def _remarks(likeness: str, people: Iterable[Participant]) -> Iterator[str]:
    """A remark for each of *people*. Someone may have several parts in an incident."""
    for name, id_ in {(one.name or "", one.id or "") for one in people}:
        yield _Remark(likeness, name, id_).text()


def _names(people: Sequence[_Remark]) -> list[str]:
    """The names of *people*, those that several have with the id."""
    counts = Counter(remark.name for remark in people)
    names = []
    for remark in people:
        is_unique = counts[remark.name] == 1
        names.append(remark.name if is_unique else f"{remark.name} (id {remark.id or 'unknown'})")
    return names


def _listed(names: Sequence[str], most: int) -> str:
    """At most this many of *names*; the others are counted."""
    listed = ", ".join(names[:most])
    if len(names) > most:
        return f"{listed} and {len(names) - most} more"
    return listed
