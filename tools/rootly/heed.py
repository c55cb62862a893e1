"""Whether Rootly heeded the filters.

Rootly silently ignores a filter that it does not know, and would answer with everything. So where a row shows what was
filtered by, it is checked; a row outside the question is a failure, and never an answer.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

from tools import times
from tools.errors import UnexpectedResponse
from tools.rootly.continuation import Ranges
from tools.rootly.document import Document, Incident, member
from tools.rootly.relations import SLUG_FILTERS
from tools.rootly.values import flag, number, word

_TOLERANCE = timedelta(seconds=1)  # Times are shown rounded.


def _severity(value: Any) -> str | None:
    # A bare string may be the severity's name, which is not what is filtered by.
    return None if isinstance(value, str) else word(member(value).get("slug"))


def _sequential_id(value: Any) -> str | None:
    return None if (found := number(value)) is None else str(found)


_VALUES: Mapping[str, Callable[[Any], Any]] = {
    "status": word,
    "kind": word,
    "private": flag,
    "severity": _severity,
    "sequential_id": _sequential_id,
}


def checked_attributes(filters: Iterable[str], ranges: Ranges) -> frozenset[str]:
    """Rootly's attributes that must be asked for, so that these filters can be checked."""
    return frozenset((*(name for name in filters if name in _VALUES), *ranges))


def checked_relations(filters: Iterable[str]) -> frozenset[str]:
    return frozenset(SLUG_FILTERS[name] for name in filters if name in SLUG_FILTERS)


def check(document: Document, filters: Mapping[str, Any], excluded: Mapping[str, Any], ranges: Ranges) -> None:
    """Raises:
    UnexpectedResponse: a row is outside the question; it names the filter.
    """
    for incident in document.incidents:
        for name in (*_unheeded(document, incident, filters, ranges), *_not_excluded(document, incident, excluded)):
            raise UnexpectedResponse(
                f"Rootly did not heed the filter {name}: it answered with incidents that do not match. "
                "Leave that filter out, and tell the rows apart by what they show."
            )


def _slugs(document: Document, incident: Incident, name: str) -> set[str | None]:
    """In lower case; None for one that the answer does not show."""
    related = document.related(incident, SLUG_FILTERS[name]) or ()
    slugs = [word(r.attributes.get("slug")) if r.attributes else None for r in related]
    return {slug.lower() if slug else None for slug in slugs}


def _not_excluded(document: Document, incident: Incident, excluded: Mapping[str, Any]) -> Iterable[str]:
    for name, unwanted in excluded.items():
        if name in _VALUES:
            shown: Any = _VALUES[name](incident.attributes.get(name))
            if shown is not None and shown in (unwanted if isinstance(unwanted, list) else [unwanted]):
                yield f"exclude.{name}"
        elif name in SLUG_FILTERS:
            # One service that is excluded may stand beside one that is not: Rootly does not document which wins.
            slugs = _slugs(document, incident, name)
            if slugs and slugs <= {value.lower() for value in unwanted}:
                yield f"exclude.{name}"


def _unheeded(document: Document, incident: Incident, filters: Mapping[str, Any], ranges: Ranges) -> Iterable[str]:
    attributes = incident.attributes
    for name, wanted in filters.items():
        if name in _VALUES:
            shown = _VALUES[name](attributes.get(name))
            accepted = {str(value).lower() for value in (wanted if isinstance(wanted, list) else [wanted])}
            if shown is not None and str(shown).lower() not in accepted:
                yield name
        elif name in SLUG_FILTERS:
            slugs = _slugs(document, incident, name)
            if (
                document.related(incident, SLUG_FILTERS[name]) is not None
                and None not in slugs
                and not slugs & {value.lower() for value in wanted}
            ):
                yield name
    for name, bounds in ranges.items():
        if name not in attributes:
            continue
        at = times.parse(attributes[name])
        if at is None and attributes[name] is not None:
            continue  # A broken time is noted where it is shown.
        # Of two bounds at one end, one is the caller's and one a continuation's.
        too_early = (at is not None and at < bounds[op] - _TOLERANCE for op in ("gt", "gte") if op in bounds)
        too_late = (at is not None and at > bounds[op] + _TOLERANCE for op in ("lt", "lte") if op in bounds)
        if at is None or any(too_early) or any(too_late):
            yield name
