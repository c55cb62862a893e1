"""Which filters have an effect, and whether an incident must match all of them.

A request has many filters. Each of them excludes one incident of the first page, its witness, which
all others let through. A witness that comes back shows that its filter is ignored.
"""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from server.commands.facts.fact import Fact, NotSeen
from server.commands.facts.rootly.account import Account
from server.commands.facts.rootly.incident import Incident
from server.commands.facts.rootly.properties import (
    BY_NAME,
    BY_SLUG,
    EXACT,
    Property,
    slugs_of,
)

_MOST_GROUPS = 2
_SUB_KIND = "_sub"
_MANY = 5
_TRIED_OPERATORS = {"gt", "gte", "lte"}


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

    def outsiders(self, incidents: Iterable[Incident]) -> list[Incident]:
        """The incidents that match no filter."""
        filters = self.filters()
        return [one for one in incidents if not self._may_match(one, filters)]

    def _may_match(self, incident: Incident, filters: Mapping[str, str]) -> bool:
        return any(_may_match(each, incident, filters) for each in self.exclusions)


def _may_match(exclusion: Exclusion, incident: Incident, filters: Mapping[str, str]) -> bool:
    """Whether the incident matches the filter, or the first page does not show its values."""
    values = exclusion.property.of(incident)
    if values is None:
        return True
    wanted = filters[f"filter[{exclusion.property.name}]"].split(",")
    return not values.isdisjoint(wanted)


class Verdict(Enum):
    """What the answer to a group of filters says.

    * EXCLUDING: some witness is not found, so an incident must match all filters.
    * ANY: an incident that matches one of the filters is found, and one that matches none is not.
    * IGNORED: no filter has an effect.
    """

    EXCLUDING = auto()
    ANY = auto()
    IGNORED = auto()
    UNKNOWN = auto()


async def combined(account: Account) -> Iterable[Fact]:
    """The dial `combined`. What the requests say about single filters is kept for `ignore`."""
    groups = _groups(EXACT, account)
    has_all = False
    while groups:
        group = groups.pop(0)
        verdict = await _ask(group, account)
        if verdict is Verdict.ANY:
            reason = "an incident that matches one of several filters is found"
            return [Fact("combined", "any", reason)]
        has_all |= verdict is Verdict.EXCLUDING and len(group.exclusions) > 1
        if verdict is Verdict.UNKNOWN and len(group.exclusions) > 2:
            groups = _pairs(group, account)[:1]
    if not has_all:
        raise NotSeen("the first page has no incidents that would show it")
    reason = "an incident that does not match one of several filters is not found"
    return [Fact("combined", "all", reason)]


async def slugs(account: Account) -> Iterable[Fact]:
    """The dial `slugs`."""
    pairs = [pair for one in account.incidents for pair in slugs_of(one)]
    if not pairs:
        raise NotSeen("the first page has nothing with a slug")
    if all(slug == id_ for slug, id_, _ in pairs):
        return [Fact("slugs", "id", "slugs are the same as ids")]
    if all(slug == name for slug, _, name in pairs):
        if any(slug != slug.lower() or " " in slug for slug, _, _ in pairs):
            return [Fact("slugs", "name", "slugs are the same as names")]
        raise NotSeen("names look like slugs")
    groups = _groups([*BY_SLUG, *BY_NAME], account)
    if not groups:
        raise NotSeen("the first page has too few incidents with different slugs")
    facts = [_slugs(await _ask(group, account), group) for group in groups]
    return facts[:1]


def _slugs(verdict: Verdict, group: Group) -> Fact:
    if verdict in (Verdict.EXCLUDING, Verdict.ANY):
        return Fact("slugs", "slug", "filters find slugs as answers have them")
    if not group.ids:
        return Fact("slugs", "renamed", "filters do not find slugs as answers have them")
    return Fact("slugs", None, "filters by slugs find other incidents")


async def ignore(account: Account) -> Iterable[Fact]:
    """The dial `ignore`, from what all probes have seen. It sends no request."""
    if account.facts.get("combined") == "any":
        raise NotSeen("an incident need not match all filters")
    return [_ignored(account)]


def _groups(properties: Iterable[Property], account: Account) -> list[Group]:
    """Some requests, each with as many filters as the first page has witnesses for."""
    groups = list[Group]()
    remaining = [*properties]
    while remaining and len(groups) < _MOST_GROUPS:
        group = _group(remaining, account.incidents)
        if group is None:
            break
        groups.append(group)
        names = {exclusion.property.name for exclusion in group.exclusions}
        remaining = [one for one in remaining if one.name not in names]
    return groups


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
    controls = [one for one in incidents if all(each.keeps(one) for each in exclusions)]
    witnesses = [_witness(exclusion, exclusions, incidents) for exclusion in exclusions]
    if not controls or None in witnesses:
        return None
    group = Group(exclusions, [one for one in witnesses if one], controls[0])
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


async def _ask(group: Group, account: Account) -> Verdict:
    """Ask with the filters of the group, and keep which of them have an effect."""
    group.ids = await account.ids(group.filters())
    verdict = _verdict(group, account.incidents)
    if verdict in (Verdict.EXCLUDING, Verdict.IGNORED):
        for exclusion, witness in zip(group.exclusions, group.witnesses, strict=True):
            names = account.ignored if witness.id in group.ids else account.effective
            names.add(exclusion.property.name)
    return verdict


def _verdict(group: Group, incidents: Sequence[Incident]) -> Verdict:
    if group.control.id not in group.ids:
        return Verdict.UNKNOWN
    if any(witness.id not in group.ids for witness in group.witnesses):
        return Verdict.EXCLUDING
    if len(group.exclusions) == 1:
        return Verdict.IGNORED
    outsiders = group.outsiders(incidents)
    if not outsiders:
        return Verdict.UNKNOWN
    present = [outsider for outsider in outsiders if outsider.id in group.ids]
    return Verdict.IGNORED if 2 * len(present) > len(outsiders) else Verdict.ANY


def _pairs(group: Group, account: Account) -> list[Group]:
    """Groups of two filters of the group, such that some incidents match neither."""
    pairs = []
    for chosen in itertools.combinations(group.exclusions, 2):
        pair = _complete(chosen, account.incidents)
        if pair and pair.outsiders(account.incidents):
            pairs.append(pair)
    return pairs


def _ignored(account: Account) -> Fact:
    if not account.ignored:
        if not account.effective:
            return Fact("ignore", None, "no filter was seen to have an effect")
        effective = ", ".join(sorted(account.effective))
        return Fact("ignore", "none", f"these have an effect: {effective}")
    if len(account.ignored) >= _MANY and not account.effective:
        return Fact("ignore", "all", "no filter that was tried has an effect")
    names = account.ignored
    if names >= _TRIED_OPERATORS:
        # They were only tried with `created_at`.
        names = names - _TRIED_OPERATORS | {"created_at"}
    return Fact("ignore", ",".join(sorted(names)), "these filters do not exclude anything")
