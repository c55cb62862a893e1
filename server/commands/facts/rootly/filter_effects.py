"""Which filters have an effect, and whether an incident must match all of them."""

from collections.abc import Iterable, Sequence
from enum import Enum, auto

from server.commands.facts.fact import Fact, NotSeen
from server.commands.facts.rootly.account import Account
from server.commands.facts.rootly.group import Group, groups, pairs_of
from server.commands.facts.rootly.incident import Incident
from server.commands.facts.rootly.properties import BY_NAME, BY_SLUG, EXACT, slugs_of

_MANY = 5
_OPERATORS = {"gt", "gte", "lte"}
_PROPERTIES = (*EXACT, *BY_SLUG, *BY_NAME)
_FILTERS = {
    "labels",
    "not_in",
    "sequential_id",
    *_OPERATORS,
    *(property_.name for property_ in _PROPERTIES),
}


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
    remaining = groups(EXACT, account.incidents)
    has_all = False
    while remaining:
        group = remaining.pop(0)
        verdict = await _ask(group, account)
        if verdict is Verdict.ANY:
            reason = "an incident that matches one of several filters is found"
            return [Fact("combined", "any", reason)]
        has_all |= verdict is Verdict.EXCLUDING and len(group.exclusions) > 1
        if verdict is Verdict.UNKNOWN and len(group.exclusions) > 2:
            remaining = pairs_of(group, account.incidents)[:1]
    if not has_all:
        raise NotSeen("the first page has no incidents that would show it")
    reason = "an incident that does not match one of several filters is not found"
    return [Fact("combined", "all", reason)]


async def slugs(account: Account) -> Iterable[Fact]:
    """The dial `slugs`."""
    pairs = [pair for incident in account.incidents for pair in slugs_of(incident)]
    if not pairs:
        raise NotSeen("the first page has nothing with a slug")
    if all(slug == id_ for slug, id_, _ in pairs):
        return [Fact("slugs", "id", "slugs are the same as ids")]
    if all(slug == name for slug, _, name in pairs):
        if any(slug != slug.lower() or " " in slug for slug, _, _ in pairs):
            return [Fact("slugs", "name", "slugs are the same as names")]
        raise NotSeen("names look like slugs")
    selection = groups([*BY_SLUG, *BY_NAME], account.incidents)
    if not selection:
        raise NotSeen("the first page has too few incidents with different slugs")
    facts = [_slugs(await _ask(group, account), group, account) for group in selection]
    return facts[:1]


def _slugs(verdict: Verdict, group: Group, account: Account) -> Fact:
    if verdict in (Verdict.EXCLUDING, Verdict.ANY):
        return Fact("slugs", "slug", "filters find slugs as answers have them")
    # A single one may have been deleted meanwhile.
    if not group.ids and len(group.matching(account.incidents)) > 1:
        return Fact("slugs", "renamed", "filters do not find slugs as answers have them")
    return Fact("slugs", None, "filters by slugs do not find what they should")


async def ignore(account: Account) -> Iterable[Fact]:
    """The dial `ignore`, from what all probes have seen. It sends no request."""
    if account.dial_values.get("combined") == "any":
        raise NotSeen("an incident need not match all filters")
    return [_ignored(account)]


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


def _ignored(account: Account) -> Fact:
    """The dial `ignore`.

    Raises:
        NotSeen: no filter was tried.
    """
    names = account.ignored
    if len(names) >= _MANY and not account.effective:
        return Fact("ignore", "all", "no filter that was tried has an effect")
    if names >= _OPERATORS:
        # They were only tried with `created_at`.
        names = names - _OPERATORS | {"created_at"}
    if not names and not account.effective:
        raise NotSeen("no filter could be tried")
    untried = _FILTERS - account.ignored - account.effective
    reason = f"an effect is seen of {', '.join(sorted(account.effective)) or 'none'}"
    if untried:
        reason += f"; not tried: {', '.join(sorted(untried))}"
    if names:
        return Fact("ignore", ",".join(sorted(names)), reason)
    return Fact("ignore", None if untried else "none", reason)
