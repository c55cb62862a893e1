"""The documented filters, as SQL conditions."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.rootly.errors import RequestError
from sandbox.rootly.instants import TIMES, Instants
from sandbox.timestamps import parse

Condition = tuple[str, list[Any]]
"""SQL, and the values for its `?`."""


@dataclass(frozen=True)
class Field:
    """Two SQL conditions about one property of incidents."""

    matches: str
    """The incident has one of the values in a JSON list. The list is the value for the only `?`."""
    has_any: str
    """The incident has any value."""


def _listed(expression: str) -> str:
    return f"{expression} IN (SELECT value FROM json_each(?))"


def _related(relation: str, column: str) -> Field:
    links = (
        f"SELECT sequential_id FROM links JOIN resources USING (key) WHERE relation = '{relation}'"
    )
    has_any = f"sequential_id IN (SELECT sequential_id FROM links WHERE relation = '{relation}')"
    return Field(f"sequential_id IN ({links} AND {_listed(f'resources.{column}')})", has_any)


def _column(name: str, expression: str | None = None) -> Field:
    return Field(_listed(expression or name), f"{name} IS NOT NULL")


def _label(forms: str) -> Field:
    matches = (
        "EXISTS (SELECT 1 FROM json_each(labels) AS label"
        f" JOIN json_each(?) AS wanted ON wanted.value IN ({forms}))"
    )
    return Field(matches, "labels <> '{}'")


def _one(text: str) -> list[str]:
    return [text]


def _any(text: str) -> list[str]:
    # A comma means "or": clients send `started,mitigated`.
    return text.split(",")


# By the name of the filter. Most filters for resources take slugs.
_FIELDS = {
    "kind": _column("kind"),
    "status": _column("status"),
    "private": _column("private", "iif(private, 'true', 'false')"),
    "user_id": _related("user", "id"),
    "severity": _related("severity", "slug"),
    "severity_id": _related("severity", "id"),
    "labels": _label("label.key, label.value, label.key || ':' || label.value"),
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
    "slack_channel_id": _column("slack_channel_id"),
    "sequential_id": _column("sequential_id", "CAST(sequential_id AS TEXT)"),
    "zendesk_ticket_id": _column("zendesk_ticket_id"),
}
# By the dial `label_filter`. The documentation says only that labels are "comma-separated".
_LABELS = {
    "any": _FIELDS["labels"],
    "pair": _label("label.key || ':' || label.value"),
    "key": _label("label.key"),
    "value": _label("label.value"),
}
_ONLY_WITH_OPERATOR = {"causes", "zendesk_ticket_id"}
_ONLY_PLAIN = {"cause", "custom_field_selected_option_ids", "slack_channel_id"}
_COMPARISONS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_CONJUNCTIONS = {"all": " AND ", "any": " OR "}
# By the dial `bad_date`: the condition for an invalid date that is not refused.
_BAD_DATES = {"ignored": "1", "nothing": "0"}
_VALUES: Mapping[str, Callable[[str], list[str]]] = {
    "eq": _one,
    "not_eq": _one,
    "in": _any,
    "not_in": _any,
}


def _documented_filters() -> dict[str, tuple[str, str]]:
    filters = {"filter[search]": ("search", "in")}
    for name in _FIELDS:
        if name not in _ONLY_WITH_OPERATOR:
            filters[f"filter[{name}]"] = (name, "in")
        if name not in _ONLY_PLAIN:
            filters |= _with_operators(name, _VALUES)
    for name in TIMES:
        filters |= _with_operators(name, _COMPARISONS)
    return filters


def _with_operators(name: str, operators: Iterable[str]) -> dict[str, tuple[str, str]]:
    return {f"filter[{name}][{operator}]": (name, operator) for operator in operators}


FILTERS: Mapping[str, tuple[str, str]] = _documented_filters()
"""Each documented parameter, with its name and its operator."""


def where(query: Iterable[tuple[str, str]], options: Mapping[str, str]) -> Condition:
    """The condition for the rows. They must match all filters, unless a dial says otherwise.

    Raises:
        RequestError: a filter is blank, or not a valid date.
    """
    filters = _effective(query, options)
    if not filters:
        return "1", []
    conditions, values = list[str](), list[Any]()
    if len(dict(filters)) < len(filters):
        # Clients found that a repeated filter matches nothing.
        conditions.append("0")
    for parameter, text in filters:
        condition, its_values = _condition(*FILTERS[parameter], text, options)
        conditions.append(condition)
        values += its_values
    conjunction = _CONJUNCTIONS[options["combined"]]
    return f"({conjunction.join(conditions)})", values


def _effective(
    query: Iterable[tuple[str, str]], options: Mapping[str, str]
) -> list[tuple[str, str]]:
    """The parameters of the query that filter.

    Raises:
        RequestError: a filter is blank.
    """
    ignored = {*options["ignore"].split(",")}
    filters = []
    for parameter, text in query:
        # The live API silently ignores a filter that is not documented.
        if parameter not in FILTERS:
            continue
        if not text.strip():
            raise RequestError(500)
        if ignored.isdisjoint({"all", *FILTERS[parameter]}):
            filters.append((parameter, text))
    return filters


def _condition(name: str, operator: str, text: str, options: Mapping[str, str]) -> Condition:
    if name == "search":
        return "instr(lower(title || char(10) || ifnull(summary, '')), lower(?)) > 0", [text]
    if operator in _COMPARISONS:
        return _comparison(name, operator, text, options)
    field = _FIELDS[name]
    if name == "labels":
        field = _LABELS[options["label_filter"]]
    values = _VALUES[operator](text)
    if name == "kind" and options["kind_filter"] == "with_sub":
        values += [f"{kind}_sub" for kind in values]
    condition = field.matches
    if operator.startswith("not"):
        condition = _negated(field, options)
    return condition, [json.dumps(values)]


def _negated(field: Field, options: Mapping[str, str]) -> str:
    condition = f"NOT ifnull({field.matches}, 0)"
    if options["excluding"] == "drops":
        return f"({condition} AND {field.has_any})"
    return condition


def _comparison(name: str, operator: str, text: str, options: Mapping[str, str]) -> Condition:
    instants = Instants(options)
    try:
        moment = parse(text)
    except ValueError:
        if options["bad_date"] == "refused":
            raise RequestError(400, "Bad Request", f"{text} is not a date") from None
        return _BAD_DATES[options["bad_date"]], []
    return f"{instants.compared(name)} {_COMPARISONS[operator]} ?", [instants.bound(moment)]
