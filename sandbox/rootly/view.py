"""What an answer has of each incident: attributes, relationships, included resources."""

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.rootly.errors import RequestError

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
# In `attributes`, as in the reference, or only as references in `relationships`.
LISTS = ("environments", "incident_types", "services", "functionalities", "groups")
# Always in `relationships`.
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
INCLUDABLE = {*_ALWAYS, *_INCLUDED} - {"attachments"}
_SUB_STATUS = "sub_statuses.sub_status"


@dataclass(frozen=True)
class View:
    options: Mapping[str, str]
    fieldsets: Mapping[str, frozenset[str]]
    """By type, the sparse fieldset: names of attributes and relationships."""
    include: frozenset[str]
    """The relations whose resources the client wants."""
    names_sub_statuses: bool
    """Whether the sub-statuses that the incidents' own ones refer to are included."""

    def shows(self, attribute: str) -> bool:
        """Whether the fieldset of incidents keeps the attribute."""
        return "incidents" not in self.fieldsets or attribute in self.fieldsets["incidents"]

    @property
    def embedded(self) -> list[str]:
        """The relations whose resources are inside `attributes`."""
        names = [*EMBEDDED, *LISTS] if self.options["shape"] == "nested" else EMBEDDED
        return [name for name in names if self._embeds(name)]

    def _embeds(self, name: str) -> bool:
        return self.shows(name) and self.form(name) not in ("absent", "links")

    @property
    def linked(self) -> list[str]:
        """The relations in `relationships`."""
        return [name for name in (*_ALWAYS, *_INCLUDED) if self._links(name)]

    def _links(self, name: str) -> bool:
        is_always_there = name in _ALWAYS and self.options["shape"] == "references"
        if not is_always_there and name not in self.include:
            return False
        if self.options["fieldsets"] == "all" and not self.shows(name):
            return False
        return self.form(name) != "absent"

    @property
    def included(self) -> list[str]:
        """The relations whose resources are in `included`."""
        return sorted(name for name in self.include if self.form(name) != "dangling")

    def form(self, relation: str) -> str:
        """The form of the relation: data, absent, null, links or dangling."""
        form, _, text = self.options["relations"].partition(":")
        names = text.split(",") if text else INCLUDABLE
        return form if relation in names else "data"


def read_view(query: Mapping[str, str], options: Mapping[str, str]) -> View:
    """The view that the query asks for.

    Raises:
        RequestError: an unknown relation, if a dial says so.
    """
    # Blank names are allowed: Rootly's own server sends `include=`.
    names = set(filter(None, query.get("include", "").split(",")))
    sub_status = options["sub_status"]
    known = INCLUDABLE | {_SUB_STATUS} if sub_status == "nested" else INCLUDABLE
    unknown = sorted(names - known)
    if unknown and options["unknown_include"] == "refused":
        raise RequestError(400, "Invalid include", f"{', '.join(unknown)} cannot be included")
    names &= known
    relations = frozenset(name.partition(".")[0] for name in names)
    names_sub_statuses = _SUB_STATUS in names
    if sub_status == "plain" and "sub_statuses" in relations:
        names_sub_statuses = True
    return View(options, _fieldsets(query, options), relations, names_sub_statuses)


def _fieldsets(query: Mapping[str, str], options: Mapping[str, str]) -> dict[str, frozenset[str]]:
    if options["fieldsets"] == "ignored":
        return {}
    fieldsets = {}
    for name, text in query.items():
        if name.startswith("fields["):
            type_ = name.removeprefix("fields[").removesuffix("]")
            fieldsets[type_] = frozenset(text.split(","))
    return fieldsets
