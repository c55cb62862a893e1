"""The condition `parent`: the incident is a sub-incident of another one."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from tools.rootly import ROOTLY
from tools.rootly.conditions.condition import Check
from tools.rootly.document import Document, Incident
from tools.rootly.question import Needs, Question
from tools.rootly.vocabulary import KINDS
from tools.text import identifier
from tools.validation import invalid

_SUB = "_sub"
_UNKNOWN = "unknown"


@dataclass(frozen=True)
class ParentCondition:
    """The incident is a direct child of the one with the id `parent_id`, which is Rootly's id."""

    parent_id: str
    columns: ClassVar[Sequence[str]] = ()
    needs: ClassVar[Needs] = Needs(attributes=frozenset({"parent_incident_id"}))

    def check(self, document: Document, incident: Incident) -> Check:
        """Whether *incident* names the parent."""
        parent_id = identifier(incident.attributes.get("parent_incident_id"))
        if parent_id is None:
            return Check(None, remarks=(_UNKNOWN,))
        return Check(parent_id == self.parent_id)

    def notes(self, remarks: Counter[str]) -> Iterator[str]:
        """A note on sub-incidents of which nobody knows the parent."""
        if _UNKNOWN in remarks:
            yield (
                f"Left out by where.parent: {remarks[_UNKNOWN]} of the sub-incidents, because "
                "Rootly's answer does not name their parents."
            )


def narrow_to_sub_incidents(question: Question) -> Question:
    """*question* with `kind` narrowed to sub-incidents: to those of the kinds that it asks for.

    `normal` becomes `normal_sub`, and `normal_sub` stays.

    Raises:
        InvalidArguments: the question leaves no kind of sub-incident.
    """
    kinds = _sub_kinds(question.filters.get("kind") or KINDS)
    excluded = question.excluded.get("kind") or ()
    if {*kinds} <= {*excluded}:
        problem = (
            "leaves no sub-incidents, which where.parent asks for: leave it out, "
            f"or let it leave one of {', '.join(_sub_kinds(KINDS))}"
        )
        name = "kind" if not kinds else "exclude.kind"
        raise invalid([{"argument": name, "problem": problem}], ROOTLY.title)
    return replace(question, filters={**question.filters, "kind": kinds})


def _sub_kinds(kinds: Sequence[str]) -> list[str]:
    """The kinds of the sub-incidents of *kinds*, each once."""
    sub_kinds = [kind.removesuffix(_SUB) + _SUB for kind in kinds]
    return [kind for kind in dict.fromkeys(sub_kinds) if kind in KINDS]
