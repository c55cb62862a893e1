"""The names that incidents have for the filters that take names."""

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches

from tools.rootly.document import Document, Incident, Related
from tools.rootly.relations import NAME_FILTERS, SLUG_FILTERS
from tools.rootly.values import severity
from tools.rootly.verdict import letters
from tools.text import identifier, title

_FILTER_RELATIONS: Mapping[str, str] = {**SLUG_FILTERS, **NAME_FILTERS}
"""The relation that shows the values of a filter."""
FILTERS_BY_NAME = {*_FILTER_RELATIONS, "severity"}


def known_names(document: Document, filter_name: str) -> Collection[str]:
    """The values that the incidents of *document* have for a filter, each once."""
    names: dict[str, None] = {}
    for incident in document.incidents:
        readable_names = filter(None, _names_of(incident, document, filter_name))
        names |= dict.fromkeys(readable_names)
    return names


def similar_names(value: str, known: Collection[str]) -> list[str]:
    """The *known* names that are similar to *value*; none if *value* itself is known."""
    if value in known:
        return []
    # It may be the same in another spelling: SEV-1 for sev1, Checkout API for checkout-api.
    same = [name for name in known if letters(name) == letters(value)]
    if same:
        return same[:3]
    plain = value.lower()
    parts = [name for name in known if _is_part(name.lower(), plain)]
    close = get_close_matches(plain, map(str.lower, known), n=3, cutoff=0.6)
    return sorted(parts)[:3] + [name for name in known if name.lower() in close]


def _is_part(one: str, other: str) -> bool:
    """Whether one of the two names is a part of the other."""
    return one in other or other in one


def _names_of(incident: Incident, document: Document, filter_name: str) -> Iterable[str | None]:
    """The values of one incident for a filter; None for one that is not readable."""
    if filter_name == "severity":
        return [severity(incident.attributes.get("severity"))]
    related = document.related(incident, _FILTER_RELATIONS[filter_name]) or ()
    if filter_name in NAME_FILTERS:
        return map(title, _members(related, "name"))
    return map(identifier, _members(related, "slug"))


def _members(related: Iterable[Related], name: str) -> list[object]:
    """The values of the resources under *name*. Resources with only an id are left out."""
    return [one.attributes.get(name) for one in related if one.attributes]
