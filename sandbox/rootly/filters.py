"""What each documented filter means, as SQL over the store."""

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sandbox.rootly.errors import RequestError
from sandbox.timestamps import read, stored


@dataclass(frozen=True)
class Filter:
    condition: str
    """SQL with one `?`."""
    value: Callable[[str], Any]
    """The parameter's text as what stands for the `?`."""


def _listed(expression: str) -> str:
    return f"{expression} IN (SELECT value FROM json_each(?))"


def _related(relation: str, column: str) -> str:
    links = f"SELECT sequential_id FROM links JOIN resources USING (key) WHERE relation = '{relation}'"
    return f"sequential_id IN ({links} AND {_listed(f'resources.{column}')})"


def _one(text: str) -> str:
    return json.dumps([text])


def _any(text: str) -> str:
    # Commas mean "or" (clients ask for `started,mitigated`).
    return json.dumps(text.split(","))


def _instant(text: str) -> str:
    try:
        return stored(read(text))
    except ValueError:
        raise RequestError(400, "Bad Request", f"{text} is not a date") from None


# What an incident has under a filter's name. Names of things are slugs, but where the name says otherwise.
_FIELDS = {
    "kind": _listed("kind"),
    "status": _listed("status"),
    "private": _listed("iif(private, 'true', 'false')"),
    "user_id": _related("user", "id"),
    "severity": _related("severity", "slug"),
    "severity_id": _related("severity", "id"),
    # "Comma-separated" is all that is documented; a key, a value and `key:value` are all taken.
    "labels": "EXISTS (SELECT 1 FROM json_each(labels) AS label JOIN json_each(?) AS wanted"
    " ON wanted.value IN (label.key, label.value, label.key || ':' || label.value))",
    "types": _related("incident_types", "slug"),
    "type_ids": _related("incident_types", "id"),
    "environments": _related("environments", "slug"),
    "environment_ids": _related("environments", "id"),
    "functionalities": _related("functionalities", "slug"),
    "functionality_ids": _related("functionalities", "id"),
    "functionality_names": _related("functionalities", "name"),
    "services": _related("services", "slug"),
    "service_ids": _related("services", "id"),
    "service_names": _related("services", "name"),
    "teams": _related("groups", "slug"),
    "team_ids": _related("groups", "id"),
    "team_names": _related("groups", "name"),
    "cause": _related("causes", "slug"),
    "causes": _related("causes", "slug"),
    "cause_ids": _related("causes", "id"),
    "custom_field_selected_option_ids": _related("custom_field_options", "id"),
    "slack_channel_id": _listed("slack_channel_id"),
    "sequential_id": _listed("CAST(sequential_id AS TEXT)"),
    "zendesk_ticket_id": _listed("zendesk_ticket_id"),
}
_ONLY_WITH_OPERATOR = {"causes", "zendesk_ticket_id"}
_ONLY_PLAIN = {"cause", "custom_field_selected_option_ids", "slack_channel_id"}
_TIMES = ("created_at", "updated_at", "started_at", "detected_at", "acknowledged_at", "mitigated_at", "resolved_at",
          "closed_at", "in_triage_at")  # fmt: skip
_COMPARISONS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_OPERATORS: dict[str, tuple[str, Callable[[str], str]]] = {
    "eq": ("{}", _one),
    "not_eq": ("NOT ifnull({}, 0)", _one),
    "in": ("{}", _any),
    "not_in": ("NOT ifnull({}, 0)", _any),
}

FILTERS = {
    "filter[search]": Filter("instr(lower(title || char(10) || ifnull(summary, '')), lower(?)) > 0", str),
    **{f"filter[{name}]": Filter(condition, _any) for name, condition in _FIELDS.items() if name not in _ONLY_WITH_OPERATOR},
    **{
        f"filter[{name}][{operator}]": Filter(form.format(condition), value)
        for name, condition in _FIELDS.items()
        if name not in _ONLY_PLAIN
        for operator, (form, value) in _OPERATORS.items()
    },
    **{
        f"filter[{name}][{operator}]": Filter(f"{name} {sign} ?", _instant)
        for name in _TIMES
        for operator, sign in _COMPARISONS.items()
    },
}


def where(query: Iterable[tuple[str, str]]) -> tuple[str, list[Any]]:
    """The condition that rows must meet, and its values. Different filters must all be met.

    Raises: RequestError for a blank filter or a date that is none.
    """
    # A filter that is not documented is silently ignored, as the live API does.
    given = [(name, text) for name, text in query if name in FILTERS]
    if any(not text.strip() for _, text in given):
        raise RequestError(500)
    # Clients found that a repeated filter matches nothing.
    conditions = ["0" for _, times in Counter(name for name, _ in given).items() if times > 1]
    conditions += [FILTERS[name].condition for name, _ in given]
    return " AND ".join(conditions) or "1", [FILTERS[name].value(text) for name, text in given]
