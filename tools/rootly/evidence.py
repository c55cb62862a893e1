"""What a row of Rootly's answer shows of each filter, and whether that is what was asked for."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any

from tools import times
from tools.rootly.document import Document, Incident, Related
from tools.rootly.relations import SLUG_FILTERS
from tools.rootly.resource import nested_attributes, nested_id
from tools.rootly.values import flag, number, word
from tools.text import identifier
from tools.times import Operator


class Verdict(Enum):
    """What a row tells of one filter.

    OUTSIDE: it certainly does not match. OTHER: it shows something else, which may be another form
    of the same: a newer slug, or a name or an id for a slug. HIDDEN: it does not show what was asked
    for. NEAR: its time is outside of the range, by less than a minute.
    """

    MATCHES = auto()
    OUTSIDE = auto()
    OTHER = auto()
    HIDDEN = auto()
    NEAR = auto()
    PARTLY = auto()


@dataclass(frozen=True)
class Value:
    """One thing that a row shows, such as a service.

    `forms` are what a filter may ask for, in lower case; `aliases` are the thing's slug and name, as
    `letters`. `is_sure` is false for what may be a name or an id in place of a slug.
    """

    forms: frozenset[str]
    aliases: frozenset[str] = frozenset()
    is_sure: bool = True


@dataclass(frozen=True)
class Shown:
    """What a row has under a filter.

    `is_whole` is false where there may be more than these values; `is_null` is true where nothing is
    there at all.
    """

    values: Sequence[Value] = ()
    is_whole: bool = True
    is_null: bool = False


_NOTHING = Shown(is_whole=False, is_null=True)
_UNREADABLE = Shown(is_whole=False)


@dataclass(frozen=True)
class Filter:
    """How rows show a filter.

    `attribute` or `relation` is asked for along with the filter; a relation is only included where
    its references are not enough. Where `is_exact`, what is shown cannot be another form of what was
    asked for. `nobody` is a value that no incident can have; None where every value that Rootly takes
    is one that incidents have. `has_sub_kinds`: normal may also find normal_sub.
    """

    read: Callable[[Document, Incident], Shown]
    attribute: str | None = None
    relation: str | None = None
    is_included: bool = False
    is_exact: bool = True
    nobody: str | None = None
    has_sub_kinds: bool = False

    @property
    def is_ever_shown(self) -> bool:
        return self.attribute is not None or self.relation is not None

    def including(self, shown: Shown, wanted: Collection[str]) -> Verdict:
        accepted = {value.lower() for value in wanted}
        if self.has_sub_kinds:
            accepted |= {f"{value}_sub" for value in accepted}
        if any(value.forms & accepted for value in shown.values):
            return Verdict.MATCHES
        if not shown.is_whole:
            return Verdict.HIDDEN
        if not self.is_exact:
            return Verdict.OTHER
        return Verdict.OUTSIDE if all(value.is_sure for value in shown.values) else Verdict.HIDDEN

    def excluding(self, shown: Shown, unwanted: Collection[str]) -> Verdict:
        """One service that is excluded may stand beside one that is not.

        Rootly does not document which of them wins.
        """
        refused = {value.lower() for value in unwanted}
        if not self.is_exact:
            # An exclusion that was not heeded must not hide behind another spelling.
            refused = {letters(value) for value in refused}
        kept = [value for value in shown.values if not self._names(value) & refused]
        if any(value.is_sure for value in kept):
            return Verdict.MATCHES if len(kept) == len(shown.values) else Verdict.PARTLY
        if kept or not shown.is_whole:
            return Verdict.HIDDEN
        if not shown.values:
            return Verdict.MATCHES
        return Verdict.OUTSIDE if self.is_exact else Verdict.OTHER

    def _names(self, value: Value) -> frozenset[str]:
        return value.forms if self.is_exact else value.aliases.union(map(letters, value.forms))


def letters(text: str) -> str:
    """The letters and digits of a slug or a name: SEV-1 is sev1, Checkout API is checkout-api."""
    return "".join(filter(str.isalnum, text.lower())) or text


def within(value: Any, bounds: Mapping[Operator, datetime]) -> Verdict:
    """Whether the time that a row shows is within *bounds*, as exactly as it is shown."""
    at = times.parse(value)
    resolution = _resolution(value) if at else None
    if at is None or resolution is None:
        return Verdict.HIDDEN
    # A walk may have added a bound of its own to the caller's at the same end.
    early = [bounds[operator] - at for operator in _LOWER if operator in bounds]
    late = [at - bounds[operator] for operator in _UPPER if operator in bounds]
    outside = max(early + late)
    if outside <= resolution:
        return Verdict.MATCHES
    return Verdict.NEAR if outside < _MINUTE else Verdict.OUTSIDE


_LOWER: tuple[Operator, ...] = ("gt", "gte")
_UPPER: tuple[Operator, ...] = ("lt", "lte")
_MINUTE = timedelta(minutes=1)
_CLOCK = re.compile(r"[T ]\d\d:\d\d(?P<seconds>:\d\d([.,](?P<fraction>\d+))?)?")


def _resolution(shown: str) -> timedelta | None:
    """How exactly a time is shown, a minute at most; None for a date alone."""
    clock = _CLOCK.search(shown)
    if clock is None:
        return None
    if not clock["seconds"]:
        return _MINUTE
    return timedelta(seconds=10 ** -len(clock["fraction"] or ""))


def _attribute(name: str, read: Callable[[Any], Any], **options: Any) -> Filter:
    def shown(_: Document, incident: Incident) -> Shown:
        value = incident.attributes.get(name)
        known = read(value)
        if known is None or known == "":
            return _NOTHING if value is None else _UNREADABLE
        return Shown([Value(frozenset({str(known).lower()}))])

    return Filter(shown, attribute=name, **options)


def _member(name: str, key: str, **options: Any) -> Filter:
    """A filter by a resource that is nested in the attributes."""

    def shown(_: Document, incident: Incident) -> Shown:
        value = incident.attributes.get(name)
        if value is None or value == {"data": None}:
            return _NOTHING
        known = _VALUES[key](Related(nested_id(value), nested_attributes(value)))
        return Shown([known]) if known else _UNREADABLE

    return Filter(shown, attribute=name, **options)


def _related(relation: str, key: str, **options: Any) -> Filter:
    """A filter by a relation of which an incident may have several."""

    def shown(document: Document, incident: Incident) -> Shown:
        related = document.related(incident, relation)
        if related is None:
            return _UNREADABLE
        values = [_VALUES[key](one) for one in related]
        known = [value for value in values if value]
        return Shown(known, is_whole=len(known) == len(values))

    # An id stands in the reference, too. The reference of Rootly's API has none for causes.
    is_included = key != "id" or relation == "causes"
    return Filter(shown, relation=relation, is_included=is_included, **options)


def _by_id(related: Related) -> Value | None:
    known = identifier(related.id)
    # Of a bare string nobody can tell what it is.
    is_bare = related.attributes == {"slug": related.id}
    return Value(frozenset({known.lower()}), is_sure=not is_bare) if known else None


def _by_slug(related: Related) -> Value | None:
    slug = (related.attributes or {}).get("slug")
    if not isinstance(slug, str) or not slug:
        return None
    is_sure = slug != related.id and _SLUG.fullmatch(slug) is not None
    return Value(frozenset({slug.lower()}), _aliases(related), is_sure)


def _by_name(related: Related) -> Value | None:
    name = (related.attributes or {}).get("name")
    if not isinstance(name, str) or not name:
        return None
    return Value(frozenset({name.lower()}), _aliases(related))


def _aliases(related: Related) -> frozenset[str]:
    called = [(related.attributes or {}).get(key) for key in ("slug", "name")]
    return frozenset(letters(text) for text in called if isinstance(text, str))


_SLUG = re.compile(r"[a-z0-9_-]+")
_VALUES = {"id": _by_id, "slug": _by_slug, "name": _by_name}


def _labels(_: Document, incident: Incident) -> Shown:
    """Rootly documents no syntax for what is asked for: a key, a value, or both."""
    labels = incident.attributes.get("labels")
    if isinstance(labels, dict):
        pairs = [*labels.items()]
    elif isinstance(labels, list):
        pairs = [(pair.get("key"), pair.get("value")) for pair in labels if isinstance(pair, dict)]
    else:
        return _NOTHING if labels is None else _UNREADABLE
    known = [_label(key, text) for key, text in pairs if isinstance(key, str)]
    return Shown(known, is_whole=len(known) == len(labels))


def _label(key: str, text: Any) -> Value:
    key, value = key.lower(), "" if text is None else str(text).lower()
    return Value(frozenset({key, value, f"{key}:{value}", f"{key}={value}"} - {""}))


def _flag(value: Any) -> str | None:
    return None if (known := flag(value)) is None else str(known).lower()


_NO_ID = "00000000-0000-4000-8000-000000000000"
_NO_NUMBER = str(2**31 - 1)  # The largest that any database takes for a number.
_NO_NAME = "no-incident-has-this"
_FORMS = {
    "services": ("service_ids", "service_names"),
    "groups": ("team_ids", "team_names"),
    "functionalities": ("functionality_ids", "functionality_names"),
    "environments": ("environment_ids", None),
    "incident_types": ("type_ids", None),
    "causes": ("cause_ids", None),
}
"""Filters by the ids and by the names of a relation."""

FILTERS: Mapping[str, Filter] = {
    "status": _attribute("status", word),
    "kind": _attribute("kind", word, has_sub_kinds=True),
    "private": _attribute("private", _flag),
    "sequential_id": _attribute("sequential_id", number, nobody=_NO_NUMBER),
    "slack_channel_id": _attribute("slack_channel_id", identifier, nobody=_NO_NAME),
    "user_id": _member("user", "id", nobody=_NO_NUMBER),
    "severity": _member("severity", "slug", is_exact=False, nobody=_NO_NAME),
    "severity_id": _member("severity", "id", nobody=_NO_ID),
    "labels": Filter(_labels, attribute="labels", is_exact=False, nobody=_NO_NAME),
    **{
        name: _related(relation, "slug", is_exact=False, nobody=_NO_NAME)
        for name, relation in SLUG_FILTERS.items()
    },
    **{ids: _related(relation, "id", nobody=_NO_ID) for relation, (ids, _) in _FORMS.items()},
    **{
        names: _related(relation, "name", is_exact=False, nobody=_NO_NAME)
        for relation, (_, names) in _FORMS.items()
        if names
    },
    # They stand in the custom fields, which are many and large. Asking once more is cheaper.
    "custom_field_selected_option_ids": Filter(lambda *_: _UNREADABLE, nobody=_NO_ID),
}
"""By the name of the argument. `search` is not among them: words are compared in an unknown way."""
