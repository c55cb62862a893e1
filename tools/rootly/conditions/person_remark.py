"""A remark on a person whose name or id was compared, and the notes that remarks become."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Self

from tools.arguments import excerpt
from tools.rootly.conditions.person_name import PersonName

_MOST_NAMES = 5
"""How many people a note names; the others are counted."""
_MOST_SIMILAR = 3
"""How many similar names a note has."""
_MOST_COMPARED = 100
"""Of how many similar names the most similar are found. It takes 20 microseconds for each."""


class PersonRemark(NamedTuple):
    """How the name or the id of someone compares with the argument, and who it is.

    As a text, it has one line for each part: neither names nor ids have line breaks.
    """

    likeness: str
    name: str
    id: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """The remark with this text."""
        return cls(*text.split("\n"))

    def text(self) -> str:
        """The remark in the form in which a condition returns it."""
        return "\n".join(self)


def who_fits(query: str, remarks: Iterable[PersonRemark]) -> Iterator[str]:
    """A note on those who fit the argument *query*, unless it is the full name of one person."""
    people = _people(remarks)
    if len(people) > 1:
        yield (
            f"where.person: {excerpt(query)} fits several people: "
            f"{_listed(_names(people))}. Give more of the name, or an id."
        )
        return
    name = people[0].name
    if PersonName.parse(name) != PersonName.parse(query):
        yield f"where.person: {excerpt(query)} is {name or 'not named by Rootly'}."


def nobody_fits(query: str, similar: Iterable[PersonRemark]) -> str:
    """A note that nobody fits the argument *query*, with the most similar names.

    *similar* has similar names, those first that are in the most incidents.
    """
    name = PersonName.parse(query)
    unique = [*dict.fromkeys(remark.name for remark in similar)][:_MOST_COMPARED]
    names = sorted(unique, key=lambda other: -name.similarity(PersonName.parse(other)))
    note = (
        f"where.person: {excerpt(query)} is in none of the incidents that were read and that meet "
        "the other conditions."
    )
    if not names:
        return note
    return f"{note} Similar names: {', '.join(names[:_MOST_SIMILAR])}."


def _people(remarks: Iterable[PersonRemark]) -> Sequence[PersonRemark]:
    """One remark for each person. Rootly may not send the name or the id of someone everywhere."""
    people: dict[str, PersonRemark] = {}
    for remark in remarks:
        key = remark.id or remark.name
        if key not in people or not people[key].name:
            people[key] = remark
    names = {remark.name for remark in people.values() if remark.id}
    return [remark for remark in people.values() if remark.id or remark.name not in names]


def _names(people: Sequence[PersonRemark]) -> list[str]:
    """The names of *people*, those that several have with the id."""
    counts = Counter(remark.name for remark in people)
    names = []
    for name, id_ in ((remark.name, remark.id) for remark in people):
        names.append(name if counts[name] == 1 else f"{name} (id {id_})")
    return names


def _listed(names: Sequence[str]) -> str:
    """A few of *names*; the others are counted."""
    listed = ", ".join(names[:_MOST_NAMES])
    if len(names) > _MOST_NAMES:
        return f"{listed} and {len(names) - _MOST_NAMES} more"
    return listed
