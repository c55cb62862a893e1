"""The verdict on one row and one filter: does what the row shows match the filter?"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any

from tools import times
from tools.rootly.document import Document, Incident
from tools.times import Operator


class Verdict(Enum):
    """Whether a row matches a filter.

    MATCHES: The row matches.
    MISMATCH: It certainly does not match.
    OTHER_FORM: It shows another value. That may be another form of the same thing: a newer slug, or
        a name or an id instead of a slug.
    HIDDEN: It does not show the value that the filter compares.
    NEAR: Its time is outside the range, but by less than a minute.
    PARTLY_EXCLUDED: It has an excluded value, and another value too.
    """

    MATCHES = auto()
    MISMATCH = auto()
    OTHER_FORM = auto()
    HIDDEN = auto()
    NEAR = auto()
    PARTLY_EXCLUDED = auto()


@dataclass(frozen=True)
class Value:
    """One value of a row, such as a service.

    `forms`: The texts by which a filter finds it, in lower case.
    `aliases`: Its slug and its name, as `letters`.
    `is_certain`: False if it may be a name or an id in the place of a slug.
    """

    forms: frozenset[str]
    aliases: frozenset[str] = frozenset()
    is_certain: bool = True


@dataclass(frozen=True)
class RowValues:
    """What a row shows for a filter.

    `is_complete`: False if the row may have more values than these.
    `is_null`: True if the row has null, or nothing, in this place.
    """

    values: Sequence[Value] = ()
    is_complete: bool = True
    is_null: bool = False


@dataclass(frozen=True)
class Filter:
    """How to compare a row with a filter.

    `read`: Reads the row's values for this filter.
    `attribute`, `relation`: What must be requested, so that rows show these values.
    `is_included`: Whether the relation's resources are needed, and not only their ids.
    `is_exact`: Whether values have only one form. A slug, for example, may have changed.
    `impossible_value`: A value that no incident can have; None if there is no such value.
    `has_sub_kinds`: Whether `normal` may also find `normal_sub`.
    """

    read: Callable[[Document, Incident], RowValues]
    attribute: str | None = None
    relation: str | None = None
    is_included: bool = False
    is_exact: bool = True
    impossible_value: str | None = None
    has_sub_kinds: bool = False

    @property
    def is_visible(self) -> bool:
        """Whether a row can show the values of this filter at all."""
        return self.attribute is not None or self.relation is not None

    def verdict(self, row: RowValues, filter_values: Collection[str]) -> Verdict:
        """The verdict on a row, if the filter asks for one of *filter_values*."""
        forms = {value.lower() for value in filter_values}
        if self.has_sub_kinds:
            forms |= {f"{form}_sub" for form in forms}
        if any(value.forms & forms for value in row.values):
            return Verdict.MATCHES
        if not row.is_complete:
            return Verdict.HIDDEN
        if not self.is_exact:
            return Verdict.OTHER_FORM
        if all(value.is_certain for value in row.values):
            return Verdict.MISMATCH
        return Verdict.HIDDEN

    def exclusion_verdict(self, row: RowValues, filter_values: Collection[str]) -> Verdict:
        """The verdict on a row, if the filter excludes *filter_values*.

        A row may have an excluded service and another service. Rootly does not document whether it
        then leaves the row out.
        """
        others = [value for value in row.values if not self._is_any_of(filter_values, value)]
        if any(value.is_certain for value in others):
            is_free = len(others) == len(row.values)
            return Verdict.MATCHES if is_free else Verdict.PARTLY_EXCLUDED
        if others or not row.is_complete:
            return Verdict.HIDDEN
        if not row.values:
            return Verdict.MATCHES
        return Verdict.MISMATCH if self.is_exact else Verdict.OTHER_FORM

    def _is_any_of(self, filter_values: Collection[str], value: Value) -> bool:
        names = {name.lower() for name in filter_values}
        if self.is_exact:
            return not value.forms.isdisjoint(names)
        # Compare by letters: another spelling must not hide that Rootly ignored the exclusion.
        forms = value.aliases.union(map(letters, value.forms))
        return not forms.isdisjoint(map(letters, names))


def letters(text: str) -> str:
    """The letters and digits of a slug or a name: SEV-1 is sev1, Checkout API is checkoutapi."""
    return "".join(filter(str.isalnum, text.lower())) or text


_LOWER: tuple[Operator, ...] = ("gt", "gte")
_UPPER: tuple[Operator, ...] = ("lt", "lte")
_MINUTE = timedelta(minutes=1)
_CLOCK = re.compile(r"[T ]\d\d:\d\d(?P<seconds>:\d\d([.,](?P<fraction>\d+))?)?")


def time_verdict(value: Any, bounds: Mapping[Operator, datetime]) -> Verdict:
    """The verdict on a row that shows the time *value*, if the filter is a range of times.

    A row may show its time only to the second or to the minute. It is compared as exactly as that.
    """
    at = times.parse(value)
    resolution = _resolution(value) if at else None
    if at is None or resolution is None:
        return Verdict.HIDDEN
    # There may be two bounds at one end: the caller's, and one that paging or counting added.
    early = [bounds[operator] - at for operator in _LOWER if operator in bounds]
    late = [at - bounds[operator] for operator in _UPPER if operator in bounds]
    distance = max(early + late)
    if distance <= resolution:
        return Verdict.MATCHES
    return Verdict.NEAR if distance < _MINUTE else Verdict.MISMATCH


def _resolution(text: str) -> timedelta | None:
    """How exactly a time is shown: a minute, a second or less; None for a date alone."""
    clock = _CLOCK.search(text)
    if clock is None:
        return None
    if not clock["seconds"]:
        return _MINUTE
    digits = len(clock["fraction"] or "")
    return timedelta(seconds=10**-digits)
