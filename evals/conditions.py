"""The incidents that match a question, by SQL on the sandbox's data.

It shares no code with the sandbox's own filters.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from evals.truth import having
from sandbox.store import Store
from sandbox.timestamps import utc_text

RELATIONS = {
    "severity": "severity",
    "services": "services",
    "environments": "environments",
    "teams": "groups",
    "types": "incident_types",
    "functionalities": "functionalities",
    "cause": "causes",
    "causes": "causes",
}
IDS = {
    "severity_id": "severity",
    "user_id": "user",
    "service_ids": "services",
    "environment_ids": "environments",
    "team_ids": "groups",
    "type_ids": "incident_types",
    "functionality_ids": "functionalities",
    "cause_ids": "causes",
    "custom_field_selected_option_ids": "custom_field_options",
}
NAMES = {
    "service_names": "services",
    "team_names": "groups",
    "functionality_names": "functionalities",
}
OPERATORS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def matching(
    store: Store, question: Mapping[str, Any], order: str = "created_at DESC, sequential_id"
) -> list[int]:
    """The numbers of the incidents that match *question*, in this order.

    A question has arguments of `list_incidents`: columns with one value or several, relations with
    slugs, ids or names, times with bounds (datetimes, or texts with an offset), and `exclude`.
    An incident must match all arguments, and one of several values.
    """
    sql = f"SELECT sequential_id FROM incidents WHERE {condition(question)} ORDER BY {order}"
    return [row[0] for row in store.rows(sql)]


def condition(question: Mapping[str, Any]) -> str:
    """*question* as an SQL condition."""
    conditions = [_matches(name, value) for name, value in question.items() if name != "exclude"]
    for name, value in question.get("exclude", {}).items():
        conditions.append(f"NOT ifnull({_matches(name, value)}, 0)")
    return " AND ".join(f"({condition})" for condition in conditions) or "1"


def _matches(name: str, value: Any) -> str:
    if isinstance(value, Mapping):
        return _is_within(name, value)
    values = [str(item) for item in (value if isinstance(value, list | tuple) else [value])]
    if name in RELATIONS:
        return having(RELATIONS[name], *values)
    if name in IDS:
        return having(IDS[name], *values, column="id")
    if name in NAMES:
        return having(NAMES[name], *values, column="name")
    if name == "labels":
        return _has_label(values)
    if name == "private":
        return f"private = {int(value)}"
    return f"{name} IN ({_quoted(values)})"


def _has_label(values: Sequence[str]) -> str:
    forms = ("key", "value", "key || ':' || value")
    labels = " OR ".join(f"{form} IN ({_quoted(values)})" for form in forms)
    return f"EXISTS (SELECT 1 FROM json_each(labels) WHERE {labels})"


def _is_within(name: str, bounds: Mapping[str, datetime | str]) -> str:
    conditions = []
    for operator, bound in bounds.items():
        moment = datetime.fromisoformat(bound) if isinstance(bound, str) else bound
        conditions.append(f"{name} {OPERATORS[operator]} '{utc_text(moment)}'")
    return " AND ".join(conditions)


def _quoted(values: Sequence[str]) -> str:
    return ", ".join(f"'{value}'" for value in values)
