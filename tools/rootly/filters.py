"""Rootly's filters: where a row shows the values of each of them, and how they are compared."""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from tools.json_values import as_mapping, texts
from tools.rootly.document import Document, Incident, Related
from tools.rootly.json_api import nested_attributes, nested_id
from tools.rootly.question import Needs
from tools.rootly.relations import NAME_FILTERS, SLUG_FILTERS
from tools.rootly.values import flag, label_pairs, number, word
from tools.rootly.verdict import Filter, RowValues, Value, letters
from tools.text import identifier

_SLUG = re.compile(r"[a-z0-9_-]+")
_NO_VALUE = RowValues(is_complete=False, is_null=True)
_UNREADABLE = RowValues(is_complete=False)


def _by_attribute(name: str, read: Callable[[Any], Any], **options: Any) -> Filter:
    """A filter by a plain attribute, such as the status."""

    def values(_: Document, incident: Incident) -> RowValues:
        attribute = incident.attributes.get(name)
        if attribute is None:
            return _NO_VALUE
        value = read(attribute)
        if value is None or value == "":
            return _UNREADABLE
        form = str(value).lower()
        return RowValues([Value(frozenset({form}))])

    return Filter(values, Needs(attributes=frozenset({name})), **options)


def _by_member(name: str, read: Callable[[Related], Value | None], **options: Any) -> Filter:
    """A filter by a single resource that is nested in the attributes, such as the severity."""

    def values(_: Document, incident: Incident) -> RowValues:
        attribute = incident.attributes.get(name)
        if attribute is None or attribute == {"data": None}:
            return _NO_VALUE
        value = read(Related(nested_id(attribute), nested_attributes(attribute)))
        return RowValues([value]) if value else _UNREADABLE

    return Filter(values, Needs(attributes=frozenset({name})), **options)


def _by_relation(relation: str, read: Callable[[Related], Value | None], **options: Any) -> Filter:
    """A filter by a relation of which an incident may have several, such as services."""

    def values(document: Document, incident: Incident) -> RowValues:
        resources = document.related(incident, relation)
        if resources is None:
            return _UNREADABLE
        readable = [value for value in map(read, resources) if value]
        return RowValues(readable, is_complete=len(readable) == len(resources))

    return Filter(values, _relation_needs(relation, read), **options)


def _relation_needs(relation: str, read: Callable[[Related], Value | None]) -> Needs:
    relations = frozenset({relation})
    # References have ids, too, but Rootly's API reference documents none for causes.
    if read is _id and relation != "causes":
        return Needs(references=relations)
    return Needs(relations=relations, references=relations)


def _id(resource: Related) -> Value | None:
    id_ = identifier(resource.id)
    if not id_:
        return None
    # A bare string may be an id, a slug or a name.
    is_bare = resource.attributes == {"slug": resource.id}
    return Value(frozenset({id_.lower()}), is_certain=not is_bare)


def _slug(resource: Related) -> Value | None:
    slug = _text(resource, "slug")
    if not slug:
        return None
    is_certain = slug != resource.id and _SLUG.fullmatch(slug) is not None
    return Value(frozenset({slug.lower()}), _aliases(resource), is_certain)


def _name(resource: Related) -> Value | None:
    name = _text(resource, "name")
    if not name:
        return None
    return Value(frozenset({name.lower()}), _aliases(resource))


def _aliases(resource: Related) -> frozenset[str]:
    attributes = as_mapping(resource.attributes)
    return frozenset(map(letters, texts(attributes.get("slug"), attributes.get("name"))))


def _text(resource: Related, attribute: str) -> str | None:
    """A text of the resource that is not empty."""
    value = as_mapping(resource.attributes).get(attribute)
    return value if isinstance(value, str) and value else None


def _labels(_: Document, incident: Incident) -> RowValues:
    """Labels, which Rootly sends as an object or as a list of pairs."""
    labels = incident.attributes.get("labels")
    if labels is None:
        return _NO_VALUE
    if not isinstance(labels, (dict, list)):
        return _UNREADABLE
    values = [_label(key, content) for key, content in label_pairs(labels)]
    return RowValues(values, is_complete=len(values) == len(labels))


def _label(key: str, content: Any) -> Value:
    """Rootly does not document how to filter by labels: by a key, by a value, or by both."""
    key = key.lower()
    value = "" if content is None else str(content).lower()
    forms = {key, value, f"{key}:{value}", f"{key}={value}"}
    return Value(frozenset(forms - {""}))


def _invisible(_: Document, incident: Incident) -> RowValues:
    return _UNREADABLE


_NO_ID = "00000000-0000-4000-8000-000000000000"
_NO_NUMBER = str(2**31 - 1)
"""The largest number that every database takes."""
_NO_NAME = "no-incident-has-this"

_ID_FILTERS = {
    "service_ids": "services",
    "team_ids": "groups",
    "functionality_ids": "functionalities",
    "environment_ids": "environments",
    "type_ids": "incident_types",
    "cause_ids": "causes",
}

_slug_filter = partial(_by_relation, read=_slug, is_exact=False, impossible_value=_NO_NAME)
_name_filter = partial(_by_relation, read=_name, is_exact=False, impossible_value=_NO_NAME)
_id_filter = partial(_by_relation, read=_id, impossible_value=_NO_ID)

FILTERS: Mapping[str, Filter] = {
    "status": _by_attribute("status", word),
    "kind": _by_attribute("kind", word, has_sub_kinds=True),
    "private": _by_attribute("private", flag),
    "sequential_id": _by_attribute("sequential_id", number, impossible_value=_NO_NUMBER),
    "slack_channel_id": _by_attribute("slack_channel_id", identifier, impossible_value=_NO_NAME),
    "user_id": _by_member("user", _id, impossible_value=_NO_NUMBER),
    "severity": _by_member("severity", _slug, is_exact=False, impossible_value=_NO_NAME),
    "severity_id": _by_member("severity", _id, impossible_value=_NO_ID),
    "labels": Filter(
        _labels, Needs(frozenset({"labels"})), is_exact=False, impossible_value=_NO_NAME
    ),
    **{name: _slug_filter(relation) for name, relation in SLUG_FILTERS.items()},
    **{name: _id_filter(relation) for name, relation in _ID_FILTERS.items()},
    **{name: _name_filter(relation) for name, relation in NAME_FILTERS.items()},
    # Options are part of the custom fields, which are many and large. To probe costs less.
    "custom_field_selected_option_ids": Filter(_invisible, impossible_value=_NO_ID),
}
"""The filters by argument name. Not `search`: nobody knows how Rootly compares words."""
