"""What each documented filter means, as SQL over the store."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.rootly.errors import RequestError
from sandbox.rootly.instants import TIMES, Instants
from sandbox.timestamps import read

Condition = tuple[str, list[Any]]
"""SQL, and the values of its `?`."""


@dataclass(frozen=True)
class Field:
    """What an incident has under a filter's name, as SQL."""

    wanted: str
    """Whether that is among the values in the JSON list that stands for the one `?`."""
    has_any: str


def _listed(expression: str) -> str:
    return f"{expression} IN (SELECT value FROM json_each(?))"


def _related(relation: str, column: str) -> "Field":
    links = (
        f"SELECT sequential_id FROM links JOIN resources USING (key) WHERE relation = '{relation}'"
    )
    has_any = f"sequential_id IN (SELECT sequential_id FROM links WHERE relation = '{relation}')"
    return Field(f"sequential_id IN ({links} AND {_listed(f'resources.{column}')})", has_any)


def _column(name: str, expression: str | None = None) -> "Field":
    return Field(_listed(expression or name), f"{name} IS NOT NULL")


def _label(forms: str) -> "Field":
    wanted = f"EXISTS (SELECT 1 FROM json_each(labels) AS label JOIN json_each(?) AS wanted ON wanted.value IN ({forms}))"
    return Field(wanted, "labels <> '{}'")


def _one(text: str) -> str:
    return json.dumps([text])


def _any(text: str) -> str:
    # Commas mean "or" (clients ask for `started,mitigated`).
    return json.dumps(text.split(","))


# By a filter's name. Names of things are slugs, but where the name says otherwise.
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
# "Comma-separated" is all that is documented of labels.
_LABELS = {
    "any": _FIELDS["labels"],
    "pair": _label("label.key || ':' || label.value"),
    "key": _label("label.key"),
    "value": _label("label.value"),
}
_ONLY_WITH_OPERATOR = {"causes", "zendesk_ticket_id"}
_ONLY_PLAIN = {"cause", "custom_field_selected_option_ids", "slack_channel_id"}
_COMPARISONS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_VALUES: Mapping[str, Callable[[str], str]] = {
    "eq": _one,
    "not_eq": _one,
    "in": _any,
    "not_in": _any,
}

# Each documented parameter, as its name and its operator.
FILTERS: Mapping[str, tuple[str, str]] = {
    "filter[search]": ("search", "in"),
    **{f"filter[{name}]": (name, "in") for name in _FIELDS if name not in _ONLY_WITH_OPERATOR},
    **{
        f"filter[{name}][{op}]": (name, op)
        for name in _FIELDS
        if name not in _ONLY_PLAIN
        for op in _VALUES
    },
    **{f"filter[{name}][{op}]": (name, op) for name in TIMES for op in _COMPARISONS},
}


def where(query: Iterable[tuple[str, str]], options: Mapping[str, str]) -> Condition:
    """The condition that rows must meet, and its values. Different filters must all be met, unless a dial wants otherwise.

    Raises: RequestError for a blank filter or a date that is none.
    """
    # A filter that is not documented is silently ignored, as the live API does.
    given = [(name, text) for name, text in query if name in FILTERS]
    if any(not text.strip() for _, text in given):
        raise RequestError(500)
    ignored = options["ignore"].split(",")
    given = [(name, text) for name, text in given if not {*FILTERS[name], "all"} & {*ignored}]
    # Clients found that a repeated filter matches nothing.
    conditions = ["0" for _, times in Counter(name for name, _ in given).items() if times > 1]
    values = list[Any]()
    for parameter, text in given:
        condition, its_values = _condition(*FILTERS[parameter], text, options)
        conditions.append(condition)
        values += its_values
    both = " AND " if options["combined"] == "all" else " OR "
    return f"({both.join(conditions)})" if conditions else "1", values


def _condition(name: str, operator: str, text: str, options: Mapping[str, str]) -> Condition:
    if name == "search":
        return "instr(lower(title || char(10) || ifnull(summary, '')), lower(?)) > 0", [text]
    if operator in _COMPARISONS:
        return _comparison(name, operator, text, options)
    field = _LABELS[options["label_filter"]] if name == "labels" else _FIELDS[name]
    value = _VALUES[operator](text)
    if name == "kind" and options["kind_filter"] == "with_sub":
        value = json.dumps([form for kind in json.loads(value) for form in (kind, f"{kind}_sub")])
    if not operator.startswith("not"):
        return field.wanted, [value]
    excluding = f"NOT ifnull({field.wanted}, 0)"
    return excluding if options["excluding"] == "keeps" else f"({excluding} AND {field.has_any})", [
        value
    ]


def _comparison(name: str, operator: str, text: str, options: Mapping[str, str]) -> Condition:
    instants = Instants(options)
    try:
        moment = read(text)
    except ValueError:
        if options["bad_date"] == "refused":
            raise RequestError(400, "Bad Request", f"{text} is not a date") from None
        return ("1" if options["bad_date"] == "ignored" else "0"), []
    return f"{instants.compared(name)} {_COMPARISONS[operator]} ?", [instants.bound(moment)]
