"""The verdict on one row and one filter: whether the row matches, if the row shows that."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any

from tools import times
from tools.rootly.document import Document, Incident
from tools.rootly.question import Needs
from tools.times import Operator


class Verdict(Enum):
    """Whether a row matches a filter.

    MATCHES: The row matches.
    MISMATCH: It certainly does not match.
    OTHER_FORM: It shows another value, perhaps in another form of the same thing: a newer slug, or
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
    """The values that a row shows for a filter.

    `is_complete`: False if the row may have more values than these.
    `is_null`: True if the row has null, or nothing, in this place.
    """

    values: Sequence[Value] = ()
    is_complete: bool = True
    is_null: bool = False

    @property
    def is_certain(self) -> bool:
        """Whether each value certainly is a slug, where the filter compares slugs."""
        return all(value.is_certain for value in self.values)


_NOTHING = Needs()


@dataclass(frozen=True)
class Filter:
    """One of Rootly's filters: where rows show its values, and how these are compared.

    `read`: Reads the row's values for this filter.
    `needs`: The parts to request, so that rows show these values; nothing if no row can.
    `is_exact`: Whether values have only one form. A slug, for example, may have changed.
    `impossible_value`: A value that no incident can have; None if there is no such value.
    `has_sub_kinds`: Whether `normal` may also find `normal_sub`.
    """

    read: Callable[[Document, Incident], RowValues]
    needs: Needs = _NOTHING
    is_exact: bool = True
    impossible_value: str | None = None
    has_sub_kinds: bool = False

    @property
    def is_visible(self) -> bool:
        """Whether a row can show the values of this filter at all."""
        return self.needs != _NOTHING

    def inclusion(self, filter_values: Iterable[str]) -> "Inclusion":
        """The comparison of rows with a question that asks for one of *filter_values*."""
        forms = {value.lower() for value in filter_values}
        if self.has_sub_kinds:
            forms |= {f"{form}_sub" for form in forms}
        return Inclusion(self, frozenset(forms))

    def exclusion(self, filter_values: Iterable[str]) -> "Exclusion":
        """The comparison of rows with a question that excludes *filter_values*."""
        forms = {value.lower() for value in filter_values}
        return Exclusion(self, frozenset(forms))

    @property
    def other_value_verdict(self) -> Verdict:
        """The verdict on a row that shows other values than those of the question."""
        return Verdict.MISMATCH if self.is_exact else Verdict.OTHER_FORM


@dataclass(frozen=True)
class Inclusion:
    """Compares rows with a filter that asks for one of some values, by the `forms` of these."""

    filter: Filter
    forms: frozenset[str]

    def verdict(self, row: RowValues) -> Verdict:
        """Whether the row has one of the values."""
        for value in row.values:
            if not value.forms.isdisjoint(self.forms):
                return Verdict.MATCHES
        is_certain = row.is_certain or not self.filter.is_exact
        if row.is_complete and is_certain:
            return self.filter.other_value_verdict
        return Verdict.HIDDEN


@dataclass(frozen=True)
class Exclusion:
    """Compares rows with a filter that excludes some values, by the `forms` of these."""

    filter: Filter
    forms: frozenset[str]

    def verdict(self, row: RowValues) -> Verdict:
        """Whether the row has none of the values.

        A row may have an excluded service and another service. Rootly does not document whether it
        then leaves the row out.
        """
        others = [value for value in row.values if not self._excludes(value)]
        has_excluded = len(others) < len(row.values)
        if any(value.is_certain for value in others):
            return Verdict.PARTLY_EXCLUDED if has_excluded else Verdict.MATCHES
        if others or not row.is_complete:
            return Verdict.HIDDEN
        if has_excluded:
            return self.filter.other_value_verdict
        return Verdict.MATCHES

    def _excludes(self, value: Value) -> bool:
        if self.filter.is_exact:
            return not value.forms.isdisjoint(self.forms)
        # Compare by letters: another spelling must not hide that Rootly ignored the exclusion.
        forms = value.aliases.union(map(letters, value.forms))
        return not forms.isdisjoint(map(letters, self.forms))


def letters(text: str) -> str:
    """The letters and digits of a slug or a name: SEV-1 is sev1, Checkout API is checkoutapi."""
    return "".join(filter(str.isalnum, text.lower())) or text


_LOWER: tuple[Operator, ...] = ("gt", "gte")
_MINUTE = timedelta(minutes=1)


def time_verdict(value: Any, bounds: Mapping[Operator, datetime]) -> Verdict:
    """The verdict on a row that shows the time *value*, if the filter is a range of times.

    A row may show its time only to the second or to the minute. It is not compared more exactly.
    """
    at = times.parse(value)
    resolution = times.resolution(value)
    if at is None or resolution is None:
        return Verdict.HIDDEN
    distance = _distance(at, bounds)
    if distance <= resolution:
        return Verdict.MATCHES
    if distance < _MINUTE:
        return Verdict.NEAR
    return Verdict.MISMATCH


def _distance(at: datetime, bounds: Mapping[Operator, datetime]) -> timedelta:
    """How far *at* is outside the range; negative if it is inside.

    There may be two bounds at one end: the caller's, and one that paging or counting added.
    """
    distances = []
    for operator, bound in bounds.items():
        distances.append(bound - at if operator in _LOWER else at - bound)
    return max(distances)
