"""A condition on incidents that Rootly cannot filter by, and the result of its check."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from tools.rootly.document import Document, Incident
from tools.rootly.question import Needs


@dataclass(frozen=True)
class Check:
    """The result of a condition for one incident.

    * `holds`: whether the incident meets the condition; None if Rootly's answer does not say. Only
      what is known to meet it is in an answer.
    * `cells`: names and values that the row of the incident gets, such as `linked`.
    * `remarks`: facts for the notes of the condition, such as the full name of a person.
    """

    holds: bool | None
    cells: tuple[tuple[str, Any], ...] = ()
    remarks: tuple[str, ...] = ()


class Condition(Protocol):
    """A condition that is checked on each incident after it was read."""

    @property
    def needs(self) -> Needs:
        """The parts of each incident that Rootly must send."""

    @property
    def columns(self) -> Sequence[str]:
        """The names of all cells that it can add to a row."""

    def check(self, document: Document, incident: Incident) -> Check:
        """Whether *incident*, which is part of *document*, meets the condition."""

    def notes(self, remarks: Counter[str]) -> Iterator[str]:
        """Notes for the reader of the answer.

        *remarks* counts the incidents with each remark. An incident counts if it meets all the
        other conditions of the call.
        """
