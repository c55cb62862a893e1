"""The form of relations and of the resources that are included."""

from collections.abc import Iterable

from server.commands.facts.fact import Fact, NotSeen
from server.commands.facts.rootly.account import RELATIONS, Account
from server.commands.facts.rootly.incident import Incident
from tools.json_values import as_mapping, mappings

_TO_ONE = ("incident_post_mortem",)
# Incidents of an answer may show several of these forms. The first of them decides.
_FORMS = ("data", "links", "null", "dangling")
_ABSENT = object()


async def relations(account: Account) -> Iterable[Fact]:
    if "included" not in account.body:
        raise NotSeen("the list has no included resources")
    forms = {relation: _form(relation, account.incidents) for relation in RELATIONS}
    present = {form for form in forms.values() if form not in ("data", "unknown")}
    if not present:
        return [Fact("relations", "data", "relations that were included have their resources")]
    if len(present) > 1:
        raise NotSeen(f"several forms at once: {', '.join(sorted(present))}")
    form = present.pop()
    names = [relation for relation in RELATIONS if forms[relation] == form]
    value = f"{form}:{','.join(names)}"
    if all(_may_have(form, relation, forms[relation]) for relation in RELATIONS):
        value = form
    return [Fact("relations", value, "relations that were included")]


def _may_have(form: str, relation: str, own_form: str) -> bool:
    """Whether a relation, which shows *own_form*, may have *form*.

    A null in a relation to one resource says nothing.
    """
    is_undecided = own_form == "unknown" and relation in _TO_ONE
    return own_form == form or (form == "null" and is_undecided)


def _form(relation: str, incidents: Iterable[Incident]) -> str:
    """One of `_FORMS`, `absent`, or `unknown` if there are no resources that could show it."""
    forms = {_form_in(relation, incident) for incident in incidents}
    for form in _FORMS:
        if form in forms:
            return form
    return "unknown" if "unknown" in forms else "absent"


def _form_in(relation: str, incident: Incident) -> str:
    if relation not in incident.relationships:
        return _form_of_attribute(incident.attributes.get(relation, _ABSENT))
    member = as_mapping(incident.relationships[relation])
    if "links" in member and "data" not in member:
        return "links"
    if member.get("data") is None:
        return "unknown" if relation in _TO_ONE else "null"
    data = member.get("data")
    references = [data] if isinstance(data, dict) else mappings(data)
    if not references:
        return "unknown"
    keys = {(str(reference.get("type")), str(reference.get("id"))) for reference in references}
    return "dangling" if keys.isdisjoint(incident.included) else "data"


def _form_of_attribute(value: object) -> str:
    """The form of a relation that is not in `relationships`."""
    if value is _ABSENT:
        return "absent"
    if value is None:
        return "null"
    return "data" if value else "unknown"


async def subscribers(account: Account) -> Iterable[Fact]:
    for incident in account.incidents:
        for subscriber in incident.resources("subscribers"):
            names = as_mapping(subscriber.get("attributes"))
            for form in ("user", "user_id"):
                if form in names:
                    return [Fact("subscribers", form, "an included subscriber")]
    raise NotSeen("no subscriber is included")


_SELECTIONS = {
    "incident_form_field_selections": "form_fields",
    "incident_custom_field_selections": "custom_fields",
}


async def selections(account: Account) -> Iterable[Fact]:
    for incident in account.incidents:
        for reference in incident.references("custom_field_selections") or ():
            form = _SELECTIONS.get(str(reference.get("type")))
            if form:
                return [Fact("selections", form, "the type of a custom field selection")]
    raise NotSeen("no incident has a custom field selection")


def sub_status(account: Account, types: set[str] | None) -> Fact:
    """The dial `sub_status`, from the *types* that `include=sub_statuses.sub_status` includes.

    They are None if Rootly refused it.
    """
    usual_types = {type_ for incident in account.incidents for type_, _ in incident.included}
    if "sub_statuses" in usual_types:
        return Fact("sub_status", "plain", "names come with include=sub_statuses")
    if "incident_sub_statuses" not in usual_types:
        return Fact("sub_status", None, "no sub-status is included")
    if types is None:
        return Fact("sub_status", "never", "include=sub_statuses.sub_status is refused")
    if "sub_statuses" in types:
        return Fact("sub_status", "nested", "names come with include=sub_statuses.sub_status")
    return Fact("sub_status", "never", "include=sub_statuses.sub_status does not bring names")
