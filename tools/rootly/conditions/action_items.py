"""The condition `action_items`: the incident has action items that are open, or overdue."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, ClassVar

from tools import times
from tools.arguments import OneOf
from tools.json_values import texts
from tools.rootly.conditions.condition import Check
from tools.rootly.document import Document, Incident
from tools.rootly.json_api import Attributes
from tools.rootly.question import Needs
from tools.rootly.relations import RELATIONS
from tools.rootly.shape import Shape

_OPEN = ("open", "in_progress")
_ENDED = ("done", "cancelled")
_STATES = ("open", "overdue")
_SYNONYMS = {
    "in_progress": "open",
    "incomplete": "open",
    "outstanding": "open",
    "pending": "open",
    "todo": "open",
    "unfinished": "open",
    "due": "overdue",
    "late": "overdue",
    "past_due": "overdue",
}

ActionItemState = Annotated[
    str, OneOf(_STATES, _SYNONYMS, remark="; this finds open or overdue ones")
]

_RELATION = "action_items"
_PARTS = RELATIONS[_RELATION].shape.parts
_SHAPE = Shape({key: _PARTS[key] for key in ("summary", "status", "person", "due")})
"""What a reader asks for next: which items, and whose? `include` has the rest."""
_MOST_ITEMS = 5
"""How many items a row has; the others are counted."""

_UNKNOWN = "unknown"
_UNREADABLE = "unreadable"
_BY_ID = "by id"
_NOTES: Mapping[str, str] = {
    _UNKNOWN: "Left out by where.action_items: {count} of the incidents, because Rootly's answer "
    "does not show their action items.",
    _UNREADABLE: "where.action_items: {count} of the incidents have items whose status or due date "
    "is not readable. Such items do not count.",
    _BY_ID: "Rootly's answer does not name some people of action_items: shown by id.",
}
"""The note on each remark."""


@dataclass(frozen=True)
class ActionItemsCondition:
    """The incident has an action item that is open; if `only_overdue`, one that is overdue.

    An item is overdue if it is open and was due before `today`, in UTC. The cell `action_items`
    shows a few of the items that meet the condition, and then how many more there are.
    """

    only_overdue: bool
    today: date
    columns: ClassVar[Sequence[str]] = (_RELATION,)
    needs: ClassVar[Needs] = Needs(relations=frozenset({_RELATION}))

    @classmethod
    def of(cls, state: str, now: datetime) -> "ActionItemsCondition":
        """The condition for the value of the argument."""
        return cls(state == "overdue", now.astimezone(UTC).date())

    def check(self, document: Document, incident: Incident) -> Check:
        """Whether *incident* has such an item."""
        items = document.related(incident, _RELATION)
        if items is None:
            return Check(None, remarks=(_UNKNOWN,))
        attributes = [item.attributes or {} for item in items]
        results = [self._meets(one) for one in attributes]
        matches = [one for one, meets in zip(attributes, results, strict=True) if meets]
        remarks = [_UNREADABLE] if None in results else []
        if not matches:
            return Check(None if remarks else False, remarks=(*remarks,))
        cell, is_by_id = _cell(matches)
        if is_by_id:
            remarks.append(_BY_ID)
        return Check(True, ((_RELATION, cell),) if cell else (), (*remarks,))

    def _meets(self, item: Attributes) -> bool | None:
        """Whether *item* meets the condition; None if Rootly's answer does not say."""
        is_open = _is_open(item)
        if not is_open or not self.only_overdue:
            return is_open
        return self._is_past(item)

    def _is_past(self, item: Attributes) -> bool | None:
        """Whether *item* was due before today. Without a due date it was not."""
        value = item.get("due_date")
        if value is None or value == "":
            return False
        due = times.parse(value)
        if due is None:
            return None
        return due.date() < self.today

    def notes(self, remarks: Counter[str]) -> Iterator[str]:
        """Notes on items that are not known."""
        for remark, text in _NOTES.items():
            if remark in remarks:
                yield text.format(count=remarks[remark])


def _cell(matches: Sequence[Attributes]) -> tuple[list[Any], bool]:
    """A few of the items, then how many more there are; and whether a person is shown by id."""
    readings = [_SHAPE.read(attributes) for attributes in matches[:_MOST_ITEMS]]
    cell = [reading.value for reading in readings if reading.value]
    if len(matches) > len(cell):
        cell.append({"more": len(matches) - len(cell)})
    return cell, any(reading.is_by_id for reading in readings)


def _is_open(item: Attributes) -> bool | None:
    """Whether *item* is not done yet; None for a status that Rootly does not document."""
    for status in texts(item.get("status")):
        plain = status.lower()
        if plain in (*_OPEN, *_ENDED):
            return plain in _OPEN
    return None
