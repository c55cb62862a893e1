"""Checks all conditions of a call on each incident that was read."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from tools.rootly.conditions.condition import Check, Condition
from tools.rootly.document import Document, Incident
from tools.rootly.question import Needs

T = TypeVar("T")

Cells = Mapping[str, Any]
"""The names and values that the conditions add to the row of an incident."""
MakeRecord = Callable[[Document, Incident, Cells], T]
"""Makes the record of an incident that meets all conditions."""


@dataclass(frozen=True, slots=True)
class Candidate(Generic[T]):
    """An incident that was read and checked.

    * `record`: None if the incident is not known to meet all conditions.
    * `is_unknown`: whether it may meet them all, but Rootly's answer does not say.
    * `remarks`: each remark with the place of its condition.
    """

    record: T | None
    is_unknown: bool = False
    remarks: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class Conditions:
    """All conditions of a call. An incident has to meet each of them."""

    members: Sequence[Condition] = ()

    def __bool__(self) -> bool:
        return bool(self.members)

    @property
    def needs(self) -> Needs:
        """The parts of each incident that Rootly must send for the checks."""
        needs = Needs()
        for condition in self.members:
            needs |= condition.needs
        return needs

    @property
    def columns(self) -> list[str]:
        """The names of all cells that the conditions can add to a row."""
        return [name for condition in self.members for name in condition.columns]

    def recorder(self, make: MakeRecord[T]) -> Callable[[Document, Incident], Candidate[T]]:
        """A function that checks an incident, and makes its record if it meets the conditions."""
        return partial(self._candidate, make)

    def _candidate(
        self, make: MakeRecord[T], document: Document, incident: Incident
    ) -> Candidate[T]:
        checks = [condition.check(document, incident) for condition in self.members]
        remarks = _remarks(checks)
        if not all(check.holds for check in checks):
            is_unknown = not any(check.holds is False for check in checks)
            return Candidate(None, is_unknown, remarks)
        cells = {name: cell for check in checks for name, cell in check.cells}
        return Candidate(make(document, incident, cells), remarks=remarks)

    def notes(self, candidates: Iterable[Candidate[Any]]) -> list[str]:
        """What the reader of the answer must know about the conditions."""
        counts: list[Counter[str]] = [Counter() for _ in self.members]
        for candidate in candidates:
            for place, remark in candidate.remarks:
                counts[place][remark] += 1
        notes: list[str] = []
        for condition, remarks in zip(self.members, counts, strict=True):
            notes += condition.notes(remarks)
        return notes


def records(candidates: Iterable[Candidate[T]]) -> Iterator[T]:
    """The records of the incidents that meet all conditions."""
    for candidate in candidates:
        if candidate.record is not None:
            yield candidate.record


def all_are_known(candidates: Iterable[Candidate[Any]]) -> bool:
    """Whether it is known of each incident whether it meets all conditions."""
    return not any(candidate.is_unknown for candidate in candidates)


def _remarks(checks: Sequence[Check]) -> tuple[tuple[int, str], ...]:
    """The remarks of each condition, if the incident may meet all the others."""
    failed = {place for place, check in enumerate(checks) if check.holds is False}
    remarks: list[tuple[int, str]] = []
    for place, check in enumerate(checks):
        if failed <= {place}:
            remarks += [(place, remark) for remark in check.remarks]
    return (*remarks,)
