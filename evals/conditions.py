"""Which incidents match a question now: SQL on the sandbox's store, and nothing of how the sandbox answers over HTTP."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from evals.truth import having
from sandbox.store import Store
from sandbox.timestamps import stored

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
    """The numbers of the incidents that match, in this order.

    `question` has the names of `list_incidents`: columns with a value or several, relations with slugs, ids or names, times with
    bounds (a datetime or text with an offset), and `exclude`. It must all hold; of several values, any.
    """
    return [
        row[0]
        for row in store.rows(
            f"SELECT sequential_id FROM incidents WHERE {condition(question)} ORDER BY {order}"
        )
    ]


def condition(question: Mapping[str, Any]) -> str:
    """The SQL that holds for the incidents that match."""
    excluded = [
        f"NOT ifnull({_holds(name, value)}, 0)"
        for name, value in question.get("exclude", {}).items()
    ]
    wanted = [_holds(name, value) for name, value in question.items() if name != "exclude"]
    return " AND ".join(f"({one})" for one in [*wanted, *excluded]) or "1"


def _holds(name: str, value: Any) -> str:
    if isinstance(value, Mapping):
        return " AND ".join(
            f"{name} {OPERATORS[operator]} '{_instant(bound)}'" for operator, bound in value.items()
        )
    values = [str(one) for one in (value if isinstance(value, list | tuple) else [value])]
    if name in RELATIONS:
        return having(RELATIONS[name], *values)
    if name in IDS:
        return having(IDS[name], *values, column="id")
    if name in NAMES:
        return having(NAMES[name], *values, column="name")
    if name == "labels":
        wanted = ", ".join(f"'{one}'" for one in values)
        labels = f"key IN ({wanted}) OR value IN ({wanted}) OR key || ':' || value IN ({wanted})"
        return f"EXISTS (SELECT 1 FROM json_each(labels) WHERE {labels})"
    if name == "private":
        return f"private = {int(value)}"
    return f"{name} IN ({', '.join(repr(one) for one in values)})"


def _instant(bound: datetime | str) -> str:
    return stored(datetime.fromisoformat(bound) if isinstance(bound, str) else bound)
