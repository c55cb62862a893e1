"""Many filters in one request, and what would show that one of them is ignored.

Each filter excludes one incident of the first page, its witness, which all others let through. A
witness that comes back shows that its filter is ignored.
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from server.commands.facts.rootly.incident import Incident
from server.commands.facts.rootly.properties import Property

_MOST_GROUPS = 2
_SUB_KIND = "_sub"


@dataclass(frozen=True)
class Exclusion:
    """A filter that takes every value of its property but this one."""

    property: Property
    value: str

    def excludes(self, incident: Incident) -> bool:
        return self.property.of(incident) == frozenset([self.value])

    def keeps(self, incident: Incident) -> bool:
        values = self.property.of(incident)
        return bool(values) and values != frozenset([self.value])


@dataclass
class Group:
    """The filters of one request. No filter excludes `control`. `ids` are those of the answer."""

    exclusions: Sequence[Exclusion]
    witnesses: Sequence[Incident]
    control: Incident
    ids: Sequence[str] = ()

    def filters(self) -> dict[str, str]:
        """The parameters. They have only the values that the witnesses and the control need."""
        parameters = {}
        for exclusion in self.exclusions:
            values = set[str]()
            for incident in [*self.witnesses, self.control]:
                values |= exclusion.property.of(incident) or set()
            values.discard(exclusion.value)
            parameters[f"filter[{exclusion.property.name}]"] = ",".join(sorted(values))
        return parameters

    def matching(self, incidents: Iterable[Incident]) -> list[Incident]:
        """The incidents that match all filters."""
        return [incident for incident in incidents if all(self._matches(incident))]

    def outsiders(self, incidents: Iterable[Incident]) -> list[Incident]:
        """The incidents that match no filter."""
        return [incident for incident in incidents if not any(self._matches(incident))]

    def _matches(self, incident: Incident) -> Iterator[bool]:
        """For each filter, whether the incident matches it. It may, if its values are unknown."""
        for exclusion, text in zip(self.exclusions, self.filters().values(), strict=True):
            values = exclusion.property.of(incident)
            yield values is None or not values.isdisjoint(text.split(","))


def groups(properties: Iterable[Property], incidents: Sequence[Incident]) -> list[Group]:
    """Some requests, each with as many filters as the first page has witnesses for."""
    selection = list[Group]()
    remaining = [*properties]
    while remaining and len(selection) < _MOST_GROUPS:
        group = _group(remaining, incidents)
        if group is None:
            break
        selection.append(group)
        names = {exclusion.property.name for exclusion in group.exclusions}
        remaining = [property_ for property_ in remaining if property_.name not in names]
    return selection


def _group(properties: Iterable[Property], incidents: Sequence[Incident]) -> Group | None:
    exclusions = list[Exclusion]()
    for property_ in properties:
        for value in _candidates(property_, incidents):
            longer = [*exclusions, Exclusion(property_, value)]
            if _complete(longer, incidents):
                exclusions = longer
                break
    return _complete(exclusions, incidents)


def _candidates(property_: Property, incidents: Iterable[Incident]) -> list[str]:
    """The values that are the only one of some incident, rare ones first."""
    numbers = dict[str, int]()
    for incident in incidents:
        values = property_.of(incident) or ()
        if len(values) == 1:
            [value] = values
            numbers[value] = numbers.get(value, 0) + 1
    # A filter by a kind may also find its sub kind.
    usable = [value for value in numbers if "," not in value and not value.endswith(_SUB_KIND)]
    return sorted(usable, key=lambda value: (numbers[value], value))


def _complete(exclusions: Sequence[Exclusion], incidents: Sequence[Incident]) -> Group | None:
    """The group with these filters, if the first page has a control and all witnesses."""
    if not exclusions:
        return None
    controls = [
        incident
        for incident in incidents
        if all(exclusion.keeps(incident) for exclusion in exclusions)
    ]
    witnesses = [_witness(exclusion, exclusions, incidents) for exclusion in exclusions]
    if not controls or None in witnesses:
        return None
    group = Group(exclusions, [witness for witness in witnesses if witness], controls[0])
    has_values = all(group.filters().values())
    return group if has_values else None


def _witness(
    exclusion: Exclusion, exclusions: Iterable[Exclusion], incidents: Iterable[Incident]
) -> Incident | None:
    others = [other for other in exclusions if other is not exclusion]
    for incident in incidents:
        if exclusion.excludes(incident) and all(other.keeps(incident) for other in others):
            return incident
    return None


def pairs_of(group: Group, incidents: Sequence[Incident]) -> list[Group]:
    """Groups of two filters of the group, such that some incidents match neither."""
    pairs = []
    for selection in itertools.combinations(group.exclusions, 2):
        pair = _complete(selection, incidents)
        if pair and pair.outsiders(incidents):
            pairs.append(pair)
    return pairs
