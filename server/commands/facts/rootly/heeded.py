"""Which filters have an effect, and whether an incident must match all of them.

A request has many filters. Each of them excludes one incident of the first page, its witness, which
all others let through. A witness that comes back shows that its filter is ignored.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Group:
    """The filters of one request. No filter excludes `control`."""

    exclusions: Sequence[Exclusion]
    witnesses: Sequence[Incident]
    control: Incident

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
    facts = [await _slugs(group, account) for group in _groups([*BY_SLUG, *BY_NAME], account)]
    if not facts:
        raise NotSeen("the first page has too few incidents with different slugs")
    return facts[:1]


async def _slugs(group: Group, account: Account) -> Fact:
    ids = await account.ids(group.filters())
    _note(group, ids, account)
    has_witnesses = all(witness.id in ids for witness in group.witnesses)
    if group.control.id in ids and not has_witnesses:
        return Fact("slugs", "slug", "filters find slugs as answers have them")
    if not ids:
        return Fact("slugs", "renamed", "filters do not find slugs as answers have them")
    return Fact("slugs", None, "filters by slugs find other incidents")


async def combined(account: Account) -> Iterable[Fact]:
    """The dial `combined`. What the requests say about single filters is kept for `ignore`."""
    facts = list[Fact]()
    for group in _groups(EXACT, account):
        ids = await account.ids(group.filters())
        facts += _combined(group, ids, account.incidents)
        if any(fact.value == "any" for fact in facts):
            break
        _note(group, ids, account)
    if not facts:
        raise NotSeen("the first page has no incidents that would show it")
    return facts[-1:]


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


def _combined(group: Group, ids: Sequence[str], incidents: Sequence[Incident]) -> list[Fact]:
    """The dial, if the answer to the group shows it."""
    if len(group.exclusions) < 2 or group.control.id not in ids:
        return []
    if any(witness.id not in ids for witness in group.witnesses):
        reason = "an incident that does not match one of several filters is not found"
        return [Fact("combined", "all", reason)]
    outsiders = group.outsiders(incidents)
    # With all filters ignored, they would be found, too.
    absent = [outsider for outsider in outsiders if outsider.id not in ids]
    if 2 * len(absent) > len(outsiders):
        return [Fact("combined", "any", "an incident that matches one of several filters is found")]
    return []


def _note(group: Group, ids: Sequence[str], account: Account) -> None:
    """Keep which filters of the group have an effect."""
    if group.control.id not in ids:
        return
    for exclusion, witness in zip(group.exclusions, group.witnesses, strict=True):
        names = account.ignored if witness.id in ids else account.effective
        names.add(exclusion.property.name)


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
