"""Answers of Rootly's with a few incidents, and what a condition makes of them."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from tools.rootly.conditions.condition import Check, Condition
from tools.rootly.document import Document
from tools.rootly.parser import parse_document
from tools.rootly.relations import RELATED_ATTRIBUTES

Json = dict[str, Any]


def incident(relationships: Json | None = None, **attributes: Any) -> Json:
    """An incident as Rootly sends it, with these attributes."""
    return {
        "id": "i1",
        "type": "incidents",
        "attributes": attributes,
        "relationships": relationships or {},
    }


def checks(condition: Condition, *incidents: Any, included: Sequence[Json] = ()) -> list[Check]:
    """The check of each incident, in an answer with only what the condition needs."""
    document = _document(condition, {"data": incidents, "included": included})
    return [condition.check(document, one) for one in document.incidents]


def check(condition: Condition, one: Any, included: Sequence[Json] = ()) -> Check:
    """The check of a single incident."""
    [result] = checks(condition, one, included=included)
    return result


def notes(condition: Condition, *incidents: Any) -> list[str]:
    """The notes of a condition that has checked these incidents."""
    remarks: Counter[str] = Counter()
    for result in checks(condition, *incidents):
        remarks.update(result.remarks)
    return [*condition.notes(remarks)]


def _document(condition: Condition, answer: Json) -> Document:
    needs = condition.needs
    return parse_document(
        json.dumps(answer).encode(),
        attributes=needs.attributes,
        relations=needs.relations | needs.references,
        related=RELATED_ATTRIBUTES,
    )
