"""The parts of an incident in an answer: attributes, relationships, included resources."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from sandbox.rootly.errors import RequestError
from sandbox.rootly.instants import Instants

# Always in `attributes`.
EMBEDDED = (
    "user",
    "severity",
    "in_triage_by",
    "started_by",
    "mitigated_by",
    "resolved_by",
    "closed_by",
    "cancelled_by",
)
# Inside `attributes`, as Rootly documents, or only `id` and `type` in `relationships`.
LISTS = ("environments", "incident_types", "services", "functionalities", "groups")
# Always in `relationships`, if the dial `shape` is `references`. Otherwise only if included.
_ALWAYS = (
    "causes",
    "subscribers",
    "roles",
    *LISTS,
    "events",
    "action_items",
    "custom_field_selections",
    "feedbacks",
    "attachments",
    "slack_messages",
)
# In `relationships` only if they are included.
_INCLUDED = ("sub_statuses", "incident_post_mortem", "alerts")
# The reference does not list `attachments` among the values of `include`.
INCLUDABLE = {*_ALWAYS, *_INCLUDED} - {"attachments"}
_SUB_STATUS = "sub_statuses.sub_status"


@dataclass(frozen=True)
class View:
    options: Mapping[str, str]
    fieldsets: Mapping[str, frozenset[str]]
    """By type, the sparse fieldset: names of attributes and relationships."""
    include: frozenset[str]
    """The relations whose resources the client requests."""
    names_sub_statuses: bool
    """Whether `included` also has the `sub_statuses`, which have the names of sub-statuses."""

    def shows(self, attribute: str) -> bool:
        """Whether the fieldset of incidents keeps the attribute."""
        return "incidents" not in self.fieldsets or attribute in self.fieldsets["incidents"]

    @cached_property
    def instants(self) -> Instants:
        return Instants(self.options)

    @cached_property
    def embedded(self) -> list[str]:
        """The relations whose resources are inside `attributes`."""
        names: tuple[str, ...] = EMBEDDED
        if self.options["shape"] == "nested":
            names = (*EMBEDDED, *LISTS)
        return [*filter(self._embeds, names)]

    def _embeds(self, name: str) -> bool:
        return self.shows(name) and self.form(name) not in ("absent", "links")

    @cached_property
    def linked(self) -> list[str]:
        """The relations in `relationships`."""
        return [*filter(self._links, (*_ALWAYS, *_INCLUDED))]

    def _links(self, name: str) -> bool:
        is_always_there = name in _ALWAYS and self.options["shape"] == "references"
        if not is_always_there and name not in self.include:
            return False
        if self.options["fieldsets"] == "all" and not self.shows(name):
            return False
        return self.form(name) != "absent"

    @cached_property
    def included(self) -> list[str]:
        """The relations whose resources are in `included`."""
        return sorted(name for name in self.include if self.form(name) != "dangling")

    def form(self, relation: str) -> str:
        """The form of the relation: data, absent, null, links or dangling."""
        return self._forms.get(relation, "data")

    @cached_property
    def _forms(self) -> Mapping[str, str]:
        """The forms of the relations that the dial changes."""
        form, _, text = self.options["relations"].partition(":")
        # Without names, the dial changes all relations that can be included.
        return dict.fromkeys(_names(text) or INCLUDABLE, form)


def read_view(query: Mapping[str, str], options: Mapping[str, str]) -> View:
    """The view that the query asks for.

    Raises:
        RequestError: an unknown relation, if a dial says so.
    """
    names = _include(query, options)
    relations = frozenset(name.partition(".")[0] for name in names)
    names_sub_statuses = _SUB_STATUS in names
    if options["sub_status"] == "plain" and "sub_statuses" in relations:
        names_sub_statuses = True
    return View(options, _fieldsets(query, options), relations, names_sub_statuses)


def _include(query: Mapping[str, str], options: Mapping[str, str]) -> set[str]:
    """The names in `include` that Rootly knows.

    Raises:
        RequestError: an unknown name, if a dial says so.
    """
    names, known = _names(query.get("include", "")), set(INCLUDABLE)
    if options["sub_status"] == "nested":
        known.add(_SUB_STATUS)
    unknown = sorted(names - known)
    if unknown and options["unknown_include"] == "refused":
        raise RequestError(400, "Invalid include", f"{', '.join(unknown)} cannot be included")
    return names & known


def _names(text: str) -> set[str]:
    """Names separated by commas. Blank ones are allowed: Rootly's own server sends `include=`."""
    return set(filter(None, text.split(",")))


def _fieldsets(query: Mapping[str, str], options: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """The sparse fieldsets by type, such as the names in `fields[incidents]`."""
    if options["fieldsets"] == "ignored":
        return {}
    fieldsets = {}
    for name, text in query.items():
        if name.startswith("fields["):
            type_ = name.removeprefix("fields[").removesuffix("]")
            fieldsets[type_] = frozenset(text.split(","))
    return fieldsets
