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
_BY_COLUMN = {"slug": RELATIONS, "id": IDS, "name": NAMES}
"""By the column that is compared, the arguments for related resources and their relations."""
OPERATORS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def matching(
    store: Store, question: Mapping[str, Any], order: str = "created_at DESC, sequential_id"
) -> list[int]:
    """The numbers of the incidents that match *question*, in this order.

    A question has arguments of `list_incidents`: columns with one value or several, relations with
    slugs, ids or names, times with bounds (datetimes, or texts with an offset), and `exclude`.
    An incident must match every argument. It matches an argument with several values if it has one
    of them.
    """
    sql = f"SELECT sequential_id FROM incidents WHERE {condition(question)} ORDER BY {order}"
    return store.values(sql)


def condition(question: Mapping[str, Any]) -> str:
    """*question* as an SQL condition."""
    filters = dict(question)
    excluded = filters.pop("exclude", {})
    conditions = [f"({_matches(name, value)})" for name, value in filters.items()]
    for name, value in excluded.items():
        conditions.append(f"(NOT ifnull({_matches(name, value)}, 0))")
    return " AND ".join(conditions) or "1"


def _matches(name: str, value: Any) -> str:
    """The condition of one argument."""
    if isinstance(value, Mapping):
        return _is_within(name, value)
    values = _texts(value)
    for column, relations in _BY_COLUMN.items():
        if name in relations:
            return having(relations[name], *values, column=column)
    if name == "labels":
        return _has_label(values)
    if name == "private":
        return f"private = {int(value)}"
    return f"{name} IN ({_quoted(values)})"


def _texts(value: Any) -> list[str]:
    """The value or the values, as texts."""
    if isinstance(value, list | tuple):
        return [*map(str, value)]
    return [str(value)]


def _has_label(values: Sequence[str]) -> str:
    listed = f"IN ({_quoted(values)})"
    is_listed = f"key {listed} OR value {listed} OR key || ':' || value {listed}"
    return f"EXISTS (SELECT 1 FROM json_each(labels) WHERE {is_listed})"


def _is_within(name: str, bounds: Mapping[str, datetime | str]) -> str:
    conditions = []
    for operator, bound in bounds.items():
        if isinstance(bound, str):
            bound = datetime.fromisoformat(bound)
        conditions.append(f"{name} {OPERATORS[operator]} '{utc_text(bound)}'")
    return " AND ".join(conditions)


def _quoted(values: Sequence[str]) -> str:
    return ", ".join(f"'{value}'" for value in values)
