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
from tools.rootly.relations import SLUGS
from tools.rootly.values import flag
from tools.text import identifier

_TOLERANCE = timedelta(seconds=1)  # Times are shown rounded.


def _severity(value: Any) -> str | None:
    # A bare string may be the severity's name, which is not what is filtered by.
    return None if isinstance(value, str) else identifier(member(value).get("slug"))


_VALUES: Mapping[str, Callable[[Any], Any]] = {
    "status": identifier,
    "kind": identifier,
    "private": flag,
    "severity": _severity,
}


def checked_attributes(filters: Iterable[str], ranges: Ranges) -> frozenset[str]:
    """Rootly's attributes that must be asked for, so that these filters can be checked."""
    return frozenset((*(name for name in filters if name in _VALUES), *ranges))


def checked_relations(filters: Iterable[str]) -> frozenset[str]:
    return frozenset(SLUGS[name] for name in filters if name in SLUGS)


def check(document: Document, filters: Mapping[str, Any], ranges: Ranges) -> None:
    """Raises:
    UnexpectedResponse: a row is outside the question; it names the filter.
    """
    for incident in document.incidents:
        for name in _unheeded(document, incident, filters, ranges):
            raise UnexpectedResponse(
                f"Rootly did not heed the filter {name}: it answered with incidents that do not match. "
                "Leave that filter out, and tell the rows apart by what they show."
            )


def _unheeded(document: Document, incident: Incident, filters: Mapping[str, Any], ranges: Ranges) -> Iterable[str]:
    attributes = incident.attributes
    for name, wanted in filters.items():
        if name in _VALUES:
            shown = _VALUES[name](attributes.get(name))
            if shown is not None and shown not in (wanted if isinstance(wanted, list) else [wanted]):
                yield name
        elif name in SLUGS:
            related = document.related(incident, SLUGS[name])
            slugs = [identifier(r.attributes.get("slug")) if r.attributes else None for r in related]
            if (None not in slugs) and not {str(s).lower() for s in slugs} & {w.lower() for w in wanted}:
                yield name
    for name, bounds in ranges.items():
        if name not in attributes:
            continue
        at = times.parse(attributes[name])
        if at is None and attributes[name] is not None:
            continue  # A broken time is noted where it is shown.
        lower, upper = bounds.get("gte", bounds.get("gt")), bounds.get("lte", bounds.get("lt"))
        if at is None or (lower and at < lower - _TOLERANCE) or (upper and at > upper + _TOLERANCE):
            yield name
